import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContextOptions } from 'playwright-core';
import { createSmallPlane, type SmallPlane } from '../../../src/demo/plane.ts';
import type { Tables } from '../../../src/demo/rows.ts';
import { ACME_KEY, acmeTables } from '../../support/acme.ts';
import type { Scratch } from '../../support/scratch.ts';
import { launchChromium, type Watched } from './browser.ts';
import { demoSite, TOKEN } from './site.ts';
import { freePort } from './free-port.ts';
import { createPages, type OpenPage } from './pages.ts';

/** The program at a public address, as a browser with a name server of its own sees it. */

/** Its address in the browser; the addresses it gives out are https. */
export const ORIGIN = 'http://calendars.example.com';
export const PUBLIC_URL = 'https://calendars.example.com';
const SECRET = 'plane_wh_of_the_site';

/** A new link, with the address of its subscribe page. */
export interface SharedLink {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly page: string;
}

export interface PublicSite {
  readonly plane: SmallPlane;
  /** Where it listens. */
  readonly local: string;
  /** A request of the administrator to the API. */
  api(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  addLink(fields?: object): Promise<SharedLink>;
  /** Replaces the address of a link. */
  rotate(link: SharedLink, body?: object): Promise<SharedLink>;
  /** Opens a page in a browser that knows the public address. */
  open(address: string, options?: BrowserContextOptions): Promise<Watched>;
}

export interface PublicSiteOptions {
  /** The recorded workspace when left out. */
  readonly workspace?: { readonly tables: Tables; readonly key: string };
  /** Plane answers each request after this long. */
  readonly planeDelayMs?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts all of it, until the test ends. The tests of a file share the port, and so the browser, to which that port is the public
 * address.
 */
export function createPublicSites(scratch: Scratch): (options?: PublicSiteOptions) => Promise<PublicSite> {
  let chosen: Promise<number> | undefined;
  const portOfFile = (): Promise<number> => (chosen ??= freePort());
  const openPage = createPages(scratch, async () =>
    launchChromium([
      `--host-resolver-rules=MAP calendars.example.com:80 127.0.0.1:${await portOfFile()}`,
      // As if it were https: the clipboard is for secure pages only.
      `--unsafely-treat-insecure-origin-as-secure=${ORIGIN}`,
    ]),
  );
  return async (options = {}) => startPublicSite(scratch, openPage, await portOfFile(), options);
}

async function startPublicSite(
  scratch: Scratch,
  openPage: OpenPage,
  port: number,
  { workspace = { tables: acmeTables(), key: ACME_KEY }, planeDelayMs = 0, settings = {} }: PublicSiteOptions,
): Promise<PublicSite> {
  const plane = createSmallPlane({ tables: workspace.tables, now: Date.now, requestsPerMinute: 10_000 });
  const planeUrl = await plane.listen();
  scratch.defer(plane.close);
  await demoSite(scratch, {
    PLANE_URL: planeDelayMs === 0 ? planeUrl : await delayed(scratch, planeUrl, planeDelayMs),
    PLANE_API_KEY: workspace.key,
    PLANE_WORKSPACE: workspace.tables.workspace.slug,
    PLANE_WEBHOOK_SECRET: SECRET,
    PLANE_REQUESTS_PER_MINUTE: '10000',
    FRESH_SECONDS: '1',
    ADMIN_TOKEN: TOKEN,
    PUBLIC_URL,
    PORT: String(port),
    ...settings,
  });
  const local = `http://127.0.0.1:${port}`;
  const api = createApi(local);
  const shared = ({ id, url }: Record<string, unknown>): SharedLink => {
    const token = new URL(String(url)).pathname.split('/')[2] ?? '';
    return { id: String(id), url: String(url), token, page: `${ORIGIN}/s/${token}` };
  };
  return {
    plane,
    local,
    api,
    addLink: async (fields = {}) =>
      shared(await api('POST', 'links', { name: 'Launch', scope: { projects: ['ALPHA'] }, ...fields })),
    rotate: async ({ id }, body = {}) => shared(await api('POST', `links/${id}/rotate`, body)),
    open: async (address, browserOptions = {}) => {
      const watched = await openPage(ORIGIN, { reducedMotion: 'reduce', ...browserOptions });
      await watched.page.goto(address);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      return watched;
    },
  };
}

function createApi(local: string): PublicSite['api'] {
  return async (method, path, body) => {
    const answer = await fetch(`${local}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${method} ${path}: status ${answer.status}: ${JSON.stringify(json)}`);
    return json;
  };
}

/** The same server, a while later. Returns its address. */
async function delayed(scratch: Scratch, target: string, ms: number): Promise<string> {
  const server = createServer((incoming, response) => {
    const { method, headers, url } = incoming;
    setTimeout(() => {
      const outgoing = forward(target + (url ?? '/'), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      incoming.pipe(outgoing);
    }, ms);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
