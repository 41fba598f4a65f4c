import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type App } from '../../src/server/app.ts';
import { readConfig, type Config, type Environment, type PlaneConfig } from '../../src/config/config.ts';
import type { HttpLimits } from '../../src/http/listen.ts';
import type { Reloaded } from '../../src/server/reload.ts';
import { createSmallPlane, type SmallPlane, type SmallPlaneOptions } from '../../src/demo/plane.ts';
import { ACME_KEY, acmeTables } from './acme.ts';
import { NOON } from './make.ts';
import { aLog } from './log.ts';
import { delay } from './time.ts';

/** The whole program before the recorded workspace on a small Plane, with a clock that stands still until it is moved. */
export interface TestApp {
  readonly plane: SmallPlane;
  readonly app: App;
  readonly url: string;
  readonly log: ReturnType<typeof aLog>;
  readonly clock: { now: number };
  /** Reads the settings again, with these besides those it was started with. */
  reload(environment: Environment): Promise<Reloaded>;
  /** Ends it and starts it anew on the same data, before the same Plane and clock. */
  restart(planeConfig?: Partial<PlaneConfig>): Promise<TestApp>;
  close(): Promise<void>;
}

export const ADMIN_TOKEN = 'admin-token-of-the-tests';
export const WEBHOOK_SECRET = 'plane_wh_of_the_tests';

const ASSETS = new Map([
  ['index.html', Buffer.from('<title>plane-ics</title>')],
  ['subscribe.html', readFileSync(new URL('../../public/subscribe.html', import.meta.url))],
]);

export async function aTestApp(
  config: Partial<Config> = {},
  planeOptions: Partial<SmallPlaneOptions> = {},
  limits?: HttpLimits,
): Promise<TestApp> {
  const clock = { now: NOON };
  const plane = createSmallPlane({
    tables: acmeTables(),
    now: () => clock.now,
    requestsPerMinute: 100_000,
    ...planeOptions,
  });
  const planeUrl = await plane.listen();
  const dataDir = config.dataDir ?? mkdtempSync(join(tmpdir(), 'plane-ics-'));
  const environment = {
    PLANE_URL: planeUrl,
    PLANE_API_KEY: ACME_KEY,
    PLANE_WORKSPACE: 'acme',
    PLANE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ADMIN_TOKEN,
    FEED_ACCESS: 'open',
  };
  const read = (more: Environment): Config => readConfig({ ...environment, ...more }, () => '');
  const fixed = { dataDir, port: 0, planeWebUrl: 'https://plane.example.com' };
  const settings = read({});

  async function start(planeConfig: Partial<PlaneConfig>): Promise<TestApp> {
    const log = aLog();
    const app = await startApp(
      {
        ...settings,
        plane: settings.plane && { ...settings.plane, ...planeConfig },
        ...fixed,
        requestsPerMinute: 100_000,
        ...config,
      },
      {
        now: () => clock.now,
        delay,
        log,
        assets: ASSETS,
        version: '0.0.0',
        owner: '0:0',
        retryMs: 1,
        probeMs: 20,
        joinMs: 50,
        keepAliveMs: 0,
        ...(limits && { limits }),
      },
    );
    return {
      plane,
      app,
      url: `http://127.0.0.1:${app.port}`,
      log,
      clock,
      reload: (more) => {
        const next = { ...read(more), ...fixed };
        return app.reload(
          more.PLANE_REQUESTS_PER_MINUTE === undefined ? { ...next, requestsPerMinute: 100_000 } : next,
        );
      },
      restart: async (next = {}) => {
        await app.close();
        return start(next);
      },
      close: async () => {
        await app.close();
        await plane.close();
        if (config.dataDir === undefined) rmSync(dataDir, { recursive: true });
      },
    };
  }

  return start({});
}
