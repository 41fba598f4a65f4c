import { startApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { createSmallPlane, type SmallPlane } from '../../../src/demo/plane.ts';
import type { ItemRow, ProjectTable } from '../../../src/demo/rows.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from '../../../src/demo/seed.ts';
import type { Log } from '../../../src/log.ts';
import { eventually } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';
import { expectedSights, shownItems, type Sight } from './expected.ts';

const silent: Log = { error: ignore, warn: ignore, info: ignore, debug: ignore };

/** The whole program beside a small Plane, and the feed of its project WEB. */
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
export async function publish(scratch: Scratch): Promise<Published> {
  const plane = createSmallPlane({ tables: seedDemo(Date.now()), now: Date.now, requestsPerMinute: 10_000 });
  const planeUrl = await plane.listen();
  scratch.defer(plane.close);
  const settings = {
    PLANE_URL: planeUrl,
    PLANE_API_KEY: DEMO_KEY,
    PLANE_WORKSPACE: DEMO_WORKSPACE,
    PLANE_REQUESTS_PER_MINUTE: '10000',
    FEED_ACCESS: 'open',
    PORT: '0',
    ADMIN_TOKEN: 'admin-token-of-the-tests',
  };
  const config = { ...readConfig({ ...settings, DATA_DIR: await scratch.folder() }, () => ''), freshMs: 200 };
  const world = { now: Date.now, delay, log: silent, stylesheet: Buffer.from(''), version: '0.0.0', owner: '0:0' };
  const app = await startApp(config, world);
  scratch.defer(app.close);

  const origin = `http://127.0.0.1:${app.port}`;
  const path = '/ics/WEB.ics';
  const project = (): ProjectTable => {
    const found = [...plane.tables.projects.values()].find(({ row }) => row.identifier === 'WEB');
    if (!found) throw new Error('the demo has no project WEB');
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
      const headers = { authorization: `Bearer ${settings.ADMIN_TOKEN}` };
      const { status } = await fetch(`${origin}/webhooks/sync`, { method: 'POST', headers });
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
