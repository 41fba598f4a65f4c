import { createAccount, type Account } from '../../caldav/transport/account.ts';
import { openCollection } from '../../caldav/collection.ts';
import { accountOptions, type Login } from '../../caldav/login.ts';
import { findOrCreateCalendar } from '../calendar.ts';
import { accountForLeader } from './leader.ts';
import type { ManagedMirror } from '../managed-mirror.ts';
import { componentOf, loginOf, mirrorView, type MirrorConfig } from '../mirror.ts';
import { rememberPlace } from '../place.ts';
import { storePart } from '../records.ts';
import { rejectScheduling } from '../sync/others.ts';
import type { MirrorTools } from '../tools.ts';
import { rejectLoop, type MirrorPath } from './loops.ts';

/** The calendar that a new or edited mirror writes into. */

/** Finds or creates the calendar of a mirror, and remembers it. Throws `invalid` for one that the mirror may not write into. */
export async function locate(
  config: MirrorConfig,
  options: MirrorTools,
  mirrors: readonly ManagedMirror[],
): Promise<MirrorConfig> {
  const { id, calendar, mirrorId } = config;
  const component = componentOf(mirrorView(config, options.defaults()));
  const { url, displayName: name } = await withAccount(loginOf(config), options, async (account) => {
    const found = await findOrCreateCalendar(account, { calendar, mirrorId, component });
    rejectLoopOf(config, found.url, mirrors, options);
    if (!config.keepOthers) await rejectScheduling(await openCollection(account, found.url));
    return found;
  });
  await rememberPlace(storePart(options.store, id), config, { url, name });
  // A calendar that was chosen by its name stays so.
  return calendar.url === null ? config : { ...config, calendar: { url, name } };
}

/** Throws `invalid` where a mirror would write into a calendar that it shows. */
export function rejectLoopOf(
  { id, name, scope }: MirrorConfig,
  target: string,
  mirrors: readonly ManagedMirror[],
  { calendars }: MirrorTools,
): void {
  const { calendarIds = [] } = scope;
  const others = mirrors.filter(({ config }) => config.id !== id);
  const paths = others.map(({ config, status }): MirrorPath => {
    return { name: config.name, calendarIds: config.scope.calendarIds ?? [], target: status().calendar?.url ?? null };
  });
  rejectLoop({ name, calendarIds, target }, paths, (one) => calendars?.addressOf(one) ?? null);
}

/** Whether a source may be on the server with that address. */
export function hasSourceOn(url: string, { calendars }: Pick<MirrorTools, 'calendars'>): boolean {
  const { host } = new URL(url);
  return (calendars?.all() ?? []).some(({ id }) => {
    const address = calendars?.addressOf(id) ?? null;
    return address === null || new URL(address).host === host;
  });
}

/** What a login works with. */
export type LoginTools = Pick<
  MirrorTools,
  'isLeader' | 'now' | 'delay' | 'random' | 'connect' | 'refreshTokens' | 'log'
>;

/** Logs in for one task. */
export async function withAccount<T>(
  login: Login,
  { isLeader, now, delay, random, connect, refreshTokens, log }: LoginTools,
  task: (account: Account) => Promise<T>,
): Promise<T> {
  const account = createAccount(accountOptions(login), { clock: now, delay, random, connect, refreshTokens, log });
  try {
    return await task(accountForLeader(account, isLeader));
  } finally {
    await account.close();
  }
}
