import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Collection, StoredResource } from '../../domain/collection.ts';
import { digestOf, type DeletionGuard } from './deletion-guard.ts';
import type { ReadDesired } from './desired.ts';
import { readOthers, rejectScheduling, type OtherObject, type OthersFound } from './others.ts';
import { originOf } from './object.ts';
import { makePlan, type ConflictPolicy, type DesiredState, type Plan, type RemoteObject } from './plan.ts';
import { readRemote, type RemoteState } from './remote.ts';
import type { SyncState } from './state.ts';

/** Reads both sides of a mirror, Plane and the calendar, and plans what to write. Writes nothing. */

/** A listing that lacks at least this many objects, and most of those we wrote, is implausible. */
const IMPLAUSIBLE_LOSS = 10;
/** An implausible listing is accepted when one that lacks the same was seen this long ago, and none that lacks others since. */
const CONFIRM_MS = 60_000;

export interface CompareOptions {
  readonly mirrorId: string;
  readonly collection: Collection;
  readonly readDesired: ReadDesired;
  readonly policy: ConflictPolicy;
  readonly deletionGuard: DeletionGuard;
  /** false: the calendar belongs to the mirror. */
  readonly keepOthers?: boolean | undefined;
  /** Throws why the mirror may not write into the calendar. */
  readonly checkTarget?: ((url: string) => void) | undefined;
  readonly now: Clock;
}

/** Everything a run knows before it writes. */
export interface Comparison {
  readonly desired: DesiredState;
  readonly remote: RemoteState;
  readonly state: SyncState;
  /** What others made, where it is not to stay: by the name of the resource. */
  readonly others: ReadonlyMap<string, OtherObject>;
  /** Why something that is listed could not be read; null for nothing. */
  readonly unread: AppError | null;
  readonly plan: Plan;
}

const NO_OTHERS: OthersFound = { others: new Map(), unread: null };

/** Compares everything. `force`: the digest of held-back deletions to apply. Throws what Plane or the calendar throws. */
export async function compareAll(options: CompareOptions, state: SyncState, force?: string): Promise<Comparison> {
  const { collection, policy, deletionGuard, keepOthers = true } = options;
  options.checkTarget?.(collection.url);
  if (!keepOthers) await rejectScheduling(collection);
  // Plane first: without its answer, the calendar need not be asked.
  const desired = await options.readDesired();
  const found = await readRemote(collection, options.mirrorId, state);
  // A mirror that wants nothing and wrote nothing has nothing there.
  const hasNothing = desired.objects.size === 0 && state.objects.size === 0 && found.objects.size === 0;
  const remote = hasNothing ? { ...found, unread: null } : found;
  rejectImplausibleListing(remote, state, options.now());
  const { objects, copies } = remote;
  const { others, unread } = keepOthers ? NO_OTHERS : await readOthers(collection, remote.unowned);
  const known = namesWritten(state);
  // A full run tries again what the server refused, so `refused` is empty.
  const refused = new Map<string, never>();
  const owned = countOwned(objects);
  const plan = makePlan({
    desired,
    remote: objects,
    copies,
    others,
    known,
    refused,
    policy,
    deletionGuard,
    owned,
    force,
  });
  return { desired, remote, state, others, unread: remote.unread ?? unread, plan };
}

/** Compares a few items with what is remembered of them instead of a listing. Returns null where that is not enough. */
export async function compareItems(
  options: CompareOptions,
  state: SyncState,
  planeIds: ReadonlySet<string>,
): Promise<Comparison | null> {
  if (!state.isWhole || state.isSearchDue) return null;
  const { collection, policy, deletionGuard } = options;
  const desired = await options.readDesired(planeIds);
  const isMeant = (name: string): boolean => planeIds.has(originOf(name)?.planeId ?? '');
  const objects = new Map([...state.objects].filter(([name]) => isMeant(name)));
  // Servers that ignore If-None-Match would overwrite an object of someone else.
  for (const name of desired.objects.keys())
    if (!objects.has(name) && (await collection.readOne(name)) !== null) return null;
  const known = namesWritten(state);
  const { refused } = state;
  const owned = countOwned(state.objects);
  const plan = makePlan({ desired, remote: objects, known, refused, policy, deletionGuard, owned });
  const remote: RemoteState = {
    listed: new Map([...objects].map(([name, object]) => [name, listedAs(name, object, collection.url)])),
    objects,
    read: new Map<string, StoredResource>(),
    copies: new Map(),
    others: state.others,
    unowned: [],
    missing: [],
    keepsNames: state.keepsNames,
    unread: null,
  };
  return { desired, remote, state, ...NO_OTHERS, plan };
}

function listedAs(name: string, { at, etag }: RemoteObject, calendarUrl: string) {
  return { ...(at ?? { name, href: new URL(name, calendarUrl).href }), etag: etag === '' ? null : etag };
}

const countOwned = (objects: ReadonlyMap<string, RemoteObject>): number =>
  [...objects.values()].filter(({ isOurs }) => isOurs).length;

const namesWritten = ({ objects }: SyncState): ReadonlySet<string> =>
  new Set([...objects].filter(([, { isOurs }]) => isOurs).map(([name]) => name));

/** Throws at the first listing that lacks most of what was written: servers answer so briefly after a restore or while they index. */
function rejectImplausibleListing({ missing, objects }: RemoteState, state: SyncState, now: number): void {
  const owned = countOwned(objects) + missing.length;
  const isImplausible = missing.length >= IMPLAUSIBLE_LOSS && missing.length * 2 > owned;
  const doubted = digestOf(missing);
  const since = state.doubted === doubted ? state.doubtedSince : null;
  if (!isImplausible || (since !== null && now - since >= CONFIRM_MS)) {
    state.update({ doubted: null, doubtedSince: null });
    return;
  }
  state.update({ doubted, doubtedSince: since ?? now });
  throw new AppError(
    'caldav_invalid_response',
    `The calendar lists ${owned - missing.length} of the ${owned} events that were written to it. ` +
      'If it still does in a minute, the others are created again.',
  );
}
