import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { DESKTOP, launchChromium, openPage } from '../test/e2e/support/browser.ts';
import { startSite } from '../test/e2e/support/site.ts';
import { memberScreenshots } from './screenshots-members.ts';
import { sourceScreenshots } from './screenshots-sources.ts';
import { subscribeScreenshots } from './screenshots-subscribe.ts';
import { timesheetScreenshots } from './screenshots-timesheet.ts';

/** Takes the screenshots in docs/screenshots from the demo: `npm run screenshots`. */

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const MAX_BYTES = 4_500_000;
const SCREENS = { phone: { width: 390, height: 844 }, desktop: DESKTOP };
/** Apps that have fetched the links. */
const CLIENTS = ['Thunderbird/140.4.0', 'Google-Calendar-Importer', 'iOS/26.1 (23B85) dataaccessd/1.0'];

/** Links, and whom they are for. */
const LINKS = [
  ['project=WEB', 'Ada Lovelace'],
  ['project=APP', 'Kiosk in the lobby'],
  ['all', 'Grace Hopper'],
] as const;

async function screenshot(page: Page, name: string): Promise<number> {
  await page.evaluate('document.fonts.ready.then(() => scrollTo(0, 0))');
  await page.mouse.move(0, 0);
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
  await writeFile(join(FOLDER, `${name}.png`), png);
  return png.length;
}

async function logIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/`);
  await page.getByRole('button', { name: 'Open the demo' }).click();
  await page
    .getByRole('link', { name: /^Get link/ })
    .first()
    .waitFor();
}

/** Creates a link as a user does. Returns its address. */
async function createLink(page: Page, origin: string, query: string, person: string): Promise<string> {
  await page.goto(`${origin}/#/calendars`);
  await page.goto(`${origin}/#/new?${query}`);
  await page.locator('.bar').first().waitFor();
  await page.getByLabel('Person or device').fill(person);
  await page.getByRole('button', { name: 'Create and copy link' }).click();
  await page.getByRole('heading', { name: /^Link created/ }).waitFor();
  await page.locator('.readiness.good').waitFor();
  return (await page.getByLabel('Address of the calendar').textContent()) ?? '';
}

/** Creates links that apps have fetched, so that the list is not empty. */
async function fillWithLinks(browser: Browser, origin: string): Promise<void> {
  const { page } = await openPage(browser, origin);
  await logIn(page, origin);
  for (const [at, [query, person]] of LINKS.entries()) {
    const address = await createLink(page, origin, query, person);
    for (const agent of CLIENTS.slice(0, 3 - at)) await fetch(address, { headers: { 'user-agent': agent } });
  }
  await endSome(page, origin);
  await page.context().close();
}

/** Gives one link an end date, and another one a new address beside the old one. */
async function endSome(page: Page, origin: string): Promise<void> {
  const { request } = page.context();
  const headers = { origin };
  const list = await request.get(`${origin}/api/v1/links`);
  const { links } = (await list.json()) as { links: readonly { id: string; for: string | null }[] };
  const idOf = (person: string): string => links.find((one) => one.for === person)?.id ?? '';
  const expires = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
  await request.patch(`${origin}/api/v1/links/${idOf(LINKS[1][1])}`, { headers, data: { expires } });
  await request.post(`${origin}/api/v1/links/${idOf(LINKS[0][1])}/rotate`, { headers, data: { grace_days: 14 } });
}

/** Taken last, because it creates another link. */
async function linkCreated(browser: Browser, origin: string, size: Size, color: Color): Promise<number> {
  const page = await loggedInPage(browser, origin, size, color);
  await createLink(page, origin, 'project=WEB', 'Alan Turing');
  await page.evaluate("document.getElementById('toast').replaceChildren()");
  const bytes = await screenshot(page, `link-created-${size}-${color}`);
  await page.context().close();
  return bytes;
}

async function loggedInPage(browser: Browser, origin: string, size: Size, color: Color): Promise<Page> {
  const options = { viewport: SCREENS[size], colorScheme: color, reducedMotion: 'reduce' } as const;
  const { page } = await openPage(browser, origin, options);
  await logIn(page, origin);
  return page;
}

type Size = keyof typeof SCREENS;
type Color = 'light' | 'dark';

async function views(browser: Browser, origin: string, size: Size, color: Color): Promise<number> {
  const page = await loggedInPage(browser, origin, size, color);
  let bytes = 0;
  const take = async (name: string): Promise<void> => {
    bytes += await screenshot(page, `${name}-${size}-${color}`);
  };
  await page.getByText('checked').first().waitFor();
  await take('calendars');
  await page.goto(`${origin}/#/links`);
  await page.locator('.link-card').first().waitFor();
  await take('links');
  await page.getByRole('link', { name: `Edit Website for ${LINKS[0][1]}` }).click();
  await page.locator('.bar').first().waitFor();
  await take('link');
  await page.goto(`${origin}/#/mirrors`);
  await page.getByRole('heading', { name: 'Mirrors', level: 1 }).waitFor();
  await take('mirrors');
  await page.goto(`${origin}/#/status`);
  await page.getByText('Reachable.').waitFor();
  await take('status');
  await page.goto(`${origin}/#/new?project=WEB`);
  await page.locator('.bar').first().waitFor();
  await take('new-link');
  await page.context().close();
  return bytes;
}

const folder = await mkdtemp(join(tmpdir(), 'plane-ics-'));
const site = await startSite(folder, { PORT: '0' });
const browser = await launchChromium();
try {
  await mkdir(FOLDER, { recursive: true });
  await mkdir(join(folder, 'subscribe'));
  await fillWithLinks(browser, site.origin);
  let bytes = await subscribeScreenshots(join(folder, 'subscribe'), FOLDER);
  await mkdir(join(folder, 'members'));
  bytes += await memberScreenshots(join(folder, 'members'), FOLDER, SCREENS);
  await mkdir(join(folder, 'sources'));
  bytes += await sourceScreenshots(join(folder, 'sources'), FOLDER, SCREENS);
  await mkdir(join(folder, 'timesheet'));
  bytes += await timesheetScreenshots(join(folder, 'timesheet'), FOLDER, SCREENS);
  for (const take of [views, linkCreated])
    for (const size of ['phone', 'desktop'] as const)
      for (const color of ['light', 'dark'] as const) bytes += await take(browser, site.origin, size, color);
  if (bytes > MAX_BYTES) throw new Error(`The screenshots have ${bytes} bytes; the limit is ${MAX_BYTES}.`);
  process.stdout.write(`${bytes} bytes in ${FOLDER}\n`);
} finally {
  await browser.close();
  await site.stop();
  await rm(folder, { recursive: true });
}
