import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { createScratch } from '../support/scratch.ts';
import { accessibilityFaults, CHROMIUM, inPage, overflow, type Watched } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { recordedSite, TOKEN, type Site } from './support/site.ts';

const scratch = createScratch();
const openPage = createPages(scratch);
const THUNDERBIRD = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0';
const DAY_MS = 86_400_000;
const NARROW = { width: 320, height: 640 };

type Json = Record<string, unknown>;

/** Logs in to the page. */
async function open(options = {}): Promise<Watched & { readonly site: Site }> {
  const site = await recordedSite(scratch);
  const watched = await openPage(site.origin, { reducedMotion: 'reduce', ...options });
  await watched.page.goto(`${site.origin}/`);
  await watched.page.getByLabel('Admin token').fill(TOKEN);
  await watched.page.keyboard.press('Enter');
  await watched.page.getByRole('link', { name: 'Get link: Alpha' }).waitFor();
  return { ...watched, site };
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const cards = (page: Page) => page.locator('.link-card');

async function ask({ origin }: Site, method: string, path: string, body?: unknown): Promise<Json> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  return (await (await fetch(`${origin}/api/v1/${path}`, init)).json()) as Json;
}

const addLink = (site: Site, more: Json = {}): Promise<Json> =>
  ask(site, 'POST', 'links', { name: 'Alpha', scope: { projects: ['ALPHA'] }, ...more });

async function visit(page: Page, { origin }: Site, view: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${origin}/#/${view}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

const dayFromNow = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** Returns what is wrong with the page as it is. */
async function faultsOf(page: Page, state: string): Promise<string[]> {
  const wider = await overflow(page);
  return [
    ...(await accessibilityFaults(page)).map((one) => `${state}: ${one}`),
    ...(wider > 0 ? [`${state}: ${wider} px wider than the screen`] : []),
  ];
}

/** Returns a link as the API would, without asking it. */
function madeUp(at: number, more: Json = {}): Json {
  const created = new Date(Date.UTC(2026, 0, 1) - at * 60_000).toISOString();
  const fetched = {
    at: new Date(Date.UTC(2026, 5, 1) + at * 1000).toISOString(),
    client: 'Thunderbird',
    refresh: 'every 30 minutes while it runs',
    refresh_hours: 1,
    version: 1,
    versions_behind: 0,
    address: 'current',
  };
  const fetches = at % 3 === 0 ? [] : [fetched];
  return {
    id: `id-${at}`,
    name: at % 2 === 0 ? 'Website' : 'Mobile app',
    for: `Person ${at}`,
    expires: null,
    state: 'active',
    owner: null,
    grace_until: null,
    scope: { projects: ['ALPHA'], project_ids: ['alpha'] },
    options: at % 5 === 0 ? { done: 'keep' } : {},
    path: null,
    path_url: null,
    created,
    changed: created,
    revoked: null,
    version: 1,
    last_fetch: fetches[0] ?? null,
    fetches,
    size: null,
    ...more,
  };
}

/** Answers the page's request for all links with these. */
async function showLinks(page: Page, site: Site, links: readonly Json[]): Promise<void> {
  await page.route('**/api/v1/links', (route) => route.fulfill({ json: { links } }));
  await visit(page, site, 'links');
  await cards(page).first().waitFor();
}

needs([file(CHROMIUM, 'chromium')], 'the links of the page', () => {
  test('10,000 of them are drawn a page at a time, searched and sorted', async () => {
    const { page, site, faults } = await open();
    await showLinks(
      page,
      site,
      Array.from({ length: 10_000 }, (_, at) => madeUp(at)),
    );
    const found = page.locator('.found');
    const first = cards(page).first();
    expect(await cards(page).count()).toBe(50);
    expect(await found.textContent()).toBe('10,000 links');
    expect(await first.textContent()).toContain('Person 0');

    await page.getByLabel('Find a link').pressSequentially('person 999 mobile');
    await found.getByText('14 of 10,000 links').waitFor();
    await page.getByLabel('Find a link').fill('person 998');
    await found.getByText('20 of 10,000 links').waitFor();
    expect(await inPage<string>(page, 'document.activeElement.type')).toBe('search');
    await page.getByLabel('Find a link').fill('nobody of that name');
    await found.getByText('No matches.').waitFor();
    await page.getByLabel('Find a link').fill('');
    await found.getByText('10,000 links', { exact: true }).waitFor();

    await page.getByLabel('Sort by').selectOption('fetched');
    await first.getByText('Person 9998', { exact: true }).waitFor();
    await page.getByLabel('Sort by').selectOption('name');
    await first.getByText('Person 1', { exact: true }).waitFor();
    await button(page, /^Show 50 more of 9,950$/).click();
    expect(await cards(page).count()).toBe(100);
    expect(await inPage<string>(page, "document.activeElement.closest('li').innerText")).toContain('Person 101');
    expect(faults).toEqual([]);
  });

  test('namesakes differ in what a screen reader hears', async () => {
    const { page, site } = await open();
    const same = { name: 'Website', for: null };
    await showLinks(page, site, [
      madeUp(0, same),
      madeUp(1, same),
      madeUp(2, { name: 'Website', for: 'Ada' }),
      madeUp(3, { name: 'Website', for: 'Ada' }),
      madeUp(4, { name: 'Website', for: 'Grace' }),
    ]);
    for (const summary of await page.locator('.link-card summary').all())
      if ((await summary.textContent()) === 'More') await summary.evaluate('(one) => (one.parentElement.open = true)');
    const names = await inPage<string[]>(
      page,
      "[...document.querySelectorAll('.link-card [aria-label]')].map((one) => one.ariaLabel)",
    );
    expect(names).toHaveLength(20);
    expect(new Set(names).size).toBe(20);
    expect(names).toContain('Edit Website for Grace');
  });

  test('actions open without moving anything, and the focus returns to them', async () => {
    const { page, site, faults } = await open();
    for (const person of ['Ada', 'Grace']) await addLink(site, { for: person });
    await visit(page, site, 'links');
    const ada = cards(page).filter({ hasText: 'for Ada' });
    await ada.waitFor();
    const place = "document.querySelector('.link-card:last-child').getBoundingClientRect().top";
    const before = await inPage<number>(page, place);
    const more = page.locator('summary[aria-label^="More for Alpha for Grace"]');

    await more.focus();
    await page.keyboard.press('Enter');
    await button(page, 'Revoke Alpha for Grace').waitFor();
    expect(await inPage<number>(page, place)).toBe(before);
    await page.keyboard.press('Escape');
    await button(page, 'Revoke Alpha for Grace').waitFor({ state: 'hidden' });
    expect(await inPage<string>(page, 'document.activeElement.ariaLabel')).toBe('More for Alpha for Grace');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1 }).click();
    await button(page, 'Revoke Alpha for Grace').waitFor({ state: 'hidden' });

    await more.click();
    await button(page, 'Revoke Alpha for Grace').click();
    await button(page, 'Cancel').click();
    expect(await inPage<string>(page, 'document.activeElement.ariaLabel')).toBe('More for Alpha for Grace');
    await more.click();
    await button(page, 'Revoke Alpha for Grace').click();
    await button(page, 'Revoke').click();
    await page.getByText('Link revoked.').waitFor();
    expect(await cards(page).count()).toBe(1);
    expect(await inPage<string>(page, "document.activeElement.closest('li')?.innerText ?? ''")).toContain('for Ada');
    await page.getByText('Revoked (1)').click();
    await page.getByText('for Grace').waitFor();
    expect(faults).toEqual([]);
  });

  test('an old address keeps working for a while, and the page says which apps use it', async () => {
    const { page, site, faults } = await open({ viewport: NARROW });
    const link = await addLink(site, { for: 'Ada' });
    await fetch(String(link.url), { headers: { 'user-agent': THUNDERBIRD } });
    await visit(page, site, `links/${String(link.id)}`);
    await button(page, 'New address…').click();
    await page.getByLabel('Days that the old address works').fill('91');
    await button(page, 'Create new address').click();
    await page.locator('.field-error').getByText('Enter a whole number from 1 to 90.').waitFor();
    const found = await faultsOf(page, 'an error');
    await page.getByLabel('Days that the old address works').fill('14');
    await button(page, 'Create new address').click();
    await page.getByLabel('Address to send').waitFor();
    found.push(...(await faultsOf(page, 'a new address')));
    const next = (await page.getByLabel('Address of the calendar').textContent()) ?? '';
    await button(page, 'Done').click();

    const old = await (await fetch(String(link.url), { headers: { 'user-agent': THUNDERBIRD } })).text();
    expect(old).not.toContain('This calendar link was disabled');
    await page.getByText('Still on the old address:').waitFor();
    await page.getByText('Thunderbird (old address)').waitFor();
    await page
      .locator('.label')
      .getByText(/^Old address works until .+; 1 app still uses it$/)
      .waitFor();
    found.push(...(await faultsOf(page, 'an old address')));
    await fetch(next, { headers: { 'user-agent': THUNDERBIRD } });
    await visit(page, site, 'links');
    await page
      .locator('.label')
      .getByText(/1 app still uses it$/)
      .waitFor();
    await page.clock.setFixedTime(Date.now() + 2 * DAY_MS);
    await visit(page, site, 'links');
    await page
      .locator('.label')
      .getByText(/no app uses it any more$/)
      .waitFor();
    expect(found).toEqual([]);
    expect(faults).toEqual([]);
  });

  describe('with an end date', () => {
    test('report a day in the past beside the field, and work again after a later one', async () => {
      const { page, site, faults } = await open();
      const lastDay = dayFromNow(3);
      const link = await addLink(site, { expires: lastDay });
      await visit(page, site, 'links');
      await page
        .locator('.label.warn')
        .getByText(/^Expires in [23] days$/)
        .waitFor();
      await visit(page, site, `links/${String(link.id)}`);
      const end = page.getByLabel('End date');
      expect(await end.inputValue()).toBe(lastDay);
      await end.fill(dayFromNow(-2));
      await button(page, 'Save changes').click();
      await page.locator('.field-error').getByText('Choose today or a later day.').waitFor();
      expect(await inPage<string>(page, 'document.activeElement.type')).toBe('date');
      await end.fill('');
      await page.getByLabel('For', { exact: true }).fill('Ada');
      await button(page, 'Save changes').click();
      await page.getByText('Saved.').waitFor();
      await page.locator('.labels').getByText('for Ada').waitFor();
      expect(await page.locator('.label').count()).toBe(0);
      expect(await ask(site, 'GET', `links/${String(link.id)}`)).toMatchObject({ expires: null, for: 'Ada' });
      expect(faults).toEqual([]);
    });

    test('and other ends are labelled, for the admin alone', async () => {
      const { page, site } = await open({ viewport: NARROW });
      const owner = { id: 'm1', name: 'Ada' };
      const past = new Date(Date.now() - 2 * DAY_MS).toISOString();
      await showLinks(page, site, [
        madeUp(0, { state: 'expired', expires: past }),
        madeUp(1, { state: 'paused', owner }),
        madeUp(2, { state: 'active', expires: '2099-12-31T23:59:59.999Z' }),
        madeUp(3, { state: 'active', owner }),
      ]);
      expect(await page.locator('.label').allTextContents()).toEqual([
        'Expired 2 days ago',
        'Paused until Ada signs in again',
        'Expires 31 Dec 2099',
      ]);
      expect(await cards(page).nth(3).textContent()).toContain('by Ada');
      expect(await faultsOf(page, 'labels')).toEqual([]);
    });
  });

  test('of many people are created at once, with a CSV that no spreadsheet runs', async () => {
    const { page, site, faults } = await open({ viewport: NARROW, acceptDownloads: true });
    await visit(page, site, 'new?project=ALPHA');
    await page.getByText('Many at once').click();
    await page.getByLabel('People').fill('Ada Lovelace\nGrace Hopper\nAda Lovelace');
    await button(page, 'Create 3 links').click();
    await page.locator('.field-error').getByText('“Ada Lovelace” is in the list twice.').waitFor();
    expect(await inPage<string>(page, 'document.activeElement.tagName')).toBe('TEXTAREA');
    const found = await faultsOf(page, 'an error');
    await page.getByLabel('People').fill('Ada Lovelace\n\n  Grace,  Hopper \n=cmd|’/C calc’!A0\n');
    await button(page, 'Create 3 links').click();
    await page.getByRole('heading', { name: '3 links created' }).waitFor();
    found.push(...(await faultsOf(page, 'many links')));

    await page.getByRole('link', { name: 'View links' }).click();
    await page.getByRole('dialog').getByText('You haven’t downloaded the addresses.').waitFor();
    await button(page, 'Cancel').click();
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download CSV').click()]);
    const csv = await readFile(await download.path(), 'utf8');
    const lines = csv.replace('\ufeff', '').trimEnd().split('\r\n');
    expect(lines[0]).toBe('for,name,subscribe_url,url');
    expect(lines.slice(1).map((one) => one.replace(/https?:\S+/, '…'))).toEqual([
      'Ada Lovelace,Alpha,…',
      '"Grace, Hopper",Alpha,…',
      '’=cmd|’/C calc’!A0,Alpha,…'.replace('’', "'"),
    ]);
    const [, url = ''] = /(https?:\S+\.ics)$/.exec(lines[1]?.split(',').at(-1) ?? '') ?? [];
    expect((await fetch(url)).status).toBe(200);
    await page.getByRole('link', { name: 'View links' }).click();
    await cards(page).nth(2).waitFor();
    expect(found).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('say where a work item is, and why', async () => {
    const { page, site, faults } = await open({ viewport: NARROW });
    const link = await addLink(site, { options: { label: 'bug' } });
    await (await fetch(String(link.url))).text();
    await visit(page, site, `links/${String(link.id)}`);
    const item = page.getByLabel('Work item', { exact: true });
    await item.waitFor();
    await button(page, 'Find').click();
    await page.locator('.field-error').getByText('Enter the key of a work item.').waitFor();
    const answers: string[] = [];
    for (const key of ['alpha-2', 'ALPHA-1', 'ALPHA-99999']) {
      await item.fill(key);
      const [response] = await Promise.all([
        page.waitForResponse((one) => one.url().includes('/api/v1/explain')),
        item.press('Enter'),
      ]);
      const { reasons } = (await response.json()) as { reasons: { text: string }[] };
      await page
        .locator('.verdict')
        .getByText(reasons[0]?.text ?? 'no reason')
        .waitFor();
      answers.push(reasons[0]?.text ?? '');
      expect(await faultsOf(page, key)).toEqual([]);
    }
    expect(new Set(answers).size).toBe(3);
    expect(faults).toEqual([]);
  });

  test('show an error of the server beside its field', async () => {
    const { page, site } = await open();
    await visit(page, site, 'new?project=ALPHA');
    await page.locator('.bar').first().waitFor();
    const message = 'expires: must be in the future';
    await page.route('**/api/v1/links', (route) =>
      route.fulfill({ status: 400, json: { error_code: 'INVALID_VALUE', message } }),
    );
    await button(page, 'Create and copy link').click();
    await page.locator('.field-error').getByText(message).waitFor();
    expect(await inPage<string>(page, 'document.activeElement.type')).toBe('date');
  });
});
