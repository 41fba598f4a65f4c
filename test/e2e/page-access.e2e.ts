import { expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { createScratch } from '../support/scratch.ts';
import { accessibilityFaults, CHROMIUM, DESKTOP, inPage, overflow, PHONE, type Watched } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { demoSite, recordedSite, TOKEN, type Site } from './support/site.ts';
import { walk } from './support/walk.ts';

const scratch = createScratch();
const openPage = createPages(scratch);

const open = (site: Site, options: BrowserContextOptions): Promise<Watched> =>
  openPage(site.origin, { reducedMotion: 'reduce', ...options });

const SCREENS = [
  ['a phone, light', { viewport: PHONE, colorScheme: 'light' }],
  ['a phone, dark', { viewport: PHONE, colorScheme: 'dark' }],
  ['a desktop, light', { viewport: DESKTOP, colorScheme: 'light' }],
  ['a desktop, dark', { viewport: DESKTOP, colorScheme: 'dark' }],
] as const;

/** Presses Tab until an element with this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const focusedName = await inPage<string>(
      page,
      "(document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent ?? '').trim()",
    );
    if (name.test(focusedName)) return;
    passed.push(focusedName.slice(0, 30));
  }
  throw new Error(`Tab never reaches ${name.source}, only ${passed.join(' | ')}`);
}

needs([file(CHROMIUM, 'chromium')], 'the page', () => {
  test.each(SCREENS)(
    'on %s has no accessibility faults in any state, and is never wider than the screen',
    async (_name, screen) => {
      const site = await demoSite(scratch);
      const { page, faults } = await open(site, screen);
      const found: string[] = [];
      const states: string[] = [];

      await walk(page, site.origin, async (state) => {
        states.push(state);
        // Dark mode changes only the colours.
        const what = screen.colorScheme === 'dark' ? 'colours' : 'all';
        found.push(...(await accessibilityFaults(page, what)).map((one) => `${state}: ${one}`));
        const wider = await overflow(page);
        if (wider > 0) found.push(`${state}: ${wider} px wider than the screen`);
      });

      expect(states.at(-1)).toBe('docs');
      expect(found).toEqual([]);
      expect(faults.splice(0)).toEqual([expect.stringContaining('401')]);
    },
    300_000,
  );

  test('without links or a webhook, and while Plane rejects requests, has no accessibility faults', async () => {
    const site = await recordedSite(scratch);
    const { page } = await open(site, { viewport: PHONE });
    const found: string[] = [];
    const inspect = async (state: string): Promise<void> => {
      found.push(...(await accessibilityFaults(page)).map((one) => `${state}: ${one}`));
      if ((await overflow(page)) > 0) found.push(`${state}: wider than the screen`);
    };

    await page.goto(`${site.origin}/`);
    await page.getByLabel('Admin token').fill(TOKEN);
    await inspect('login');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Calendars' }).waitFor();
    await page.goto(`${site.origin}/#/links`);
    await page.getByText('No links yet.').waitFor();
    await inspect('no links');
    site.plane.onRequest = () => ({ kind: 'json', status: 403, body: { detail: 'Given API token is not valid' } });
    await page.goto(`${site.origin}/#/new?project=RTL`);
    await page.getByRole('alert').waitFor();
    await inspect('a rejected preview');
    await page.goto(`${site.origin}/#/status`);
    await page.locator('summary', { hasText: 'Set up' }).click();
    await inspect('status');

    expect(found).toEqual([]);
  });

  test('can be used without a mouse, from login to link', async () => {
    const site = await recordedSite(scratch);
    const { page, faults } = await open(site, {});
    await page.goto(`${site.origin}/`);
    await page.getByLabel('Admin token').waitFor();

    expect(await inPage<string>(page, 'document.activeElement.id')).toBe('token');
    await page.keyboard.press('Enter');
    await page.locator('.field-error').getByText('Enter the admin token.').waitFor();
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Get link: Alpha' }).waitFor();
    await tabTo(page, /^Get link: Alpha$/);
    await page.keyboard.press('Enter');
    await page.locator('.bar').first().waitFor();
    await tabTo(page, /^On its due date$/);
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('From start to due').isChecked()).toBe(true);
    await tabTo(page, /^Labels$/);
    await page.keyboard.type('bu');
    await page.getByRole('option', { name: 'bug' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove bug' }).waitFor();
    await page.keyboard.press('Escape');
    await tabTo(page, /^Create and copy link$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Link created/ }).waitFor();
    await tabTo(page, /^Address to send$/);
    const toSend = (await page.getByLabel('Address to send').textContent()) ?? '';
    expect(toSend).toMatch(/\/s\/[\w-]+$/);
    expect((await fetch(toSend)).status).toBe(200);
    await tabTo(page, /^Address of the calendar$/);

    const url = (await page.getByLabel('Address of the calendar').textContent()) ?? '';
    expect((await (await fetch(url)).text()).match(/^BEGIN:VEVENT/gm)).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  test('moves through the days of the month with the arrow keys', async () => {
    const site = await demoSite(scratch);
    const { page, faults } = await open(site, {});
    await page.goto(`${site.origin}/`);
    await page.getByRole('button', { name: 'Open the demo' }).click();
    await page.getByRole('link', { name: 'Get link: everything' }).click();
    await page.locator('.bar').first().waitFor();
    const day = (): Promise<number> =>
      inPage<number>(page, "Number(document.activeElement.closest('[data-day]')?.dataset.day)");

    await page.getByRole('gridcell').locator('button[tabindex="0"]').focus();
    const first = await day();
    const moves: number[] = [];
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) {
      await page.keyboard.press(key);
      moves.push((await day()) - first);
    }
    expect(moves).toEqual([1, 8, 7, 0]);
    await page.keyboard.press('PageDown');
    expect(await day()).toBeGreaterThanOrEqual(first + 28);
    await page.keyboard.press('Enter');
    await page.locator('.popover').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.popover').waitFor({ state: 'hidden' });
    expect(await day()).toBeGreaterThanOrEqual(first + 28);
    expect(faults).toEqual([]);
  });
});
