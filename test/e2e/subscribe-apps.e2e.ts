import { expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { DEMO_KEY, seedDemo } from '../../src/demo/seed.ts';
import { eventuallyEqual } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { CHROMIUM, clipboard, inPage } from './support/browser.ts';
import { command, file, needs } from './support/clients.ts';
import { expectedSights } from './support/expected.ts';
import { createPublicSites, ORIGIN, PUBLIC_URL } from './support/public-site.ts';
import { startThunderbird } from './support/thunderbird.ts';

const scratch = createScratch();
const publicSite = createPublicSites(scratch);

const IPHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
};
const ANDROID: BrowserContextOptions = {
  ...IPHONE,
  userAgent:
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
};

const row = (page: Page, name: string) =>
  page.locator('.app-row', { has: page.getByRole('heading', { name, exact: true }) });
const names = (page: Page): Promise<string[]> => page.locator('.app-row h3').allTextContents();

needs([file(CHROMIUM, 'chromium')], 'an app on the subscribe page', () => {
  test('gets what it needs on a computer, and no other site the address of the page', async () => {
    const site = await publicSite();
    const { page, faults } = await site.open((await site.addLink()).page);
    await row(page, 'Google Calendar').waitFor();
    const url = (await page.getByLabel('Address of the calendar').textContent()) ?? '';

    expect(url.startsWith(`${PUBLIC_URL}/ics/`)).toBe(true);
    expect(await names(page)).toEqual([
      'Google Calendar',
      'Outlook',
      'Thunderbird',
      'Evolution, GNOME Calendar',
      'Apple Calendar',
      'Another app',
    ]);
    const refresh = page.locator('.app-list .app-refresh', { hasText: /^Refreshes / });
    expect(await refresh.count()).toBe(await page.locator('.app-list .app-row').count());
    const outlook = page.getByRole('link', { name: 'Outlook.com' });
    expect(await outlook.getAttribute('href')).toBe(
      `https://outlook.live.com/calendar/0/addfromweb?url=${encodeURIComponent(url)}&name=Launch`,
    );
    await page.getByText('so Microsoft sees it').waitFor();
    for (const one of await page.locator('main a[href^=http], main a[href^=webcal]').all())
      expect((await one.getAttribute('rel'))?.split(' ')).toContain('noreferrer');

    await page.context().route('https://calendar.google.com/**', (route) => route.fulfill({ body: 'Google' }));
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Copy address and open Google' }).click();
    const google = await opened;
    await google.waitForLoadState();
    expect(await inPage<string>(google, 'document.referrer')).toBe('');
    expect(google.url()).not.toContain('ics');
    await google.close();
    expect(await clipboard(page)).toBe(url);
    expect(faults.filter((one) => !one.includes('calendar.google.com'))).toEqual([]);
  });

  test('on an iPhone is opened at a tap where it can be, and is honest where it can’t', async () => {
    const site = await publicSite();
    const { page, faults } = await site.open((await site.addLink({ options: { done: 'keep' } })).page, IPHONE);
    const apple = page.getByRole('link', { name: 'Open Apple Calendar' });
    await apple.waitFor();

    expect(await names(page)).toEqual(['Apple Calendar', 'Google Calendar', 'Outlook', 'Another app']);
    expect(await apple.getAttribute('href')).toMatch(
      /^webcal:\/\/calendars\.example\.com\/ics\/[\w-]{22}\/Launch\.ics$/,
    );
    // It can be pressed without scrolling.
    const box = await apple.boundingBox();
    expect((box?.y ?? 9999) + (box?.height ?? 0)).toBeLessThan(844);
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect(await row(page, 'Google Calendar').textContent()).toMatch(/app can’t add a calendar by its address/);
    expect(await row(page, 'Google Calendar').getByRole('link').count()).toBe(0);
    expect(await page.locator('.qr-card').count()).toBe(0);
    await page.locator('.agenda .event-line, .agenda .more-button').first().waitFor();
    expect(faults).toEqual([]);
  });

  test('on Android is Google by way of a computer, or ICSx5', async () => {
    const site = await publicSite();
    const link = await site.addLink();
    const { page, faults } = await site.open(link.page, ANDROID);
    await row(page, 'Google Calendar').waitFor();

    expect(await names(page)).toEqual(['Google Calendar', 'ICSx5', 'Outlook', 'Another app']);
    expect(await page.getByRole('link', { name: 'Open ICSx5' }).getAttribute('href')).toMatch(/^webcals:\/\//);
    await inPage(page, 'Object.defineProperty(navigator, "share", { value: undefined })');
    await page.getByRole('button', { name: 'Send this page to a computer, for Google Calendar' }).click();
    await page.getByText('The link to this page is in your clipboard.').waitFor();
    expect(await clipboard(page)).toBe(`${ORIGIN}/s/${link.token}`);
    expect(faults).toEqual([]);
  });

  test('whose servers can’t reach a private network, or that shows no to-dos, is not offered', async () => {
    const site = await publicSite({ settings: { PUBLIC_URL: 'http://192.168.7.7:8080' } });
    const { page, faults } = await site.open((await site.addLink({ options: { as: 'todo' } })).page);
    await row(page, 'Google Calendar').waitFor();

    await page.locator('.app-problem', { hasText: 'to-dos' }).waitFor();
    const problems = await page
      .locator('.app-row', { has: page.locator('.app-problem') })
      .locator('h3')
      .allTextContents();
    expect(problems).toEqual(['Google Calendar', 'Outlook', 'Apple Calendar']);
    expect(await row(page, 'Google Calendar').locator('a, button').count()).toBe(0);
    expect(await row(page, 'Thunderbird').getByRole('button').getAttribute('class')).toContain('primary');
    expect(faults).toEqual([]);
  });
});

needs([file(CHROMIUM, 'chromium'), command('thunderbird'), command('sqlite3')], 'Thunderbird', () => {
  test('subscribes with the address that the subscribe page copies, and is then listed as its subscriber', async () => {
    // The recorded workspace has days that Thunderbird can't show.
    const site = await publicSite({ workspace: { tables: seedDemo(Date.now()), key: DEMO_KEY } });
    const link = await site.addLink({ scope: { projects: ['WEB'] } });
    const { page } = await site.open(link.page);
    await page.getByRole('button', { name: 'Copy address for Thunderbird' }).click();
    await page.getByText('Address copied. Paste it into Thunderbird.').waitFor();
    const address = await clipboard(page);
    expect(address).toBe(link.url);
    const fetches = async (): Promise<unknown[]> => (await site.api('GET', `links/${link.id}`)).fetches as unknown[];
    expect(await fetches()).toEqual([]);

    // The public name leads to this machine in the browser alone.
    const thunderbird = await startThunderbird(address.replace(PUBLIC_URL, site.local), scratch);

    const project = [...site.plane.tables.projects.values()].find(({ row }) => row.identifier === 'WEB');
    if (!project) throw new Error('the project of the demo is missing');
    const sights = expectedSights(project);
    expect(sights.length).toBeGreaterThan(10);
    expect(await eventuallyEqual(thunderbird.sights, sights)).toEqual(sights);
    expect(await fetches()).toEqual([expect.objectContaining({ client: 'Thunderbird', address: 'current' })]);
  });
});
