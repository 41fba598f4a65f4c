import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium, openPage } from '../test/e2e/support/browser.ts';
import { startSite } from '../test/e2e/support/site.ts';

/** Screenshots of calendars from elsewhere: up to date, with a large removal that waits, and unreachable. */

const DAY_MS = 86_400_000;
/** Where the calendars seem to be. */
const HOST = 'calendar.example.org';

/** How many events each calendar has, by its path; one without any can't be read. */
const calendars = new Map<string, number | null>([
  ['/holidays.ics', 24],
  ['/room.ics', 60],
  ['/team.ics', 18],
]);
const SOURCES = [
  { name: 'Public holidays', color: '#c2557a', path: '/holidays.ics' },
  { name: 'Meeting room', color: '#4169e1', path: '/room.ics' },
  { name: 'Support team', color: '#8a6d1f', path: '/team.ics' },
];

/** Takes them from the demo, with its data in `data`. Returns how many bytes they have. */
export async function sourceScreenshots(
  data: string,
  folder: string,
  screens: Readonly<Record<string, NonNullable<BrowserContextOptions['viewport']>>>,
): Promise<number> {
  const server = createServer((request, response) => {
    const events = calendars.get(request.url ?? '') ?? null;
    response.statusCode = events === null ? 503 : 200;
    response.end(events === null ? '' : calendarOf(events));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const site = await startSite(data, { SOURCE_ALLOW: '127.0.0.1' });
  const browser = await launchChromium();
  let bytes = 0;
  try {
    await addSources(browser, site.origin, port);
    for (const [size, viewport] of Object.entries(screens))
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await openPage(browser, site.origin, { viewport, colorScheme, reducedMotion: 'reduce' });
        await nameHost(page, port);
        await logIn(page, site.origin);
        await page.goto(`${site.origin}/#/sources`);
        await page.getByRole('link', { name: 'Support team', exact: true }).waitFor();
        const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
        await writeFile(join(folder, `sources-${size}-${colorScheme}.png`), png);
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

/** Shows a host as people know them. */
async function nameHost(page: Page, port: number): Promise<void> {
  await page.route('**/api/v1/sources', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replaceAll(`127.0.0.1:${port}`, HOST) });
  });
}

async function addSources(browser: Browser, origin: string, port: number): Promise<void> {
  const { page } = await openPage(browser, origin);
  await logIn(page, origin);
  const { request } = page.context();
  const headers = { origin };
  const ids: string[] = [];
  for (const { name, color, path } of SOURCES) {
    const url = `http://127.0.0.1:${port}${path}`;
    const answer = await request.post(`${origin}/api/v1/sources`, { headers, data: { name, kind: 'ics', url, color } });
    ids.push(((await answer.json()) as { readonly id: string }).id);
  }
  calendars.set('/room.ics', 8).set('/team.ics', null);
  for (const id of ids) await request.post(`${origin}/api/v1/sources/${id}/sync`, { headers });
  await page.context().close();
}

function calendarOf(events: number): string {
  const day = (at: number): string => new Date(Date.now() + at * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  const components = Array.from({ length: events }, (_, at) => [
    'BEGIN:VEVENT',
    `UID:event-${at}`,
    `DTSTART;VALUE=DATE:${day(at)}`,
    `SUMMARY:Event ${at}`,
    'END:VEVENT',
  ]);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//EN', ...components.flat(), 'END:VCALENDAR', ''].join(
    '\r\n',
  );
}
