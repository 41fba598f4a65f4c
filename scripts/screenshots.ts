import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { DESKTOP, launchChromium, openPage } from '../test/e2e/support/browser.ts';
import { startSite } from '../test/e2e/support/site.ts';

/** Takes the pictures of docs/screenshots from the demo: `npm run screenshots`. */

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const MOST_BYTES = 3_000_000;
const SCREENS = { phone: { width: 390, height: 844 }, desktop: DESKTOP };
/** Who has fetched the pictured links. */
const CLIENTS = ['Thunderbird/140.4.0', 'Google-Calendar-Importer', 'iOS/26.1 (23B85) dataaccessd/1.0'];

async function picture(page: Page, name: string): Promise<number> {
  await page.evaluate('document.fonts.ready.then(() => scrollTo(0, 0))');
  await page.mouse.move(0, 0);
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
  await writeFile(join(FOLDER, `${name}.png`), png);
  return png.length;
}

async function enter(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/`);
  await page.getByRole('button', { name: 'Open the demo' }).click();
  await page
    .getByRole('link', { name: /^Get link/ })
    .first()
    .waitFor();
}

/** Makes a link as a visitor does, and returns its address. */
async function make(page: Page, origin: string, query: string): Promise<string> {
  await page.goto(`${origin}/#/calendars`);
  await page.goto(`${origin}/#/new?${query}`);
  await page.locator('.bar').first().waitFor();
  await page.getByRole('button', { name: 'Create and copy link' }).click();
  await page.getByRole('heading', { name: /^Link created/ }).waitFor();
  return (await page.getByLabel('Address of the calendar').textContent()) ?? '';
}

/** Links that programs have fetched, so that there is something to see. */
async function fillWithLinks(browser: Browser, origin: string): Promise<void> {
  const { page } = await openPage(browser, origin);
  await enter(page, origin);
  for (const [at, query] of ['project=WEB', 'project=APP', 'all'].entries()) {
    const address = await make(page, origin, query);
    for (const agent of CLIENTS.slice(0, 3 - at)) await fetch(address, { headers: { 'user-agent': agent } });
  }
  await page.context().close();
}

/** Apart from the others, since it makes one more link. */
async function pictureOfMade(browser: Browser, origin: string, size: Size, color: Color): Promise<number> {
  const page = await enteredPage(browser, origin, size, color);
  await make(page, origin, 'project=WEB');
  await page.evaluate("document.getElementById('toast').replaceChildren()");
  const bytes = await picture(page, `link-made-${size}-${color}`);
  await page.context().close();
  return bytes;
}

async function enteredPage(browser: Browser, origin: string, size: Size, color: Color): Promise<Page> {
  const look = { viewport: SCREENS[size], colorScheme: color, reducedMotion: 'reduce' } as const;
  const { page } = await openPage(browser, origin, look);
  await enter(page, origin);
  return page;
}

type Size = keyof typeof SCREENS;
type Color = 'light' | 'dark';

async function pictures(browser: Browser, origin: string, size: Size, color: Color): Promise<number> {
  const page = await enteredPage(browser, origin, size, color);
  let bytes = 0;
  const take = async (name: string): Promise<void> => {
    bytes += await picture(page, `${name}-${size}-${color}`);
  };
  await page.getByText('checked').first().waitFor();
  await take('calendars');
  await page.goto(`${origin}/#/links`);
  await page.locator('.link-card').first().waitFor();
  await take('links');
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
  await fillWithLinks(browser, site.origin);
  let bytes = 0;
  for (const take of [pictures, pictureOfMade])
    for (const size of ['phone', 'desktop'] as const)
      for (const color of ['light', 'dark'] as const) bytes += await take(browser, site.origin, size, color);
  if (bytes > MOST_BYTES) throw new Error(`The pictures have ${bytes} bytes; ${MOST_BYTES} is the most.`);
  process.stdout.write(`${bytes} bytes in ${FOLDER}\n`);
} finally {
  await browser.close();
  await site.stop();
  await rm(folder, { recursive: true });
}
