import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Debian's Chromium without a window. */

/** Where its package puts it. */
export const CHROMIUM = '/usr/bin/chromium';

const ARGUMENTS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Sizes of screens. */
export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 900 };

export type PageOptions = BrowserContextOptions & { readonly countsBytes?: boolean };

/** Starts it with a profile of its own, which goes with it. */
export function launchChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGUMENTS, ...more] });
}

/** A page under watch. */
export interface Watched {
  readonly page: Page;
  /** What no page may do: ask elsewhere, break its own policy, write an error, open a dialog of the browser. */
  readonly faults: string[];
  /** Bytes of every body that came so far, uncompressed; 0 unless it was opened to count them. */
  bytes(): Promise<number>;
}

/** A browser of its own, without cookies, that watches what its pages do. Pages may ask this origin alone. */
export async function openPage(
  browser: Browser,
  origin: string,
  { countsBytes = false, ...options }: PageOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-GB', ...options });
  const faults: string[] = [];
  const bodies: Promise<number>[] = [];
  await context.addInitScript(
    "addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))",
  );
  context.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin)
      faults.push(`asked ${request.url()}`);
  });
  if (countsBytes) {
    context.on('response', (response) => {
      const size = response.body().then(
        (body) => body.length,
        () => 0,
      );
      bodies.push(size);
    });
  }
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  context.on('weberror', (error) => faults.push(error.error().message));
  context.on('dialog', (dialog) => {
    faults.push(`opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return { page, faults, bytes: async () => (await Promise.all(bodies)).reduce((sum, one) => sum + one, 0) };
}

/** What a script in the page returns. Scripts are text: the page's types are not those of Node. */
export function inPage<T>(page: Page, script: string): Promise<T> {
  return page.evaluate<T>(script);
}

/** What is in the clipboard. */
export async function clipboard(page: Page): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(page.url()).origin });
  return inPage<string>(page, 'navigator.clipboard.readText()');
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Everything axe finds wrong with the page as it is, one line each; or what it finds wrong with the colours alone. */
export async function accessibilityFaults(page: Page, what: 'all' | 'colours' = 'all'): Promise<string[]> {
  if (!(await inPage<boolean>(page, "typeof axe === 'object'"))) await page.evaluate(AXE);
  const only = what === 'all' ? '{}' : "{ runOnly: ['color-contrast', 'link-in-text-block'] }";
  const describe = "nodes.map(({ target }) => id + ': ' + target)";
  return inPage<string[]>(
    page,
    `axe.run(${only}).then(({ violations }) => violations.flatMap(({ id, nodes }) => ${describe}))`,
  );
}

/** By how many pixels the page is wider than the screen. */
export function overflow(page: Page): Promise<number> {
  return inPage<number>(page, 'document.documentElement.scrollWidth - innerWidth');
}
