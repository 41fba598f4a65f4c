import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError, readConfig, type Config } from '../../config/config.ts';
import { accessWarnings } from '../../store/access.ts';
import { toStoreError } from '../../store/storage-error.ts';
import { makeFolder } from '../../store/folder.ts';
import { checkCalDav } from './caldav.ts';
import { checkDatabase } from './database.ts';
import { checkPlane } from './plane.ts';
import { checkPublicAddress } from './public.ts';
import { checkServer, reported, type Health } from './server.ts';
import { fail, ok, warn, type Finding } from './finding.ts';
import { CommandError, NO_LOG, type Io } from '../io.ts';

/** `doctor`: tests every setting live. */

/** Prints a line for each check, and the fix where one failed. Rejects with a CommandError when something is wrong. */
export async function doctor(io: Io): Promise<void> {
  let failures = 0;
  const print = (findings: readonly Finding[]): void => {
    for (const { level, what, detail, fix } of findings) {
      if (level === 'FAIL') failures++;
      io.out(`${level.padEnd(4)}  ${what} – ${detail}\n${fix === undefined ? '' : `      → ${fix}\n`}`);
    }
  };
  const { config, knowsPlane, findings } = readSettings(io);
  print(findings);
  if (config) {
    const { owner, now } = io.world(NO_LOG);
    print([...(await checkFolder(config.dataDir, owner)), ...(await checkDatabase(config, now))]);
    const { health, isPortTaken, findings: ofServer } = await checkServer(config);
    const plane = knowsPlane ? await checkPlane(config, health !== null, now) : [];
    print([...plane, ...ofServer, ...(health ? reported(health, plane) : []), checkWebhook(config, health)]);
    // Otherwise the test would reach the other process.
    if (!isPortTaken) print(await checkPublicAddress(config, health !== null));
    print(await checkCalDav(config, health?.problems ?? [], io));
  }
  if (failures > 0) throw new CommandError(failures === 1 ? 'One check failed.' : `${failures} checks failed.`);
}

const OF_PLANE = ['PLANE_URL', 'PLANE_API_KEY', 'PLANE_WORKSPACE'];

/** The settings, without the invalid ones, so that the others can be checked; null when that is not possible. */
function readSettings(io: Io): { config: Config | null; knowsPlane: boolean; findings: Finding[] } {
  const given = io.environment();
  try {
    const config = readConfig(given, io.readText);
    const warnings = config.warnings.map((detail): Finding => ({ level: 'warn', what: 'settings', detail }));
    return { config, knowsPlane: true, findings: [ok('settings', 'valid'), ...warnings] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fix = 'Correct it in the environment, or in .env.';
    const findings = error.problems.map((problem) => fail('settings', problem, fix));
    const named = new Set(error.problems.flatMap((problem) => problem.match(/\b[A-Z][A-Z_]+\b/g) ?? []));
    const isWrong = (name: string): boolean => named.has(name.toUpperCase()) || named.has(`${name}_FILE`);
    const knowsPlane = !OF_PLANE.some(isWrong);
    const isLeftOut = (name: string): boolean =>
      isWrong(name.replace(/_FILE$/, '')) || (!knowsPlane && OF_PLANE.includes(name.replace(/_FILE$/, '')));
    const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !isLeftOut(name)));
    // Without these three it would be the demo, whose data is elsewhere.
    if (!knowsPlane) Object.assign(rest, { PLANE_URL: 'http://localhost', PLANE_API_KEY: '-', PLANE_WORKSPACE: '-' });
    try {
      return { config: readConfig(rest, io.readText), knowsPlane, findings };
    } catch {
      return { config: null, knowsPlane, findings };
    }
  }
}

/** Creates the folder where there is none, as the server does. */
async function checkFolder(folder: string, owner: string): Promise<Finding[]> {
  const home = resolve(folder);
  const path = join(home, 'doctor-check');
  try {
    await makeFolder(home, owner);
    await writeFile(path, 'written by plane-ics doctor\n', { flush: true }).finally(() => rm(path, { force: true }));
    const warnings = (await accessWarnings(home)).map((detail): Finding => ({
      level: 'warn',
      what: 'DATA_DIR',
      detail,
    }));
    return [ok('DATA_DIR', `${home} is writable`), ...warnings];
  } catch (error) {
    // The message includes the fix.
    return [{ level: 'FAIL', what: 'DATA_DIR', detail: toStoreError(error, home, owner).message }];
  }
}

function checkWebhook({ plane, webhookSecrets, publicUrl }: Config, health: Health | null): Finding {
  const what = 'webhook';
  if (plane === null) return ok(what, "the demo's Plane signs its deliveries");
  const address = health?.webhook.address ?? `${publicUrl ?? '<PUBLIC_URL>'}/webhooks/plane`;
  const advice = `In Plane (workspace settings, Webhooks) add ${address} with all events, and set PLANE_WEBHOOK_SECRET to the secret it shows.`;
  const isSet = webhookSecrets.length > 0;
  if (!health)
    return isSet
      ? warn(what, 'a secret is set; only a running server knows the last delivery', 'Start it: plane-ics serve')
      : warn(
          what,
          'PLANE_WEBHOOK_SECRET is not set; only a running server knows whether a secret was entered on the page',
          `Start it: plane-ics serve. If none was entered: ${advice}`,
        );
  if (!isSet && health.webhook.secret === null)
    return warn(what, 'no secret is set, so every delivery is refused, and changes are found only by probing', advice);
  const last = health.webhook.last_delivery;
  // A problem of it is reported above.
  if (last !== null)
    return health.problems.some(({ part }) => part === 'webhook')
      ? { level: 'warn', what, detail: `the last valid delivery arrived at ${last}` }
      : ok(what, `the last delivery arrived at ${last}`);
  return warn(
    what,
    'a secret is set, but no delivery has arrived yet',
    `Edit a work item in Plane. If nothing arrives, check that Plane has the webhook ${address}, that it is enabled, and that Plane can reach it.`,
  );
}
