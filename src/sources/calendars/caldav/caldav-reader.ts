import { readState, type CollectionState } from '../../../caldav/changes.ts';
import { openCollection } from '../../../caldav/collection.ts';
import { accountOptions } from '../../../caldav/login.ts';
import { createAccount, type Account } from '../../../caldav/transport/account.ts';
import { parseCalendarFile } from '../../../icalendar/foreign/parse.ts';
import { runInSlices } from '../../../lib/cooperative.ts';
import { createGuardedDispatcher } from '../fetch/dispatcher.ts';
import { sourceLogin, type SourceConfig } from '../source.ts';
import type { ReaderTools, SourceReader } from '../tools.ts';
import { limitAccount, rejectTooLarge } from './limited-account.ts';
import { openResources } from './resources.ts';
import { readChanges } from './read-changes.ts';

/** What is known of a CalDAV calendar since it was last read. */
interface CaldavState extends CollectionState {
  /** When all of it was last listed. */
  readonly listedAt: number;
}

/** The whole of a calendar without resources. */
const EMPTY = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR';

/** Everything is listed again after this long, whatever the server says of changes. */
const LIST_MS = 86_400_000;

/** Reads a calendar from a CalDAV server: only what changed, and its resources together as one calendar. */
export function createCaldavReader(config: SourceConfig, tools: ReaderTools): SourceReader {
  const { id, timezone } = config;
  const connection = openAccount(config, tools);
  return {
    read: async (given) => {
      const account = limitAccount(connection, tools.limits);
      const resources = openResources(tools.cache, id);
      const known = given as CaldavState | null;
      const collection = await openCollection(account, account.url.href);
      const state = await readState(account, new URL(collection.url));
      const isListDue = known === null || tools.clock() - known.listedAt >= LIST_MS;
      if (!isListDue && isSame(known, state)) return null;
      const token = isListDue ? null : known.syncToken;
      const changes = await readChanges({ account, collection, resources, token });
      const listedAt = changes.isWholeList ? tools.clock() : (known?.listedAt ?? tools.clock());
      // Without a tag or token, what could not be sent is listed and read again.
      const next: CaldavState = changes.isWhole
        ? { ctag: state.ctag, syncToken: changes.syncToken ?? state.syncToken, listedAt }
        : { ctag: null, syncToken: null, listedAt };
      const bytes = new TextEncoder().encode([EMPTY, ...changes.texts.values()].join('\r\n'));
      rejectTooLarge(bytes.length, account, tools.limits);
      const file = await runInSlices(parseCalendarFile(bytes, { charset: 'utf-8', timezone }));
      return { file: withOmitted(file, changes.broken), state: next, changes: changes.stored };
    },
    close: () => connection.close(),
  };
}

/** The account of a source, whose connections lead only to permitted addresses. */
export function openAccount(
  config: Pick<SourceConfig, 'server' | 'secrets' | 'userAgent'>,
  tools: ReaderTools,
): Account {
  const { guard, ...accountTools } = tools;
  return createAccount(accountOptions(sourceLogin(config)), {
    ...accountTools,
    connect: (options) => createGuardedDispatcher(guard(), options),
  });
}

/** Without a tag or token nothing says that it is the same. */
function isSame(known: CollectionState, now: CollectionState): boolean {
  if (now.ctag !== null) return known.ctag === now.ctag;
  return now.syncToken !== null && known.syncToken === now.syncToken;
}

function withOmitted<T extends { readonly dropped: readonly { readonly line: number; readonly reason: string }[] }>(
  file: T,
  broken: ReadonlyMap<string, string>,
): T {
  const dropped = [...broken.values()].map((reason) => ({ line: 0, reason }));
  return { ...file, dropped: [...file.dropped, ...dropped] };
}
