import { startApp, type App } from '../../src/app.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { createSmallPlane, type SmallPlane, type SmallPlaneOptions } from '../../src/demo/plane.ts';
import { ACME_KEY, acmeTables } from './acme.ts';
import { aLog, delay } from './plane.ts';

/** The whole program before the recorded workspace on a small Plane, with a clock that stands still until it is moved. */
export interface TestApp {
  readonly plane: SmallPlane;
  readonly app: App;
  readonly url: string;
  readonly log: ReturnType<typeof aLog>;
  readonly clock: { now: number };
  close(): Promise<void>;
}

export const NOON = Date.UTC(2026, 10, 20, 12);

export async function aTestApp(
  config: Partial<Config> = {},
  planeOptions: Partial<SmallPlaneOptions> = {},
): Promise<TestApp> {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const plane = createSmallPlane({ tables: acmeTables(), now, requestsPerMinute: 100_000, ...planeOptions });
  const planeUrl = await plane.listen();
  const log = aLog();
  const settings = readConfig(
    { PLANE_URL: planeUrl, PLANE_API_KEY: ACME_KEY, PLANE_WORKSPACE: 'acme', FEED_ACCESS: 'open' },
    () => '',
  );
  const app = await startApp(
    { ...settings, port: 0, planeWebUrl: 'https://plane.example.com', requestsPerMinute: 100_000, ...config },
    { now, delay, log, stylesheet: Buffer.from('body{}'), retryMs: 1 },
  );
  return {
    plane,
    app,
    url: `http://127.0.0.1:${app.port}`,
    log,
    clock,
    close: async () => {
      await app.close();
      await plane.close();
    },
  };
}
