import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createSmallPlane, type SmallPlane } from '../../../src/demo/plane.ts';
import { ACME_KEY, acmeTables } from '../../support/acme.ts';
import { eventually } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** The token of a site's page and API. */
export const TOKEN = 'admin-token-of-the-page';
const SECRET = 'plane_wh_of_the_page';

/** The built program as a process of its own. */
export interface Site {
  /** Where its page is, without a slash at its end. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** Starts it in an empty folder, with no settings but these; without any it is the demo. */
export async function startSite(cwd: string, settings: Readonly<Record<string, string>> = {}): Promise<Site> {
  const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', PORT: '0', ...settings };
  const child = spawn(process.execPath, [MAIN], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  const stop = (): Promise<void> => {
    child.kill();
    return ended;
  };
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await eventually(
    () => output,
    (text) => isOver() || text.includes('"listening"'),
  );
  const origin = /"address":"([^"]+)".*"listening"/.exec(output)?.[1];
  if (origin === undefined) {
    await stop();
    throw new Error(`it does not listen:\n${output}`);
  }
  return { origin, stop };
}

/** The demo, until the test ends. */
export async function demoSite(scratch: Scratch, settings: Readonly<Record<string, string>> = {}): Promise<Site> {
  const site = await startSite(await scratch.folder(), settings);
  scratch.defer(site.stop);
  return site;
}

/** The program in front of the recorded workspace, whose webhook reports changes. `prepare` changes the workspace first. */
export async function recordedSite(
  scratch: Scratch,
  prepare: (plane: SmallPlane) => void = () => undefined,
): Promise<Site & { readonly plane: SmallPlane }> {
  const plane = createSmallPlane({ tables: acmeTables(), now: Date.now, requestsPerMinute: 10_000 });
  prepare(plane);
  const planeUrl = await plane.listen();
  scratch.defer(plane.close);
  const site = await demoSite(scratch, {
    PLANE_URL: planeUrl,
    PLANE_API_KEY: ACME_KEY,
    PLANE_WORKSPACE: 'acme',
    PLANE_WEBHOOK_SECRET: SECRET,
    PLANE_REQUESTS_PER_MINUTE: '10000',
    FRESH_SECONDS: '1',
    ADMIN_TOKEN: TOKEN,
  });
  plane.hook = { url: `${site.origin}/webhooks/plane`, secret: SECRET };
  return { ...site, plane };
}
