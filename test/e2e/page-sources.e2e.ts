import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { aCalDav, type CalDav } from '../support/caldav.ts';
import { createScratch } from '../support/scratch.ts';
import { accessibilityFaults, CHROMIUM, overflow, PHONE } from './support/browser.ts';
import { file, needs } from './support/clients.ts';
import { createPages } from './support/pages.ts';
import { demoSite } from './support/site.ts';

const scratch = createScratch();
const openPage = createPages(scratch);

const SECRET = 'token-that-nobody-sees';
const DAY_MS = 86_400_000;

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const chip = (page: Page, name: string) => page.locator('.chips-in label', { hasText: name });
/** A day as calendars write it, so many days from now. */
const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');

/** A calendar with a daily call at 01:30 UTC, a dozen days off, and an event that can't be read. */
function holidays(daysOff: number): string {
  const event = (uid: string, ...lines: string[]) => ['BEGIN:VEVENT', `UID:${uid}`, ...lines, 'END:VEVENT'];
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Example//EN',
    'X-WR-CALNAME:Team in Berlin',
    ...event('call', `DTSTART:${day(2)}T013000Z`, 'DURATION:PT30M', 'RRULE:FREQ=DAILY;COUNT=3', 'SUMMARY:Late call'),
    ...Array.from({ length: daysOff }, (_, at) =>
      event(`off-${at}`, `DTSTART;VALUE=DATE:${day(at + 5)}`, `SUMMARY:Day off ${at + 1}`),
    ).flat(),
    ...event('broken', 'DTSTART:20261399T000000Z', 'SUMMARY:Never'),
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
  scratch.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${SECRET}.ics`,
    replace: (next: string) => {
      text = next;
    },
  };
}

/** Tries a new source and adds it. */
async function addSource(page: Page, url: string): Promise<void> {
  const address = page.getByLabel('Address', { exact: true });
  await address.fill('http://10.11.12.13/private.ics');
  await button(page, 'Test').click();
  await page.getByText(/SOURCE_ALLOW/).waitFor();
  await address.fill(url);
  expect(await page.getByText(/SOURCE_ALLOW/).isVisible()).toBe(false);
  await button(page, 'Test').click();
  await page.getByText('13 events, 1 of them recurring').waitFor();
  await page.getByText('15 dates, those of endless series for one year').waitFor();
  await page.getByText(/^Line \d+$/).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Team in Berlin');
  await button(page, 'Add source').click();
}

/** Makes a link of the calendar and a project. */
async function makeLink(page: Page): Promise<void> {
  await page.getByText('Nothing from Plane, only the calendars below.').waitFor();
  await page.locator('.preview').getByText('13 events').waitFor();
  expect(await page.getByText('Completed work').isVisible()).toBe(false);
  await page.getByLabel('Only with one of these words').fill('call, nothing');
  await page.locator('.preview').getByText('1 event').waitFor();
  await button(page, 'Agenda').click();
  // The reader is in New York: the evening before, by the clock there.
  const lines = page.locator('.event-line', { hasText: 'Late call' });
  expect(await lines.count()).toBe(3);
  expect(await lines.first().textContent()).toMatch(/Late call(?:20|21):30–(?:21|22):00$/);
  await lines.first().click();
  await page.locator('.popover').getByText('From the calendar Team in Berlin.').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByText('Projects', { exact: true }).click();
  await chip(page, 'Website').click();
  await page.getByText('Completed work').waitFor();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Website, Team in Berlin');
  await button(page, 'Create and copy link').click();
  await page.getByRole('heading', { name: /^Link created/ }).waitFor();
}

/** Makes a mirror of the calendar alone, past events included. */
async function makeMirror(page: Page, dav: CalDav): Promise<void> {
  await page.getByRole('link', { name: 'Mirrors', exact: true }).click();
  // Until the list is there, the link above it is shown too.
  await page.getByText('No mirrors yet.').waitFor();
  await page.getByRole('link', { name: 'New mirror' }).click();
  await page.getByLabel('Address', { exact: true }).fill(dav.url);
  await page.getByLabel('User name').fill(dav.username);
  await page.getByLabel('Password', { exact: true }).fill(dav.password);
  await button(page, 'Test connection').click();
  await page.getByText('What it shows').waitFor();
  await page.getByLabel('A new calendar').check();
  expect(await page.getByLabel('Also past events').isVisible()).toBe(false);
  await page.getByText('Nothing', { exact: true }).click();
  await chip(page, 'Team in Berlin').click();
  await page.getByLabel('Also past events').check();
  await button(page, 'Create and show plan').click();
  await page.getByText('13 events will be created.').waitFor();
  await button(page, 'Start').click();
  await page.locator('#main').getByText('Up to date').waitFor();
  await page.getByText('the calendar “Team in Berlin”', { exact: true }).waitFor();
  expect(dav.objects.size).toBe(13);
}

needs([file(CHROMIUM, 'chromium')], 'the page of sources', () => {
  test('tries and adds a calendar, puts it into a link, accepts a large removal, and deletes it', async () => {
    const calendar = await aCalendar(holidays(12));
    const dav = await aCalDav();
    scratch.defer(dav.close);
    const site = await demoSite(scratch, { SOURCE_ALLOW: '127.0.0.1' });
    const options = { timezoneId: 'America/New_York', reducedMotion: 'reduce' } as const;
    const { page, faults } = await openPage(site.origin, options);
    await page.goto(`${site.origin}/`);
    await button(page, 'Open the demo').click();
    await page.getByRole('link', { name: 'Get link: Website' }).click();
    await page.getByRole('link', { name: 'add them as sources' }).click();
    await page.getByText('No sources yet.').waitFor();
    await page.getByRole('link', { name: 'New source' }).click();

    await addSource(page, calendar.url);
    await page.getByText(/^Read .+; next read/).waitFor();
    await page.getByText('Left out or read differently (1)').waitFor();
    expect(await page.content()).not.toContain(SECRET);
    await page.setViewportSize(PHONE);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 900 });

    await page.getByRole('link', { name: 'Get link' }).click();
    await makeLink(page);
    await page.getByRole('link', { name: 'Links', exact: true }).click();
    await page.getByText(/^Website and the calendar “Team in Berlin” .* only with “call” or “nothing”/).waitFor();
    await page.getByRole('link', { name: /^Edit Website, Team in Berlin/ }).click();
    await page.locator('.event-line').first().waitFor();
    expect(await page.getByRole('checkbox', { name: 'Team in Berlin' }).isChecked()).toBe(true);

    await makeMirror(page, dav);

    calendar.replace(holidays(2));
    await page.getByRole('link', { name: 'Sources', exact: true }).click();
    await button(page, 'Read now: Team in Berlin').click();
    await page.getByText(/^Large removal held back\./).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await button(page, 'Apply now: Team in Berlin').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Apply now', exact: true }).click();
    await page.getByText('Applied. The calendar now has 3 events.').waitFor();
    expect(await page.getByText(/^Large removal held back\./).isVisible()).toBe(false);

    await page.getByRole('link', { name: 'Team in Berlin', exact: true }).click();
    await page.getByLabel('Refresh interval').selectOption('Only on request');
    await button(page, 'Save changes').click();
    await page.getByText(/; only on request\.$/).waitFor();
    await button(page, 'Delete…').click();
    await page.getByRole('dialog').getByText('1 link loses its events:').waitFor();
    await page.getByRole('dialog').getByText('Website, Team in Berlin').waitFor();
    await page.getByRole('dialog').getByText('1 mirror loses its events, within the safety limits:').waitFor();
    await button(page, 'Delete source').click();
    await page.getByText('No sources yet.').waitFor();
    // Chromium reports the refused address, which the page shows beside the button.
    expect(faults.filter((fault) => !fault.includes('status of 400'))).toEqual([]);
  });
});
