import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { makeTables } from '../../scripts/bench/workspace.ts';
import { DEMO_KEY } from '../../src/demo/seed.ts';
import { eventuallyEqual } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { accessibilityFaults, CHROMIUM, DESKTOP, inPage, overflow } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPublicSites, ORIGIN } from './support/public-site.ts';

const scratch = createScratch();
const publicSite = createPublicSites(scratch);

const NARROW = { width: 320, height: 640 };
const UNKNOWN = `${ORIGIN}/s/${'A'.repeat(22)}`;
const buttons = (page: Page) => page.locator('.app-buttons');
const text = async (page: Page): Promise<string> => (await page.locator('main').textContent()) ?? '';

/** Faults of accessibility and layout, also on the narrowest screen. */
async function inspected(page: Page): Promise<string[]> {
  const found = await accessibilityFaults(page);
  const size = page.viewportSize() ?? DESKTOP;
  for (const viewport of [size, NARROW]) {
    await page.setViewportSize(viewport);
    const wider = await overflow(page);
    if (wider > 0) found.push(`${wider} px wider than ${viewport.width} px`);
  }
  await page.setViewportSize(size);
  return found;
}

/** Changes what the server says of a link. */
async function changeState(page: Page, local: string, change: object): Promise<void> {
  await page.route('**/state', async (route) => {
    const answer = await fetch(local + new URL(route.request().url()).pathname);
    await route.fulfill({ json: { ...((await answer.json()) as object), ...change } });
  });
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
}

needs([file(CHROMIUM, 'chromium')], 'the subscribe page', () => {
  test('shows the calendar with its contents and the apps, and asks no other server', async () => {
    const site = await publicSite();
    const link = await site.addLink({ name: 'Launch & "more"', for: 'Ada Lovelace', options: { done: 'keep' } });
    const { page, faults } = await site.open(link.page);
    await buttons(page).first().waitFor();

    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Launch & "more"');
    expect(await page.title()).toBe('Launch & "more"');
    await page.locator('.bar').first().waitFor();
    expect(await text(page)).not.toContain('Lovelace');
    expect(await text(page)).toMatch(/Work items of Alpha \(ALPHA\) in Plane/);
    const code = await page.getByRole('img', { name: 'QR code of this page' }).boundingBox();
    expect((code?.y ?? 9999) + (code?.height ?? 0)).toBeLessThan(DESKTOP.height);
    expect(await inspected(page)).toEqual([]);

    const dark = await site.open(link.page, { colorScheme: 'dark' });
    await buttons(dark.page).first().waitFor();
    await dark.page.locator('.bar').first().waitFor();
    expect(await accessibilityFaults(dark.page, 'colours')).toEqual([]);
    expect(await page.context().cookies()).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('of forty projects shows how far it is, then is ready by itself', async () => {
    const names = Array.from({ length: 40 }, (_, at) => ({ identifier: `P${at + 10}`, items: 3 }));
    const workspace = { tables: makeTables(names, Date.now()), key: DEMO_KEY };
    const site = await publicSite({ workspace, planeDelayMs: 1200 });
    const link = await site.addLink({ scope: { all: true } });
    const { page, faults } = await site.open(link.page);

    await page
      .getByText(/Getting the calendar ready: \d+ of 40 projects/)
      .first()
      .waitFor();
    expect(await buttons(page).count()).toBe(0);
    await page
      .getByText(/of 40 projects, (?:less than a minute|about \d+ minutes?) left/)
      .first()
      .waitFor();
    expect(await inspected(page)).toEqual([]);

    await buttons(page).first().waitFor({ timeout: 90_000 });
    expect(await page.locator('#live').textContent()).toBe('The calendar is ready. You can add it now.');
    expect(await text(page)).not.toContain('Getting the calendar ready');
    await page.getByText('120 events.').waitFor();
    expect(faults).toEqual([]);
  });

  test('in an outage shows the time of the last good copy, until it is over', async () => {
    const site = await publicSite();
    const link = await site.addLink();
    const { page, faults } = await site.open(link.page);
    await buttons(page).first().waitFor();
    site.plane.onRequest = () => ({ kind: 'json', status: 403, body: { detail: 'Given API token is not valid' } });
    const connection = async (): Promise<unknown> => {
      await fetch(site.local + new URL(link.url).pathname);
      return ((await site.api('GET', 'health')).metrics as Record<string, unknown>).plane_api_connection;
    };
    expect(await eventuallyEqual(connection, 'error')).toBe('error');

    await page.reload();
    await page.getByText(/Plane can’t be reached at the moment/).waitFor({ timeout: 40_000 });
    expect(await text(page)).toMatch(/The calendar shows the last good copy from \d{1,2}:\d\d/);
    // The reason is for the operator.
    expect(await text(page)).not.toMatch(/PLANE_API_KEY|403/);
    expect(await buttons(page).count()).toBeGreaterThan(2);
    await page.locator('.bar').first().waitFor();
    expect(await inspected(page)).toEqual([]);

    site.plane.onRequest = () => undefined;
    await page.getByText('Plane can’t be reached').waitFor({ state: 'detached', timeout: 60_000 });
    expect(faults).toEqual([]);
  });

  test('before the first read in an outage does not offer what would fail', async () => {
    const site = await publicSite();
    const link = await site.addLink();
    site.plane.onRequest = () => ({ kind: 'reset' });
    const { page } = await site.open(link.page);

    await page.getByText('so the calendar can’t be prepared now').waitFor({ timeout: 40_000 });
    expect(await buttons(page).count()).toBe(0);
    expect(await inspected(page)).toEqual([]);

    site.plane.onRequest = () => undefined;
    await buttons(page).first().waitFor({ timeout: 90_000 });
  });

  test('says which addresses have ended, why, and what to do', async () => {
    const site = await publicSite();
    const [revoked, expired, replaced, active] = [
      await site.addLink(),
      await site.addLink({ expires: new Date(Date.now() + 1500).toISOString() }),
      await site.addLink(),
      await site.addLink(),
    ];
    await site.api('DELETE', `links/${revoked.id}`);
    await site.rotate(replaced);
    await new Promise((resolve) => setTimeout(resolve, 1600));
    const { page, faults } = await site.open(UNKNOWN);
    for (const [address, words] of [
      [UNKNOWN, /There is no calendar at this address/],
      [`${ORIGIN}/s/broken`, /There is no calendar at this address/],
      [revoked.page, /This calendar is no longer shared.*you can remove it there/],
      [expired.page, /This link has expired.*extend it/],
      [replaced.page, /This link was replaced by a new one.*Ask the person/],
    ] as const) {
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await text(page)).toMatch(words);
      expect(await page.locator('.app-list, .preview, .qr-card').count()).toBe(0);
      expect(await inspected(page)).toEqual([]);
    }
    await page.goto(active.page);
    await buttons(page).first().waitFor();
    await changeState(page, site.local, { state: 'paused', url: null, built: false, preview: null });
    await page.getByText('This calendar is paused.').waitFor();
    expect(await text(page)).toMatch(/sign in again.*leave it there/);
    expect(await inspected(page)).toEqual([]);
    expect(faults.filter((one) => !one.includes('status of 404'))).toEqual([]);
  });

  test('of an old address that still works shows until when, and offers it last', async () => {
    const site = await publicSite();
    const old = await site.addLink();
    const current = await site.rotate(old, { grace_days: 14 });
    const { page, faults } = await site.open(old.page);

    await page.getByText('There is a new link for this calendar.').waitFor();
    expect(await text(page)).toMatch(/This one works until \d{1,2} \w+ \d{4}/);
    await page.locator('.bar').first().waitFor();
    expect(await buttons(page).first().isVisible()).toBe(false);
    expect(await text(page)).not.toContain(current.token);
    await page.getByText('Add it with this link anyway').click();
    await page.getByLabel('Address of the calendar').waitFor();
    expect(await page.getByLabel('Address of the calendar').textContent()).toBe(old.url);
    expect(await inspected(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('shows names from right to left as a whole, and works where a chat has extended its address', async () => {
    const site = await publicSite({ settings: {} });
    const name = 'مراجعة ترجمة صفحة الأسعار (v2)';
    const link = await site.addLink({ name });
    const { page, faults } = await site.open(`${link.page})./`, { viewport: NARROW });
    await buttons(page).first().waitFor();

    expect(page.url()).toBe(link.page);
    expect(await page.title()).toBe(name);
    const title = page.getByRole('heading', { level: 1 }).locator('bdi');
    expect(await inPage<string>(page, "getComputedStyle(document.querySelector('h1 bdi')).direction")).toBe('rtl');
    const box = await title.boundingBox();
    expect([(box?.x ?? -1) >= 0, (box?.x ?? 0) + (box?.width ?? 999) <= NARROW.width]).toEqual([true, true]);
    expect(await inspected(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
