import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium, openPage } from '../test/e2e/support/browser.ts';
import { startSite, TOKEN } from '../test/e2e/support/site.ts';

/** Screenshots of the subscribe page, at a public address: on a private one it has fewer buttons and no code. */

const ORIGIN = 'http://calendars.example.com';
const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
};

/** What the server would answer while it reads a large workspace. */
const LOADING = { built: false, progress: { read: 12, total: 40, seconds_left: 170 }, preview: null };

interface Shot {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly change: object;
}

const SHOTS: readonly Shot[] = [
  ...(['light', 'dark'] as const).flatMap((colorScheme) => [
    { name: `subscribe-desktop-${colorScheme}`, options: { ...DESKTOP, colorScheme }, change: {} },
    { name: `subscribe-phone-${colorScheme}`, options: { ...PHONE, colorScheme }, change: {} },
  ]),
  { name: 'subscribe-loading-phone-light', options: PHONE, change: LOADING },
];

/** Takes them from the demo, with its data in `data`. Returns how many bytes they have. */
export async function subscribeScreenshots(data: string, folder: string): Promise<number> {
  const port = await freePort();
  const settings = { PORT: String(port), PUBLIC_URL: ORIGIN.replace('http:', 'https:'), ADMIN_TOKEN: TOKEN };
  const site = await startSite(data, settings);
  const browser = await launchChromium([`--host-resolver-rules=MAP calendars.example.com:80 127.0.0.1:${port}`]);
  const local = `http://127.0.0.1:${port}`;
  let bytes = 0;
  try {
    const token = await createLink(local);
    for (const { name, options, change } of SHOTS) {
      const { page } = await openPage(browser, ORIGIN, { reducedMotion: 'reduce', ...options });
      await page.route('**/state', async (route) => {
        const json = (await (await fetch(local + new URL(route.request().url()).pathname)).json()) as object;
        await route.fulfill({ json: { ...json, ...change } });
      });
      await page.goto(`${ORIGIN}/s/${token}`);
      await settled(page);
      const png = await page.screenshot({ animations: 'disabled', scale: 'css' });
      await writeFile(join(folder, `${name}.png`), png);
      bytes += png.length;
      await page.context().close();
    }
  } finally {
    await browser.close();
    await site.stop();
  }
  return bytes;
}

async function createLink(local: string): Promise<string> {
  const answer = await fetch(`${local}/api/v1/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Website launch', scope: { projects: ['WEB'] } }),
  });
  const { url } = (await answer.json()) as { url: string };
  const token = new URL(url).pathname.split('/')[2] ?? '';
  await fetch(`${local}/ics/${token}/x.ics`);
  await fetch(`${local}/s/${token}/state`);
  return token;
}

async function settled(page: Page): Promise<void> {
  await page.locator('.app-buttons, progress').first().waitFor();
  await page.waitForTimeout(500);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
