import { startApp } from '../../../src/server/app.ts';
import { readConfig } from '../../../src/config/config.ts';
import { createSmallPlane, type SmallPlane } from '../../../src/demo/plane.ts';
import type { ItemRow, ProjectTable, Tables } from '../../../src/demo/rows.ts';
import { DEMO_KEY, seedDemo } from '../../../src/demo/seed.ts';
import type { Log } from '../../../src/lib/log.ts';
import { ACME_KEY, acmeTables } from '../../support/acme.ts';
import { eventually } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';
import { expectedSights, shownItems, type Sight } from './expected.ts';

const ADMIN_TOKEN = 'admin-token-of-the-tests';
/** Headers of a request that only the administrator may make. */
export const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };

const silent: Log = { error: ignore, warn: ignore, info: ignore, debug: ignore };

/** What the small Plane contains, and the project in it that a test uses. */
export interface Workspace {
  readonly tables: Tables;
  readonly key: string;
  readonly project: string;
}

const demo = (): Workspace => ({ tables: seedDemo(Date.now()), key: DEMO_KEY, project: 'WEB' });
/** The one that was recorded on a real Plane, odd names and dates among it. */
export const recorded = (): Workspace => ({ tables: acmeTables(), key: ACME_KEY, project: 'ALPHA' });

/** The whole program beside a small Plane, and the feed of one project. */
export interface Published {
  readonly plane: SmallPlane;
  readonly planeUrl: string;
  /** Plane's rows as they are now. */
  project(): ProjectTable;
  /** What a subscriber of the feed must see now. */
  sights(): Sight[];
  /** An item that the feed shows, counted from the first. */
  shown(index: number): ItemRow;
  readonly origin: string;
  readonly path: string;
  readonly url: string;
  /** The feed, unfolded, as soon as it is as wanted. Fails when it never is. */
  feed(isWanted: (text: string) => boolean): Promise<string>;
  /** Has the server read everything from Plane again, names too. */
  readAgain(): Promise<void>;
}

/** Starts both on free loopback ports, and ends them with the test. */
export async function publish(scratch: Scratch, workspace: Workspace = demo()): Promise<Published> {
  const plane = createSmallPlane({ tables: workspace.tables, now: Date.now, requestsPerMinute: 10_000 });
  const planeUrl = await plane.listen();
  scratch.defer(plane.close);
  const settings = {
    PLANE_URL: planeUrl,
    PLANE_API_KEY: workspace.key,
    PLANE_WORKSPACE: workspace.tables.workspace.slug,
    PLANE_REQUESTS_PER_MINUTE: '10000',
    FEED_ACCESS: 'open',
    PORT: '0',
    ADMIN_TOKEN,
  };
  const config = { ...readConfig({ ...settings, DATA_DIR: await scratch.folder() }, () => ''), freshMs: 200 };
  const world = { now: Date.now, delay, log: silent, assets: new Map(), version: '0.0.0', owner: '0:0' };
  const app = await startApp(config, world);
  scratch.defer(app.close);

  const origin = `http://127.0.0.1:${app.port}`;
  const path = `/ics/${workspace.project}.ics`;
  const project = (): ProjectTable => {
    const found = [...plane.tables.projects.values()].find(({ row }) => row.identifier === workspace.project);
    if (!found) throw new Error(`there is no project ${workspace.project}`);
    return found;
  };
  return {
    plane,
    planeUrl,
    project,
    sights: () => expectedSights(project()),
    shown: (index) => {
      const item = shownItems(project())[index];
      if (!item) throw new Error(`the feed shows no item ${index}`);
      return item;
    },
    readAgain: async () => {
      const { status } = await fetch(`${origin}/webhooks/sync`, { method: 'POST', headers: ADMIN });
      if (status !== 200) throw new Error(`the server would not read everything again: status ${status}`);
    },
    origin,
    path,
    url: origin + path,
    feed: async (isWanted) => {
      const read = async (): Promise<string> => (await (await fetch(origin + path)).text()).replaceAll('\r\n ', '');
      const text = await eventually(read, isWanted);
      if (!isWanted(text)) throw new Error(`the feed never came to be as wanted:\n${text.slice(0, 2000)}`);
      return text;
    },
  };
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

function ignore(): void {
  // Tests look at what subscribers see, not at the log.
}
