import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from '../../src/demo/seed.ts';
import { USER_KEYS, withUsers } from '../../src/demo/users/users.ts';
import { eventually } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import {
  accessibilityFaults,
  CHROMIUM,
  DESKTOP,
  inPage,
  launchChromium,
  openPage,
  overflow,
  PHONE,
  type Watched,
} from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { demoSite, TOKEN } from './support/site.ts';

const scratch = createScratch();

/** When the reader looks at the page: still Sunday in New York, already Monday by UTC. The calendar is of the week before. */
const NOW = new Date('2026-11-23T03:00:00Z');
const isoDay = (weekday: number): string => `2026-11-${String(9 + weekday).padStart(2, '0')}`;

interface CalendarEvent {
  readonly uid: string;
  /** 0 is Monday. */
  readonly weekday: number;
  /** Hours by UTC, such as "08:00–09:30". */
  readonly hours: string;
  readonly title: string;
  readonly lines?: readonly string[];
}

const SYNC = { uid: 'sync-1', weekday: 0, hours: '08:00–09:30', title: 'Weekly sync' };
const KEY = { uid: 'key', weekday: 2, hours: '10:00–12:15', title: 'WEB-12: interviews' };
const HOURS: readonly CalendarEvent[] = [
  { ...SYNC, lines: ['CATEGORIES:Meetings', 'ORGANIZER:mailto:dana@example.test'] },
  { uid: 'sync-2', weekday: 1, hours: '08:00–09:00', title: 'Weekly sync' },
  KEY,
  { uid: 'name', weekday: 2, hours: '12:00–13:00', title: 'Crash on start of the Mobile app' },
  { uid: 'dentist', weekday: 4, hours: '07:00–08:00', title: 'Dentist <b>Smith</b>' },
  { uid: 'secret', weekday: 4, hours: '09:00–10:00', title: 'Job interview', lines: ['CLASS:PRIVATE'] },
];

/** A calendar of hours in Berlin, with a day off. */
function calendarOf(events: readonly CalendarEvent[]): string {
  const stamp = (weekday: number, time: string) => `${isoDay(weekday)}T${time}00Z`.replace(/[-:]/g, '');
  const blocks = events.flatMap(({ uid, weekday, hours, title, lines = [] }) => {
    const [start = '', end = ''] = hours.split('–');
    const times = [`DTSTART:${stamp(weekday, start)}`, `DTEND:${stamp(weekday, end)}`];
    return ['BEGIN:VEVENT', `UID:${uid}`, ...times, `SUMMARY:${title}`, ...lines, 'END:VEVENT'];
  });
  const off = `DTSTART;VALUE=DATE:${isoDay(3).replaceAll('-', '')}`;
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Example//EN',
    'X-WR-CALNAME:Work of Bob',
    'X-WR-TIMEZONE:Europe/Berlin',
    ...blocks,
    ...['BEGIN:VEVENT', 'UID:off', off, 'SUMMARY:Day off', 'END:VEVENT'],
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

/** Serves a calendar, which can be replaced. */
async function aCalendar(first: string) {
  let text = first;
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/calendar');
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(() => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    server.closeAllConnections();
    return closed;
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hours.ics`,
    replace: (next: string) => {
      text = next;
    },
  };
}

/** The demo's workspace on a server where its members may sign in. */
async function aSite(): Promise<{ readonly origin: string }> {
  const plane = createSmallPlane({ tables: withUsers(seedDemo(Date.now())), now: Date.now, requestsPerMinute: 10_000 });
  const url = await plane.listen();
  scratch.defer(plane.close);
  return demoSite(scratch, {
    PLANE_URL: url,
    PLANE_API_KEY: DEMO_KEY,
    PLANE_WORKSPACE: DEMO_WORKSPACE,
    PLANE_REQUESTS_PER_MINUTE: '10000',
    ADMIN_TOKEN: TOKEN,
    SELF_SERVICE: 'true',
    SOURCE_ALLOW: '127.0.0.1',
  });
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const toast = (page: Page, text: string | RegExp) => page.locator('#toast').getByText(text);
/** The row of an entry in a section. */
const row = (page: Page, section: string, title: string) =>
  page
    .locator('.entry-section', { has: page.getByRole('heading', { name: section }) })
    .locator('.entry', { hasText: title });
/** The texts of a row of the totals, as people see them. */
const totals = (page: Page, name: string): Promise<string[]> =>
  page.locator('.totals tr', { hasText: name }).locator('td [aria-hidden]').allTextContents();

async function logIn(
  browser: Browser,
  origin: string,
  how: { readonly key: string } | 'admin',
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const watched = await openPage(browser, origin, {
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
    acceptDownloads: true,
    ...options,
  });
  const { page } = watched;
  await page.clock.setFixedTime(NOW);
  await page.goto(`${origin}/`);
  if (how === 'admin') {
    await page.getByText('Log in with the admin token').click();
    await page.getByLabel('Admin token').fill(TOKEN);
  } else await page.getByLabel('Your Plane API key').fill(how.key);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Calendars', exact: true }).waitFor();
  return watched;
}

/** Adds the calendar with the hours of Bob, from the empty timesheet on. */
async function addHours(page: Page, url: string): Promise<void> {
  await page.getByRole('link', { name: 'Timesheet', exact: true }).click();
  await page.getByText('No calendar has hours yet.').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('link', { name: 'Open sources' }).click();
  // Until the list is there, the link above it is shown too.
  await page.getByText('No sources yet.').waitFor();
  await page.getByRole('link', { name: 'New source' }).click();
  await page.getByLabel('Address', { exact: true }).fill(url);
  await button(page, 'Test').click();
  await page.getByText('The calendar can be read.').waitFor();
  await page.getByLabel('This calendar contains someone’s hours').check();
  await button(page, 'Add source').click();
  await page.locator('.field-error').getByText('Choose whose hours these are.').waitFor();
  await page.getByLabel('Whose hours').selectOption('bob');
  await page.getByLabel('E-mail address of this person').fill('bob');
  await button(page, 'Add source').click();
  await page.locator('.field-error').getByText('Enter an e-mail address, such as ann@example.org.').waitFor();
  await page.getByLabel('Whose hours').selectOption('ada');
  expect(await page.getByLabel('E-mail address of this person').inputValue()).toBe('');
  await page.getByLabel('Whose hours').selectOption('bob');
  await page.getByLabel('E-mail address of this person').fill('Bob@Example.test');
  expect(await accessibilityFaults(page)).toEqual([]);
  await button(page, 'Add source').click();
  await page.getByText('Its hours are in the timesheet.').first().waitFor();
  await page.getByText('bob’s').waitFor();
  await page.getByRole('link', { name: 'show in the timesheet' }).click();
  await button(page, 'Previous week').click();
  await row(page, 'Unmatched', 'Dentist').waitFor();
}

/** What is in a table of comma-separated values without quotes. */
const cellsOf = (csv: string): string[][] =>
  csv
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => line.split(','));

/** Corrects the unmatched entries by keyboard. */
async function correctByKeyboard(page: Page): Promise<void> {
  const scope = row(page, 'Unmatched', 'Weekly sync')
    .first()
    .getByRole('combobox', { name: /^Apply to: Weekly sync/ });
  await scope.focus();
  await scope.selectOption('With these words in the title');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatch(/^Project or work item: Weekly sync, Mon/);
  await page.keyboard.type('nothing');
  await page.keyboard.press('Enter');
  await page
    .locator('.field-error')
    .getByText('Choose a project, or enter the key of a work item, such as WEB-12.')
    .waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('webs');
  await page.keyboard.press('Enter');
  await toast(page, 'Assigned to Website, with 1 similar event of this week. Rule saved.').waitFor();
  expect(await focused(page)).toMatch(/^Project or work item: Dentist/);
  expect(await row(page, 'Unmatched', 'Weekly sync').count()).toBe(0);

  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatch(/^Not work: Dentist/);
  await page.keyboard.press('Enter');
  await toast(page, '“Dentist <b>Smith</b>” is marked as not work.').waitFor();
  expect(await focused(page)).toMatch(/^Count again: Dentist/);
  await button(page, 'Undo').focus();
  await page.keyboard.press('Enter');
  await toast(page, 'Undone.').waitFor();
  expect(await focused(page)).toMatch(/^Project or work item: Dentist/);
  await row(page, 'Unmatched', 'Dentist')
    .getByRole('button', { name: /^Not work/ })
    .click();
  await toast(page, /is marked as not work/).waitFor();
}

/** What has the focus, as screen readers call it. */
function focused(page: Page): Promise<string> {
  return inPage<string>(page, '(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()');
}

/** Exports the month, and returns the rows of the CSV. */
async function exportMonth(page: Page): Promise<string[][]> {
  await button(page, 'Export new entries').click();
  await page.getByText('Exported').getByText('4 entries, 5:45 hours').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .locator('.note')
      .getByRole('link', { name: /^Download CSV/ })
      .click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^timesheet-\d{4}-\d\d-01-\d{4}-\d\d-\d\d\.csv$/);
  const csv = cellsOf(await readFile(await download.path(), 'utf8'));
  const [json] = await Promise.all([
    page.waitForEvent('download'),
    page
      .locator('.note')
      .getByRole('link', { name: /^Download JSON/ })
      .click(),
  ]);
  const { rows } = JSON.parse(await readFile(await json.path(), 'utf8')) as { readonly rows: readonly unknown[] };
  expect(rows).toHaveLength(4);
  return csv;
}

needs([file(CHROMIUM, 'chromium')], 'the timesheet', () => {
  test('is corrected by keyboard, exported, and says what changed since; a member sees their own', async () => {
    const calendar = await aCalendar(calendarOf(HOURS));
    const { origin } = await aSite();
    const browser = await launchChromium();
    scratch.defer(() => browser.close());
    const { page, faults } = await logIn(browser, origin, 'admin');
    await addHours(page, calendar.url);

    // The reader is in New York; the times are those of the calendar.
    await row(page, 'Unmatched', 'Dentist').getByText('08:00–09:00').waitFor();
    await page.getByText('All times are in the zone Europe/Berlin.').waitFor();
    await row(page, 'Wednesday', 'WEB-12: interviews').getByText('11:00–13:15').waitFor();
    expect(await row(page, 'Wednesday', 'Crash on start').getByText('Overlaps another entry').count()).toBe(1);
    expect(await totals(page, 'Website')).toEqual(['–', '–', '2:15', '–', '–', '–', '–', '2:15']);
    expect(await totals(page, 'Unmatched')).toEqual(['1:30', '1:00', '–', '–', '1:00', '–', '–', '3:30']);
    expect(await page.content()).not.toContain('Job interview');
    await page.getByText('2 events ignored: 1 all-day, 1 private').click();
    expect(await accessibilityFaults(page)).toEqual([]);

    await correctByKeyboard(page);
    expect(await totals(page, 'Website')).toEqual(['1:30', '1:00', '2:15', '–', '–', '–', '–', '4:45']);
    await page.getByText('3 events ignored: 1 not work, 1 all-day, 1 private').waitFor();
    await page.getByText('Saved rules').click();
    await page.getByText('Events with “Weekly sync” in the title → Website').waitFor();

    const [head = [], ...rows] = await exportMonth(page);
    expect(head[0]).toBe('description');
    expect(rows.map(([title, billable]) => [title, billable])).toEqual([
      ['Weekly sync', 'true'],
      ['Weekly sync', 'true'],
      ['WEB-12: interviews', 'true'],
      ['Crash on start of the Mobile app', 'true'],
    ]);
    await row(page, 'Monday', 'Weekly sync').getByText('Exported').waitFor();
    await button(page, 'Export new entries').click();
    await page.getByText('Nothing new to export in these days.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    // One gets longer, and one disappears.
    calendar.replace(
      calendarOf(
        HOURS.filter(({ uid }) => uid !== 'name').map((one) => (one === KEY ? { ...KEY, hours: '10:00–13:00' } : one)),
      ),
    );
    await page.getByRole('link', { name: 'Sources', exact: true }).click();
    await button(page, 'Read now: Work of Bob').click();
    await toast(page, 'Read. Everything is up to date.').waitFor();
    await page.goBack();
    const changed = row(page, 'Changed since an export', 'WEB-12: interviews');
    await changed.getByText('Changed: the time and the length (2:15 → 3:00).').waitFor();
    await row(page, 'Changed since an export', 'Crash on start').getByText('No longer in the calendar').waitFor();
    // It lies over what is judged, where a slow machine shows it for longer.
    await page.locator('.toast').waitFor({ state: 'detached' });
    for (const colorScheme of ['light', 'dark'] as const)
      for (const viewport of [PHONE, DESKTOP]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        // On a slow machine something may still lie over the table, or be drawn as before.
        const faults = await eventually(
          () => accessibilityFaults(page),
          ({ length }) => length === 0,
        );
        expect(faults).toEqual([]);
        expect(await overflow(page)).toBe(0);
      }
    await changed.getByRole('button', { name: 'Mark as settled: WEB-12: interviews' }).click();
    await toast(page, 'Marked as settled.').waitFor();
    expect(await focused(page)).toBe('Mark as settled: Crash on start of the Mobile app');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Changed since an export' }).waitFor({ state: 'detached' });

    await page.reload();
    await page.getByLabel('Rounding', { exact: true }).selectOption('Rounded up');
    await page.getByLabel('Rounding: minutes').selectOption('60 minutes');
    await page.getByText('5:30 before rounding').waitFor();
    expect(await totals(page, 'Website')).toEqual(['2:00', '1:00', '3:00', '–', '–', '–', '–', '6:00']);
    expect(page.url()).toMatch(/week=\d{4}-W\d\d.*round=up&round_minutes=60$/);
    await button(page, /^Delete export/)
      .first()
      .click();
    await button(page, 'Delete export').click();
    await toast(page, 'Export deleted. Its entries are new again.').waitFor();
    expect(await focused(page)).toBe('Export');

    await page.getByRole('link', { name: 'Sources', exact: true }).click();
    await page.getByText(/ · hours of bob$/).waitFor();
    await page.getByRole('link', { name: 'Work of Bob', exact: true }).click();
    await page.getByLabel('Private events').selectOption('Count, as “Private” with their length only');
    await page.getByLabel('Default project').selectOption('Mobile app');
    await button(page, 'Save changes').click();
    await toast(page, 'Saved.').waitFor();
    expect(await page.getByLabel('E-mail address of this person').inputValue()).toBe('bob@example.test');
    await page.getByRole('link', { name: 'show' }).click();
    await button(page, 'Previous week').click();
    const secret = row(page, 'Friday', 'Private');
    await secret.getByText('1 hour').waitFor();
    expect(await secret.textContent()).not.toMatch(/\d:\d\d–/);
    await secret.getByRole('button', { name: /^Change: Private, Fri \d+ \w+$/ }).click();
    expect(await secret.getByRole('combobox', { name: /^Apply to/ }).count()).toBe(0);
    expect(await page.content()).not.toContain('Job interview');
    expect(faults).toEqual([]);

    await page.goto(`${origin}/#/timesheet?member=nobody&source=cal-0123456789`);
    await toast(page, 'That person or calendar has no hours now. All are shown.').waitFor();
    expect(page.url()).toMatch(/\/#\/timesheet\?week=\d{4}-W\d\d$/);
    await page.getByRole('heading', { name: 'Export', exact: true }).waitFor();
    // Chromium writes about the response 404.
    expect(faults.splice(0)).toEqual([expect.stringContaining('404')]);

    const member = await logIn(browser, origin, { key: USER_KEYS.member }, { viewport: PHONE });
    await member.page.getByRole('link', { name: 'Timesheet', exact: true }).click();
    await button(member.page, 'Previous week').click();
    await row(member.page, 'Monday', 'Weekly sync').waitFor();
    expect(await member.page.getByText('Export new entries').count()).toBe(0);
    expect(await accessibilityFaults(member.page)).toEqual([]);
    expect(await overflow(member.page)).toBe(0);
    const guest = await logIn(browser, origin, { key: USER_KEYS.guest });
    await guest.page.getByRole('link', { name: 'Timesheet', exact: true }).click();
    await guest.page.getByText('No calendar has your hours yet.').waitFor();
    expect([...member.faults, ...guest.faults]).toEqual([]);
  }, 120_000);
});
