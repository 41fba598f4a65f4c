import { afterAll } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Scratch } from '../../support/scratch.ts';
import { launchChromium, openPage, type PageOptions, type Watched } from './browser.ts';

/** Opens a page until the test ends. */
export type OpenPage = (origin: string, options?: PageOptions) => Promise<Watched>;

/**
 * One Chromium for all tests of a file: starting it takes longer than many of them. Each page has cookies, storage and a cache of its
 * own.
 */
export function createPages(scratch: Scratch, launch: () => Promise<Browser> = launchChromium): OpenPage {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => {
    await (await browser)?.close();
  });
  return async (origin, options) => {
    browser ??= launch();
    const watched = await openPage(await browser, origin, options);
    scratch.defer(() => close(watched.page));
    return watched;
  };
}

/** Requests that a test answers itself may be under way: their answers are no longer needed. */
async function close(page: Page): Promise<void> {
  const context = page.context();
  for (const one of [page, context]) await one.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
}
