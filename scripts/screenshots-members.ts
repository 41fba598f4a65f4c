import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { USER_KEYS } from '../src/demo/users/users.ts';
import { launchChromium, openPage } from '../test/e2e/support/browser.ts';
import { startSite } from '../test/e2e/support/site.ts';

/** Screenshots of what people see who sign in with a Plane API key of their own. */

/** Takes them from the demo, with its data in `data`. Returns how many bytes they have. */
export async function memberScreenshots(
  data: string,
  folder: string,
  screens: Readonly<Record<string, NonNullable<BrowserContextOptions['viewport']>>>,
): Promise<number> {
  const site = await startSite(data, { SELF_SERVICE: 'true' });
  const browser = await launchChromium();
  let bytes = 0;
  try {
    await createLinks(browser, site.origin);
    for (const [size, viewport] of Object.entries(screens))
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await openPage(browser, site.origin, { viewport, colorScheme, reducedMotion: 'reduce' });
        const take = async (name: string): Promise<void> => {
          await page.mouse.move(0, 0);
          const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
          await writeFile(join(folder, `${name}-${size}-${colorScheme}.png`), png);
          bytes += png.length;
        };
        await page.goto(`${site.origin}/`);
        await page.getByLabel('Your Plane API key').waitFor();
        await take('sign-in');
        await signIn(page, site.origin, USER_KEYS.member);
        await page.goto(`${site.origin}/#/links`);
        await page.locator('.link-card').first().waitFor();
        await take('my-links');
        await page.getByRole('button', { name: 'Log out' }).click();
        await signIn(page, site.origin, USER_KEYS.guest);
        await take('guest');
        await page.context().close();
      }
  } finally {
    await browser.close();
    await site.stop();
  }
  return bytes;
}

async function signIn(page: Page, origin: string, key: string): Promise<void> {
  await page.goto(`${origin}/`);
  await page.getByLabel('Your Plane API key').fill(key);
  await page.keyboard.press('Enter');
  await page.getByText('Signed in as').waitFor();
  await page.locator('.row').first().waitFor();
}

/** Links of the member, one of which an app has fetched. */
async function createLinks(browser: Browser, origin: string): Promise<void> {
  const { page } = await openPage(browser, origin);
  await signIn(page, origin, USER_KEYS.member);
  const headers = { origin };
  const add = async (link: object): Promise<string> => {
    const answer = await page.context().request.post(`${origin}/api/v1/links`, { headers, data: link });
    return ((await answer.json()) as { url: string }).url;
  };
  await add({ name: 'Website', for: 'My phone', scope: { projects: ['WEB'] } });
  const { member } = (await (await page.context().request.get(`${origin}/api/v1/session`)).json()) as {
    member: { id: string };
  };
  const url = await add({ name: 'My work', scope: { person: member.id } });
  await fetch(url, { headers: { 'user-agent': 'Thunderbird/140.4.0' } });
  await page.context().close();
}
