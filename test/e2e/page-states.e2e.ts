import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { createScratch } from '../support/scratch.ts';
import { accessibilityFaults, CHROMIUM, inPage, type Watched } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { recordedSite, TOKEN } from './support/site.ts';

const scratch = createScratch();
const openPage = createPages(scratch);

type Recorded = Awaited<ReturnType<typeof recordedSite>>;
type Json = Record<string, unknown>;

/** Logs in to the page in front of the recorded workspace. */
async function open(): Promise<Watched & { readonly site: Recorded }> {
  const site = await recordedSite(scratch);
  const watched = await openPage(site.origin, { reducedMotion: 'reduce' });
  const { page } = watched;
  await page.goto(`${site.origin}/`);
  await page.getByLabel('Admin token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Get link: Alpha' }).waitFor();
  return { ...watched, site };
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const outage = (page: Page) => page.locator('#outage');

/** Changes each health that the page loads. */
async function changeHealth(page: Page, change: (health: Json) => Json): Promise<void> {
  await page.route('**/api/v1/health', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: change((await response.json()) as Json) });
  });
}

async function visit(page: Page, origin: string, view: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${origin}/#/${view}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

async function createLink(page: Page, origin: string): Promise<void> {
  await visit(page, origin, 'new?project=ALPHA');
  await page.locator('.bar').first().waitFor();
  await button(page, 'Create and copy link').click();
  await page.getByRole('heading', { name: /^Link created/ }).waitFor();
}

needs([file(CHROMIUM, 'chromium')], 'a state on the page', () => {
  test('of an outage is shown in every view, with its cause and the last good copy, until it is over', async () => {
    const { page, site } = await open();
    await createLink(page, site.origin);
    site.plane.onRequest = () => ({ kind: 'json', status: 403, body: { detail: 'Given API token is not valid' } });
    await visit(page, site.origin, 'new?project=ALPHA');
    await outage(page).getByText('Calendars can’t be updated from Plane.').waitFor({ timeout: 90_000 });
    const words = (await outage(page).textContent()) ?? '';
    expect(words).toMatch(/PLANE_API_KEY.*Subscribers get the last good copy from \d{1,2}:\d\d/);

    const found: string[] = [];
    for (const view of ['calendars', 'new?all', 'links', 'timesheet', 'mirrors', 'mirrors/new', 'status']) {
      await visit(page, site.origin, view);
      await outage(page).getByText('last good copy').waitFor();
      found.push(...(await accessibilityFaults(page)).map((one) => `${view}: ${one}`));
    }
    expect(found).toEqual([]);
    expect(await page.locator('.note.good').count()).toBe(0);

    // Polling does not redraw a banner that says the same.
    await page.evaluate("document.querySelector('#outage p').dataset.old = 'yes'");
    await page.waitForTimeout(11_000);
    expect(await page.locator('#outage p').getAttribute('data-old')).toBe('yes');
    site.plane.onRequest = () => undefined;
    await button(page, 'Resync now').click();
    await outage(page).waitFor({ state: 'hidden', timeout: 40_000 });
  }, 300_000);

  test('of what is left to do is shown after the login, until all of it was seen to work', async () => {
    const { page, site, faults } = await open();
    const list = page.locator('.checklist');
    const step = (name: string) => list.getByRole('listitem').filter({ hasText: name });
    await list.waitFor();
    await step('Connect Plane').getByText('Done:').waitFor();
    for (const name of ['Make the address reachable', 'Add a webhook', 'Create a link'])
      await step(name).getByText('To do:').waitFor();
    expect(await step('Make the address reachable').textContent()).toContain('works only on this machine');
    expect(await accessibilityFaults(page)).toEqual([]);

    await createLink(page, site.origin);
    await visit(page, site.origin, 'calendars');
    await step('Create a link').getByText('Done:').waitFor();
    await page.route('**/api/v1/session', async (route) => {
      const response = await route.fetch();
      const json = (await response.json()) as Json;
      await route.fulfill({ response, json: { ...json, reached_from_outside: new Date().toISOString() } });
    });
    await changeHealth(page, (health) => ({
      ...health,
      webhook: { ...(health.webhook as Json), last_delivery: new Date().toISOString() },
    }));
    await visit(page, site.origin, 'calendars');
    await page.getByRole('link', { name: 'Get link: Alpha' }).waitFor();
    expect(await list.count()).toBe(0);
    await page.unroute('**/api/v1/session');
    await visit(page, site.origin, 'calendars');
    await page.getByRole('link', { name: 'Get link: Alpha' }).waitFor();
    expect(await list.count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('of what is left to do can be hidden', async () => {
    const { page, site } = await open();
    await page.locator('.checklist').getByRole('button', { name: 'Hide' }).click();
    expect(await page.locator('.checklist').count()).toBe(0);
    expect(await inPage<string>(page, 'document.activeElement.tagName')).toBe('H1');
    await visit(page, site.origin, 'calendars');
    await page.getByRole('link', { name: 'Get link: Alpha' }).waitFor();
    expect(await page.locator('.checklist').count()).toBe(0);
  });

  test('of the lag is shown once changes were measured', async () => {
    const { page, site } = await open();
    await changeHealth(page, (health) => ({ ...health, lag: { p50_seconds: 3.2, p99_seconds: 593, changes: 12 } }));
    await visit(page, site.origin, 'status');
    await page
      .getByText('First fetched by an app: half within 4 seconds, 99% within 10 minutes (12 changes in 7 days).')
      .waitFor();
  });

  test('of a server that can’t be reached is shown too', async () => {
    const { page } = await open();
    await page.route('**/api/v1/**', (route) => route.abort());
    await outage(page).getByText('Can’t reach the server.').waitFor();
    expect(await outage(page).textContent()).toMatch(/This page shows what it knew at \d{1,2}:\d\d/);
    await page.unroute('**/api/v1/**');
    await outage(page).waitFor({ state: 'hidden' });
  });

  test('of a new link is "preparing" until its calendar is built', async () => {
    const { page, site, faults } = await open();
    let change: Json = { built: false, progress: { read: 1, total: 3, seconds_left: 170 } };
    await page.route('**/s/*/state', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as Json), ...change } });
    });

    await createLink(page, site.origin);
    await page.getByText('Preparing: 1 of 3 projects loaded, about 3 minutes.').waitFor();
    expect(await page.locator('.readiness .icon').count()).toBe(0);
    change = { built: true, plane: { ok: false, last_good: null } };
    await page.locator('.readiness').getByText('Available, but not up to date: Plane can’t be reached.').waitFor();
    expect(await page.locator('.readiness.good').count()).toBe(0);
    change = {};
    await createLink(page, site.origin);
    await page.locator('.readiness.good').getByText('Ready.').waitFor();

    await visit(page, site.origin, 'links');
    await page.getByText('No subscribers yet.').first().waitFor();
    expect(faults).toEqual([]);
  });

  test('of a preview that lacks projects is marked, and completed when they are loaded', async () => {
    const { page, site, faults } = await open();
    let isLoaded = false;
    await changeHealth(page, (health) => {
      const projects = (health.projects as Json[]).map((one, at) =>
        at === 0 && !isLoaded ? { ...one, age_seconds: null } : one,
      );
      return { ...health, projects, budget: { requests_per_minute: 60, waiting: 180 } };
    });
    await visit(page, site.origin, 'new?all');
    await page
      .getByText(/^Partial preview: 1 of \d+ projects not loaded from Plane yet \(.+\)\. This takes about 3 minutes\.$/)
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    isLoaded = true;
    await page.getByText('Partial preview').waitFor({ state: 'hidden' });
    expect(faults).toEqual([]);
  });

  test('without projects has a reason, in each form', async () => {
    const { page, site, faults } = await open();
    await page.route('**/api/v1/projects', (route) => route.fulfill({ json: { projects: [] } }));
    for (const view of ['calendars', 'new', 'mirrors/new']) {
      await visit(page, site.origin, view);
      await page.getByText('This API key can’t see any projects.').waitFor();
      expect(await page.getByText('these choices').count()).toBe(0);
    }
    expect(faults).toEqual([]);
  });

  test('promises seconds only with a webhook that has worked', async () => {
    const { page, site } = await open();
    const promise = async (): Promise<string> => {
      await createLink(page, site.origin);
      await page.getByText('How soon do changes show?').click();
      return (await page.getByText(/^plane-ics updates a calendar/).textContent()) ?? '';
    };
    expect(await promise()).toContain('updates a calendar within a minute or two.');

    const problem = { part: 'webhook', message: 'Wrong secret.', since: new Date().toISOString(), until: null };
    let problems: Json[] = [];
    await changeHealth(page, (health) => {
      const webhook = { ...(health.webhook as Json), last_delivery: new Date().toISOString() };
      return { ...health, webhook, problems };
    });
    expect(await promise()).toContain('updates a calendar within seconds.');
    problems = [problem];
    expect(await promise()).toContain('updates a calendar within a minute or two.');
  });

  test('shows a last change that is not the first read', async () => {
    const { page, site } = await open();
    let isLater = false;
    await changeHealth(page, (health) => {
      const timestamp = Date.parse(String(health.timestamp));
      const iso = (seconds: number): string => new Date(timestamp - seconds * 1000).toISOString();
      const project = { age_seconds: 3, last_webhook: null, last_change: isLater ? iso(600) : null };
      return { ...health, projects: (health.projects as Json[]).slice(0, 1).map((one) => ({ ...one, ...project })) };
    });
    await createLink(page, site.origin);
    await visit(page, site.origin, 'status');
    await page.locator('dd', { hasText: 'checked' }).waitFor();
    expect(await page.getByText('last change').count()).toBe(0);
    isLater = true;
    await visit(page, site.origin, 'status');
    await page.getByText('last change 10 minutes ago').waitFor();
  });

  test('of a large removal is confirmed with its number before it is applied', async () => {
    const { page, site } = await open();
    const applied: string[] = [];
    await page.route('**/apply-removal', (route) => {
      applied.push(route.request().url());
      return route.fulfill({ json: { identifier: 'ALPHA', items: 3, last_error: null } });
    });
    const message = '12 of 15 work items are no longer listed (/api/v1/x). They stay until a second read confirms it.';
    await changeHealth(page, (health) => {
      const removal = { project: '11111111-1111-4111-8111-111111111111' };
      return {
        ...health,
        status: 'degraded',
        problems: [{ part: 'plane', message, since: health.timestamp, until: null, removal }],
      };
    });
    await visit(page, site.origin, 'status');
    await button(page, 'Apply now').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('12 of 15 work items are no longer listed').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(applied).toEqual([]);
    await button(page, 'Apply now').click();
    await dialog.getByRole('button', { name: 'Remove 12 work items' }).click();
    await page.getByText('Applied. ALPHA now has 3 work items.').waitFor();
    expect(applied).toHaveLength(1);
  });

  test('of links with the same name differs, and Revoke does not look like Edit', async () => {
    const { page, site } = await open();
    await createLink(page, site.origin);
    await page.waitForTimeout(1100);
    await createLink(page, site.origin);
    await visit(page, site.origin, 'links');
    await page.locator('.link-card').nth(1).waitFor();

    for (const part of ['.link-card .risky', ".link-card a[aria-label^='Edit']"]) {
      const all = await page.locator(part).all();
      const labels = await Promise.all(all.map((one) => one.getAttribute('aria-label')));
      expect([all.length, new Set(labels).size]).toEqual([2, 2]);
    }
    const states = await page.locator('.link-card').first().locator('.row-state').allTextContents();
    expect(states).toEqual([expect.stringMatching(/^Alpha · due dates · created \d{1,2} \w+ \d{4}, \d/)]);
    const colors = await inPage<string[]>(
      page,
      `['.risky', "a[aria-label^='Edit']"].map((part) => getComputedStyle(document.querySelector('.link-card ' + part)).color)`,
    );
    expect(new Set(colors).size).toBe(2);
  });
});
