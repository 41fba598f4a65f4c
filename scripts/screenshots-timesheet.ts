import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { APIRequestContext, Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium, openPage } from '../test/e2e/support/browser.ts';
import { startSite } from '../test/e2e/support/site.ts';

/** Screenshots of a week of hours: matched, unmatched, and changed since an export. */

const DAY_MS = 86_400_000;
const ZONE = 'Europe/Berlin';

/** Weekday (0 is Monday), first and last hour by UTC, title. */
type Hours = readonly [weekday: number, start: string, end: string, title: string];

const ADA: readonly Hours[] = [
  [0, '0800', '0930', 'WEB-1 with the agency'],
  [0, '1000', '1200', 'Website: plan of the week'],
  [1, '0800', '1030', 'WEB-11 accents'],
  [1, '1200', '1330', 'Call with the customer'],
  [2, '0900', '1130', 'Mobile app: release'],
  [2, '1100', '1200', 'WEB-6 and WEB-7'],
  [3, '0800', '1215', 'WEB-12 interviews'],
  [4, '0800', '0845', 'Stand-up'],
];
const BOB: readonly Hours[] = [
  [0, '0900', '1300', 'APP-3 on the device'],
  [1, '0800', '1100', 'APP-4 review'],
  [3, '1200', '1400', 'Mobile app: tests'],
  [4, '0900', '1230', 'APP-5'],
];
/** What is served at each path, by the first day of the week. */
const calendars = new Map<string, readonly Hours[]>([
  ['/ada.ics', ADA],
  ['/bob.ics', BOB],
]);

/** Takes them from the demo, with its data in `data`. Returns how many bytes they have. */
export async function timesheetScreenshots(
  data: string,
  folder: string,
  screens: Readonly<Record<string, NonNullable<BrowserContextOptions['viewport']>>>,
): Promise<number> {
  const today = Math.floor(Date.now() / DAY_MS);
  const monday = today - ((today + 3) % 7) - 7;
  const server = createServer((request, response) => {
    response.end(calendarOf(calendars.get(request.url ?? '') ?? [], monday));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const site = await startSite(data, { SOURCE_ALLOW: '127.0.0.1' });
  const browser = await launchChromium();
  let bytes = 0;
  try {
    await prepare(browser, site.origin, `http://127.0.0.1:${port}`, [isoDay(monday), isoDay(monday + 6)]);
    for (const [size, viewport] of Object.entries(screens))
      for (const colorScheme of ['light', 'dark'] as const) {
        const options = { viewport, colorScheme, reducedMotion: 'reduce', timezoneId: ZONE } as const;
        const { page } = await openPage(browser, site.origin, options);
        await logIn(page, site.origin);
        await page.goto(`${site.origin}/#/timesheet`);
        await page.getByRole('button', { name: 'Previous week' }).click();
        await page.locator('.totals').waitFor();
        await page.mouse.move(0, 0);
        const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
        await writeFile(join(folder, `timesheet-${size}-${colorScheme}.png`), png);
        bytes += png.length;
        await page.context().close();
      }
  } finally {
    await browser.close();
    await site.stop();
    server.close();
    server.closeAllConnections();
  }
  return bytes;
}

async function logIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/`);
  await page.getByRole('button', { name: 'Open the demo' }).click();
  await page.locator('.row').first().waitFor();
}

/** Adds the calendars, exports what is matched, and lets an event change. */
async function prepare(
  browser: Browser,
  origin: string,
  address: string,
  [from = '', to = '']: readonly string[],
): Promise<void> {
  const { page } = await openPage(browser, origin);
  await logIn(page, origin);
  const { request } = page.context();
  const ids: string[] = [];
  for (const name of ['ada', 'bob']) {
    const source = { name: `Hours of ${name}`, kind: 'ics', url: `${address}/${name}.ics`, timezone: ZONE };
    ids.push(await idOf(request, `${origin}/api/v1/sources`, { ...source, timesheet: { member: name } }));
  }
  await idOf(request, `${origin}/api/v1/timesheet/exports`, { from, to });
  calendars.set(
    '/bob.ics',
    BOB.map((one, at) => (at === 0 ? [0, '0900', '1330', one[3]] : one)),
  );
  for (const id of ids) await request.post(`${origin}/api/v1/sources/${id}/sync`, { headers: { origin } });
  await page.context().close();
}

/** Creates something. Returns its id. */
async function idOf(request: APIRequestContext, url: string, data: object): Promise<string> {
  const answer = await request.post(url, { headers: { origin: new URL(url).origin }, data });
  if (!answer.ok()) throw new Error(`${url}: ${await answer.text()}`);
  return ((await answer.json()) as { readonly id: string }).id;
}

function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function calendarOf(hours: readonly Hours[], monday: number): string {
  const components = hours.map(([weekday, start, end, title], at) => {
    const day = isoDay(monday + weekday).replaceAll('-', '');
    return [
      'BEGIN:VEVENT',
      `UID:hours-${at}-${title}`,
      `DTSTART:${day}T${start}00Z`,
      `DTEND:${day}T${end}00Z`,
      `SUMMARY:${title}`,
      'END:VEVENT',
    ];
  });
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//EN', ...components.flat(), 'END:VCALENDAR', ''].join(
    '\r\n',
  );
}
