import type { MirrorJson, TestJson } from '../../http/api/mirrors/responses.ts';
import { findServer, type Api } from '../connect.ts';
import type { Health } from './server.ts';
import { fail, ok, warn, type Finding } from './finding.ts';
import { NO_LOG, type Io } from '../io.ts';
import { createAccount } from '../../caldav/transport/account.ts';
import { testConnection } from '../../caldav/discovery.ts';
import type { Config } from '../../config/config.ts';
import { errorMessage } from '../../domain/errors.ts';
import { accountOptions, type Login } from '../../caldav/login.ts';
import { connectThrough } from '../../lib/proxy.ts';

/** Tests the login of each mirror: all of them through a running server, else the one of the settings. */
export async function checkCalDav(config: Config, problems: Health['problems'], io: Io): Promise<Finding[]> {
  const server = await findServer(config.dataDir).catch(() => null);
  if (!server) return config.mirror ? [await checkSettings(config, config.mirror.login, io)] : [NONE];
  try {
    const { mirrors } = (await server.json('GET', '/api/v1/mirrors')) as { readonly mirrors: readonly MirrorJson[] };
    // The server's problems are reported already.
    const isExplained = ({ name }: MirrorJson): boolean =>
      problems.some(({ part, message }) => part === 'mirror' && message.includes(`"${name}"`));
    const open = mirrors.filter((mirror) => !isExplained(mirror));
    if (mirrors.length > 0) return await Promise.all(open.map((mirror) => checkMirror(server, mirror)));
    if (!config.mirror) return [NONE];
    return [
      warn(
        WHAT,
        'the server has not set up the mirrors of the settings yet',
        'See last_error of mirrors in /api/v1/health.',
      ),
    ];
  } catch (error) {
    return [warn(WHAT, errorMessage(error), 'See the log of the server.')];
  } finally {
    await server.close();
  }
}

const WHAT = 'CalDAV';
const NONE = ok(WHAT, 'no mirror is configured');

async function checkMirror(api: Api, { id, name, last_run: last }: MirrorJson): Promise<Finding> {
  const { steps, calendars, error } = (await api.json('POST', `/api/v1/mirrors/${id}/test`)) as TestJson;
  if (error !== null) return fail(WHAT, `${name}: ${error}`, fixOf(steps));
  if (last?.ok === false)
    return warn(WHAT, `${name}: ${last.errors[0] ?? 'the last run failed'}`, 'See plane-ics mirror plan.');
  return ok(WHAT, `${name}: ${answers(calendars)}`);
}

async function checkSettings({ proxy }: Config, login: Login, io: Io): Promise<Finding> {
  const connect = connectThrough(proxy);
  const { now: clock, delay } = io.world(NO_LOG);
  try {
    const account = createAccount(accountOptions(login), { clock, delay, random: Math.random, connect, log: NO_LOG });
    const { steps, calendars, error } = await testConnection(account).finally(() => account.close());
    if (error) return fail(WHAT, `MIRROR_URL: ${error.message}`, fixOf(steps));
    return ok(WHAT, `MIRROR_URL: ${answers(calendars)}`);
  } catch (error) {
    return fail(WHAT, errorMessage(error), FIX);
  }
}

const answers = ({ length }: readonly unknown[]): string =>
  `connected, ${length} ${length === 1 ? 'calendar' : 'calendars'} found`;

const FIX = 'Check the settings MIRROR_*.';

function fixOf(steps: readonly Pick<TestJson['steps'][number], 'fix'>[]): string {
  return steps.find(({ fix }) => fix !== null)?.fix ?? FIX;
}
