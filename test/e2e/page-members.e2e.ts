import { expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { createSmallPlane } from '../../src/demo/plane.ts';
import type { Membership } from '../../src/demo/rows.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from '../../src/demo/seed.ts';
import { USER_KEYS, withUsers } from '../../src/demo/users/users.ts';
import { createScratch } from '../support/scratch.ts';
import {
  accessibilityFaults,
  CHROMIUM,
  clipboard,
  DESKTOP,
  inPage,
  overflow,
  PHONE,
  type Watched,
} from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { demoSite, TOKEN, type Site } from './support/site.ts';

const scratch = createScratch();
const openPage = createPages(scratch);

interface Workspace extends Site {
  readonly memberships: Map<string, Membership>;
  readonly bob: string;
}

/** The demo's workspace on a server where its members may sign in. */
async function aWorkspace(settings: Readonly<Record<string, string>> = {}): Promise<Workspace> {
  const tables = withUsers(seedDemo(Date.now()));
  const plane = createSmallPlane({ tables, now: Date.now, requestsPerMinute: 10_000 });
  const url = await plane.listen();
  scratch.defer(plane.close);
  const site = await demoSite(scratch, {
    PLANE_URL: url,
    PLANE_API_KEY: DEMO_KEY,
    PLANE_WORKSPACE: DEMO_WORKSPACE,
    PLANE_REQUESTS_PER_MINUTE: '10000',
    ADMIN_TOKEN: TOKEN,
    SELF_SERVICE: 'true',
    ...settings,
  });
  return { ...site, memberships: tables.memberships, bob: tables.keys.get(USER_KEYS.member) ?? '' };
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, exact: true });
const keyField = (page: Page) => page.getByLabel('Your Plane API key');

async function open(site: Workspace, options: BrowserContextOptions = {}): Promise<Watched> {
  const watched = await openPage(site.origin, { reducedMotion: 'reduce', ...options });
  await watched.page.goto(`${site.origin}/`);
  await heading(watched.page, 'Plane, in everyone’s calendar').waitFor();
  return watched;
}

/** Opens the page and signs in. */
async function signIn(site: Workspace, key: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const watched = await open(site, options);
  await keyField(watched.page).fill(key);
  await watched.page.keyboard.press('Enter');
  await heading(watched.page, 'Calendars').waitFor();
  await watched.page.getByText('Signed in as').waitFor();
  return watched;
}

async function logInAsAdmin(site: Workspace, options: BrowserContextOptions = {}): Promise<Watched> {
  const watched = await open(site, options);
  const { page } = watched;
  await page.getByText('Log in with the admin token').click();
  await page.getByLabel('Admin token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await heading(page, 'Calendars').waitFor();
  return watched;
}

/** Opens a view as a bookmark does. */
async function visit({ page }: Watched, site: Workspace, fragment: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${site.origin}/#/${fragment}`);
  await page.locator('main h1').waitFor();
}

/** Creates a link, and returns the address to send. */
async function createLink(watched: Watched, site: Workspace, query: string): Promise<string> {
  const { page } = watched;
  await visit(watched, site, `new?${query}`);
  await page.locator('.bar').first().waitFor();
  await button(page, 'Create and copy link').click();
  await heading(page, /^Link created/).waitFor();
  await page.locator('.readiness.good').waitFor();
  return (await page.getByLabel('Address to send').textContent()) ?? '';
}

/** Presses Tab until an element with this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const focusedName = await inPage<string>(
      page,
      "(document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent ?? '').trim()",
    );
    if (name.test(focusedName)) return;
  }
  throw new Error(`Tab never reaches ${name.source}`);
}

const titles = async (page: Page): Promise<string[]> => {
  await button(page, 'Agenda').click();
  await page.locator('.agenda .event-line').first().waitFor();
  return page.locator('.agenda .event-line').allTextContents();
};

const SCREENS = [
  ['320 px, light', 'all', { viewport: { width: 320, height: 640 }, colorScheme: 'light' }],
  ['a phone, dark', 'colours', { viewport: PHONE, colorScheme: 'dark' }],
  ['a desktop, light', 'all', { viewport: DESKTOP, colorScheme: 'light' }],
] as const;

needs([file(CHROMIUM, 'chromium')], 'the page of members', () => {
  test('shows beside the field why a key is not accepted, and keeps nobody waiting', async () => {
    const site = await aWorkspace();
    const { page, faults } = await open(site);
    expect(await inPage<string>(page, 'document.activeElement.id')).toBe('plane-api-key');
    const rejected: [string, RegExp][] = [
      ['', /^Enter an API key\.$/],
      ['my key', /^This is not an API key\. Paste the key exactly as Plane shows it\.$/],
      ['plane_api_that_plane_does_not_know', /^Plane does not accept this API key/],
      [USER_KEYS.outsider, /not in the Plane workspace/],
      [USER_KEYS.deactivated, /not in the Plane workspace/],
    ];
    for (const [key, message] of rejected) {
      await keyField(page).fill(key);
      await page.keyboard.press('Enter');
      await page.locator('.field-error').getByText(message).waitFor();
      expect(await inPage<string>(page, 'document.activeElement.id')).toBe('plane-api-key');
      expect(await keyField(page).getAttribute('aria-invalid')).toBe('true');
      expect(await page.locator('main').textContent()).not.toContain('plane_api_key');
    }
    expect(await page.locator('#header nav').count()).toBe(0);
    // The browser itself writes about each rejected request.
    expect(faults.splice(0)).toEqual(['401', '403', '403'].map((status) => expect.stringContaining(status)));

    await keyField(page).fill(` ${USER_KEYS.member} `);
    await page.keyboard.press('Enter');
    await page.getByText('Signed in as bob').waitFor();
    expect(faults).toEqual([]);
  }, 60_000);

  test('lets a member create a link by keyboard, with the address to send', async () => {
    const site = await aWorkspace();
    const { page, faults } = await signIn(site, USER_KEYS.member);
    expect(await page.locator('#header nav a').allTextContents()).toEqual([
      'Calendars',
      'New link',
      'My links',
      'Timesheet',
    ]);
    expect(await page.locator('.row-title').allTextContents()).toEqual(['My work', 'WebsiteWEB']);
    const until = (await page.locator('main time').getAttribute('datetime')) ?? '';
    expect(Math.round((Date.parse(until) - Date.now()) / 86_400_000)).toBe(30);
    expect(await page.getByText(/^Signed in as/).textContent()).toMatch(/Your links work until \d+ \w{3,4} \d{4};/);

    await tabTo(page, /^Get link: Website$/);
    await page.keyboard.press('Enter');
    await page.locator('.bar').first().waitFor();
    await tabTo(page, /^Labels$/);
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Escape');
    await tabTo(page, /^Create and copy link$/);
    await page.keyboard.press('Enter');
    await heading(page, /^Link created/).waitFor();
    await tabTo(page, /^Address to send$/);
    const address = (await page.getByLabel('Address to send').textContent()) ?? '';
    expect(address).toMatch(/\/s\/[\w-]{22}$/);
    await page.locator('.readiness.good').getByText('Ready.').waitFor();
    expect((await fetch(`${site.origin}${new URL(address).pathname}`)).status).toBe(200);
    await button(page, 'Copy link to send').click();
    expect(await clipboard(page)).toBe(address);
    expect(faults).toEqual([]);
  }, 60_000);

  test('never asks for what only the administrator may read', async () => {
    const site = await aWorkspace();
    const member = await signIn(site, USER_KEYS.member);
    const asked: string[] = [];
    member.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await visit(member, site, 'new');
    await member.page.getByText('Choose at least one project.').first().waitFor();
    await member.page.getByRole('combobox', { name: 'States' }).click();
    await member.page.getByRole('option').first().waitFor();
    await createLink(member, site, 'project=WEB');
    await visit(member, site, 'links');
    await member.page.getByRole('link', { name: /^Edit / }).click();
    await member.page.locator('.bar').first().waitFor();
    for (const closed of ['status', 'people', 'sources', 'sources/new', 'mirrors', 'mirrors/new']) {
      await visit(member, site, closed);
      await heading(member.page, 'Calendars').waitFor();
      expect(await member.page.locator('[aria-current=page]').textContent()).toBe('Calendars');
    }
    expect(
      asked.filter((path) => /^\/(?:api|webhooks)\/.*(?:health|grants|mirrors|sources|status|export)/.test(path)),
    ).toEqual([]);
    expect(member.faults).toEqual([]);
  }, 60_000);

  test('makes a link of their own work without a list of people', async () => {
    const site = await aWorkspace();
    const member = await signIn(site, USER_KEYS.member);
    const { page } = member;
    await page.getByRole('link', { name: 'Get link: my work' }).click();
    await page.locator('.bar').first().waitFor();
    expect(await page.getByRole('radio', { name: 'My work' }).isChecked()).toBe(true);
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('My work');
    expect(await page.getByText('Everything', { exact: true }).count()).toBe(1);
    expect(await page.getByLabel('Person', { exact: true }).count()).toBe(0);
    await page.getByText('Projects', { exact: true }).first().click();
    await page.getByText('No preview yet.').waitFor();
    await page.getByText('My work', { exact: true }).first().click();
    await page.locator('.bar').first().waitFor();
    await button(page, 'Create and copy link').click();
    await heading(page, /^Link created/).waitFor();
    await visit(member, site, 'links');
    await heading(page, 'My links').waitFor();
    await page.getByText('bob’s work items', { exact: false }).waitFor();
    expect(member.faults).toEqual([]);
  }, 60_000);

  test('shows a guest only their own items, and no links of others', async () => {
    const site = await aWorkspace();
    const [guest, member] = [await signIn(site, USER_KEYS.guest), await signIn(site, USER_KEYS.member)];
    await createLink(member, site, 'project=WEB');
    const all = await titles(member.page);
    await visit(guest, site, 'new?project=WEB');
    await guest.page.locator('.bar').first().waitFor();
    const own = await titles(guest.page);
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThan(all.length);

    await visit(guest, site, 'links');
    await guest.page.getByText('No links yet.').waitFor();
    await visit(member, site, 'links');
    const href = await member.page.getByRole('link', { name: /^Edit / }).getAttribute('href');
    expect(guest.faults).toEqual([]);
    await visit(guest, site, (href ?? '').replace('#/', ''));
    await guest.page.getByText('There is no link with this id.').waitFor();
    expect(await guest.page.locator('main').textContent()).not.toContain('Website');
    expect(guest.faults).toEqual([expect.stringContaining('404')]);
    expect(member.faults).toEqual([]);
  }, 60_000);

  test('ends with logging out, and the address stays on the page of nobody', async () => {
    const site = await aWorkspace();
    const member = await signIn(site, USER_KEYS.member);
    await visit(member, site, 'links');
    await button(member.page, 'Log out').click();
    await keyField(member.page).waitFor();
    expect(await keyField(member.page).inputValue()).toBe('');
    await visit(member, site, 'links');
    await keyField(member.page).waitFor();
    expect((await member.page.context().cookies()).map(({ name }) => name)).toEqual([]);
    expect(member.faults).toEqual([]);
  });

  test('ends when the administrator revokes everything, and the link says so', async () => {
    const site = await aWorkspace();
    const member = await signIn(site, USER_KEYS.member);
    const address = await createLink(member, site, 'project=WEB');
    const admin = await logInAsAdmin(site);
    await visit(admin, site, 'links');
    await admin.page.getByText('by bob').waitFor();
    await admin.page.getByRole('link', { name: 'People' }).click();
    await admin.page.getByText(/^Access until \d+ \w{3,4} \d{4} · 1 link$/).waitFor();
    await button(admin.page, 'Revoke all: bob').click();
    await admin.page.getByRole('dialog').getByText('Every link of bob stops working').waitFor();
    expect(await accessibilityFaults(admin.page)).toEqual([]);
    await button(admin.page, 'Cancel').click();
    await admin.page.getByText('· 1 link').waitFor();
    await button(admin.page, 'Revoke all: bob').click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Revoke all' }).click();
    await admin.page.getByText('Links and access revoked.').waitFor();
    await admin.page.getByText(/^Revoked \d+ \w{3,4} \d{4} · 0 links$/).waitFor();
    expect(await button(admin.page, 'Revoke all: bob').count()).toBe(0);
    expect(admin.faults).toEqual([]);

    await member.page.getByRole('link', { name: 'My links' }).click();
    await member.page.getByText('Your session has ended.').waitFor();
    // The page asked several things at once, and each is refused.
    await member.page.waitForLoadState('networkidle');
    expect(member.faults.splice(0)).not.toEqual([]);
    await keyField(member.page).waitFor();
    await member.page.goto(address.replace(/^https?:\/\/[^/]+/, site.origin));
    await member.page.getByText('This calendar is no longer shared.').waitFor();

    await visit(member, site, '');
    await keyField(member.page).fill(USER_KEYS.member);
    await member.page.keyboard.press('Enter');
    await member.page.getByText('Signed in as bob').waitFor();
    await visit(member, site, 'links');
    await member.page.getByText('Revoked (1)').waitFor();
    expect(member.faults).toEqual([]);
  }, 60_000);

  test('loses a project that the member has left, after the next sign-in', async () => {
    const site = await aWorkspace();
    const member = await signIn(site, USER_KEYS.member);
    const address = await createLink(member, site, 'project=WEB');
    site.memberships.set(site.bob, { isActive: true, workspaceRole: 15, roles: new Map() });
    const again = await signIn(site, USER_KEYS.member);
    await again.page.getByText('None of the projects you are in is published here.').waitFor();
    await visit(again, site, 'new');
    await again.page.getByText('None of the projects you are in is published here.').waitFor();
    expect(await again.page.getByText('API key').count()).toBe(0);
    await visit(again, site, 'links');
    await again.page.locator('.link-card').getByText('An unavailable project').waitFor();
    await again.page.goto(`${site.origin}${new URL(address).pathname}`);
    await again.page.getByText('This calendar is no longer shared.').waitFor();
    expect(again.faults).toEqual([]);
  }, 60_000);

  test('has no form to sign in where that is switched off', async () => {
    const site = await aWorkspace({ SELF_SERVICE: 'false' });
    const { page, faults } = await open(site);
    await page.getByLabel('Admin token').fill(TOKEN);
    expect(await keyField(page).count()).toBe(0);
    await page.keyboard.press('Enter');
    await heading(page, 'Calendars').waitFor();
    expect(await page.getByRole('link', { name: 'People' }).count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test.each(SCREENS)(
    'on %s has no accessibility faults, and is never wider than the screen',
    async (_name, what, screen) => {
      const site = await aWorkspace();
      const found: string[] = [];
      const inspect = async ({ page }: Watched, state: string): Promise<void> => {
        found.push(...(await accessibilityFaults(page, what)).map((one) => `${state}: ${one}`));
        const wider = await overflow(page);
        if (wider > 0) found.push(`${state}: ${wider} px wider than the screen`);
      };
      const start = await open(site, screen);
      await inspect(start, 'sign-in');
      await keyField(start.page).fill('my key');
      await start.page.keyboard.press('Enter');
      await start.page.locator('.field-error').getByText('not an API key').waitFor();
      await inspect(start, 'an error');
      const member = await signIn(site, USER_KEYS.member, screen);
      await inspect(member, 'calendars');
      await createLink(member, site, 'project=WEB');
      await inspect(member, 'link created');
      await visit(member, site, 'new');
      await member.page.getByText('No preview yet.').waitFor();
      await inspect(member, 'new link');
      await visit(member, site, 'links');
      await member.page.locator('.link-card').waitFor();
      await inspect(member, 'my links');
      await member.page.getByRole('link', { name: /^Edit / }).click();
      await member.page.locator('.bar').first().waitFor();
      await inspect(member, 'a link');
      const admin = await logInAsAdmin(site, screen);
      await visit(admin, site, 'people');
      await admin.page.locator('.row').first().waitFor();
      await inspect(admin, 'people');

      expect(found).toEqual([]);
      expect([...start.faults, ...member.faults, ...admin.faults]).toEqual([]);
    },
    120_000,
  );
});
