import type { Collection, ListedResource, StoredResource } from '../../domain/collection.ts';
import { AppError } from '../../domain/errors.ts';
import { isSameTag, isStrongTag } from '../../lib/entity-tag.ts';
import { inspect, type Inspected } from './fingerprint.ts';
import { isOwnName, uidOf } from './object.ts';
import type { RemoteObject } from './plan.ts';
import type { SyncState } from './state.ts';

/** What a calendar contains of a mirror. Objects are found by UID and marker, whatever the server named their resources. */

/** Objects by their own names, which are also the names of their resources unless the server chose others. */
export interface RemoteState {
  readonly listed: ReadonlyMap<string, ListedResource>;
  /** Includes foreign objects whose resources have one of our names. */
  readonly objects: ReadonlyMap<string, RemoteObject>;
  /** The resources that had to be read. */
  readonly read: ReadonlyMap<string, StoredResource>;
  /** Further resources with the UID and marker of an object in `objects`, by the name of the resource. */
  readonly copies: ReadonlyMap<string, Found>;
  /** Resources known not to be ours: entity tags by name, "" for none. */
  readonly others: ReadonlyMap<string, string>;
  /** What is listed and not known to be ours. */
  readonly unowned: readonly ListedResource[];
  /** Names of objects that were written once, and are nowhere in the calendar. */
  readonly missing: readonly string[];
  /** Whether the server leaves our names: then what has another one is not ours. */
  readonly keepsNames: boolean;
  /** Why a resource that may be ours could not be read; null for none. */
  readonly unread: AppError | null;
}

/** An object and the resource that contains it. */
export interface Found {
  readonly name: string;
  readonly listed: ListedResource;
  readonly object: RemoteObject;
  /** Null where the entity tag showed that nothing changed, so that it was not read. */
  readonly stored: StoredResource | null;
}

/** What is taken from the sync state instead of being read. */
export type Remembered = Pick<SyncState, 'objects' | 'others' | 'refused' | 'isWhole' | 'isSearchDue' | 'keepsNames'>;

/** Makes `readRemote` read everything. */
export const NOTHING_REMEMBERED: Remembered = {
  objects: new Map(),
  others: new Map(),
  refused: new Map(),
  isWhole: false,
  isSearchDue: false,
  keepsNames: false,
};

/**
 * Lists the calendar, and reads what is not remembered under the same strong entity tag. Resources with other names than ours are read
 * only where one of our objects may be among them: without a sync state, when an object is not where it was written, or when the server
 * refused one, which it may have stored all the same.
 */
export async function readRemote(collection: Collection, mirrorId: string, memory: Remembered): Promise<RemoteState> {
  const all = [...(await collection.list()).values()];
  const expected = [...memory.objects].filter(([, { isOurs, isDeleted }]) => isOurs && isDeleted !== true);
  const lookup = createLookup(memory, mirrorId);
  const present = new Set(all.map(lookup.nameOf));
  const absent = [...expected.map(([name]) => name), ...memory.refused.keys()].some((name) => !present.has(name));
  const searches = !memory.isWhole || memory.isSearchDue || absent;
  const unread = all.filter((one) =>
    lookup.nameOf(one) === null ? searches && !lookup.isOther(one) : lookup.unchanged(one) === null,
  );
  const skipped: AppError[] = [];
  const skip = (name: string, error: AppError): void => {
    // What is ours by its name must not count as missing.
    if (lookup.nameOf({ name }) !== null) throw error;
    skipped.push(error);
  };
  const read = unread.length === 0 ? new Map<string, StoredResource>() : await collection.read(unread, skip);

  const found: Found[] = [];
  const others = new Map(all.filter(lookup.isOther).map(({ name, etag }) => [name, etag ?? '']));
  for (const listed of all) {
    const known = lookup.unchanged(listed);
    const stored = read.get(listed.name);
    const one = known ?? (stored && identified(listed, stored, mirrorId, memory));
    if (one) found.push(one);
    else if (stored) others.set(listed.name, listed.etag ?? '');
  }
  const { first, copies } = splitCopies(found, memory.objects);
  const ours = found.filter(({ object }) => object.isOurs);
  const own = new Set(ours.map(({ listed }) => listed.name));
  const isRenamed = ({ object }: Found): boolean => object.at !== undefined;
  const keepsNames = ours.length === 0 ? memory.keepsNames : !ours.every(isRenamed);
  return {
    listed: pick(first, ({ listed }) => listed),
    objects: pick(first, ({ object }) => object),
    read: pick(first, ({ stored }) => stored),
    copies,
    others,
    unowned: all.filter(({ name }) => !own.has(name)),
    missing: expected.flatMap(([name]) => (first.has(name) ? [] : [name])),
    keepsNames,
    unread: keepsNames ? null : unreadError(skipped),
  };
}

function unreadError([first]: readonly AppError[]): AppError | null {
  return first ? new AppError('caldav_refused', `${first.message} It may be an event of this mirror.`) : null;
}

/** What the sync state says of a listed resource. */
function createLookup({ objects, others, isWhole }: Remembered, mirrorId: string) {
  const names = new Map([...objects].map(([name, { at }]) => [at?.name ?? name, name]));
  const nameOf = ({ name }: Pick<ListedResource, 'name'>): string | null =>
    names.get(name) ?? (isOwnName(name, mirrorId) ? name : null);
  return {
    /** The object in it, by the resource's name; null where that says nothing. */
    nameOf,
    /** The object in it, where its tag shows that nothing changed. */
    unchanged: (listed: ListedResource): Found | null => {
      const name = names.get(listed.name) ?? listed.name;
      const old = isWhole && names.has(listed.name) ? objects.get(name) : undefined;
      if (!old || !isSameTag(old.etag, listed.etag)) return null;
      const { isFresh: _fresh, ...rest } = old;
      return { name, listed, object: { ...rest, etag: listed.etag ?? '' }, stored: null };
    },
    isOther: ({ name, etag }: ListedResource): boolean => isWhole && others.get(name) === (etag ?? ''),
  };
}

/** The object in a resource that was read: ours, or foreign under one of our names; null for any other. */
function identified(one: ListedResource, stored: StoredResource, mirrorId: string, memory: Remembered): Found | null {
  const listed = { ...one, etag: tagOf(one, stored) };
  const own = identify(stored.text, mirrorId);
  if (own) {
    const object = toRemoteObject(own.seen, listed, memory.objects.get(own.name));
    return { name: own.name, listed, object, stored };
  }
  if (!isOwnName(one.name, mirrorId)) return null;
  return { name: one.name, listed, object: foreignObject(stored, listed), stored };
}

/** Whether a text is ours and says the same as when it was read. */
export function isUnchanged(text: string, { name, object }: Pick<Found, 'name' | 'object'>, mirrorId: string): boolean {
  const now = identify(text, mirrorId);
  if (now?.name !== name) return false;
  const { theirs, base } = toRemoteObject(now.seen, { name, etag: null, href: '' }, object);
  return theirs === object.theirs && base === object.base;
}

/** The object in a text, by UID and marker; null for what this mirror did not write. */
function identify(text: string, mirrorId: string): { readonly name: string; readonly seen: Inspected } | null {
  const seen = inspect(text);
  const name = `${seen?.uid ?? ''}.ics`;
  return seen?.mirrorId === mirrorId && isOwnName(name, mirrorId) ? { name, seen } : null;
}

function toRemoteObject(
  seen: Inspected,
  { name, href, etag }: ListedResource,
  old: RemoteObject | undefined,
): RemoteObject {
  const { uid, fp, base, title, project } = seen;
  // A server that rewrites what it is given is no user who edits it.
  const theirs = old?.stored === fp && old.base === base ? old.theirs : fp;
  return {
    etag: etag ?? '',
    isOurs: true,
    theirs,
    base: base ?? '',
    title,
    project,
    ...(uidOf(name) !== uid && { at: { name, href } }),
    ...(theirs !== fp && { stored: fp }),
  };
}

function foreignObject({ text }: StoredResource, { name, etag }: ListedResource): RemoteObject {
  return { etag: etag ?? '', isOurs: false, theirs: '', base: '', title: inspect(text)?.title ?? name };
}

/** The tag for the condition of a write. The resource may have changed since it was listed, so the tag that came with the text is preferred. */
function tagOf(listed: ListedResource, stored: StoredResource): string | null {
  return isStrongTag(stored.etag) || !isStrongTag(listed.etag) ? (stored.etag ?? listed.etag) : listed.etag;
}

/**
 * Of several resources with one of our objects, one counts: the one with the object's name, else the remembered one, else the first by name.
 * A foreign object counts where its name is not that of one of ours.
 */
function splitCopies(found: readonly Found[], remembered: ReadonlyMap<string, RemoteObject>) {
  const rank = ({ name, listed }: Found): number =>
    listed.name === name ? 0 : listed.name === remembered.get(name)?.at?.name ? 1 : 2;
  const own = found.filter(({ object }) => object.isOurs);
  const sorted = own.sort((a, b) => rank(a) - rank(b) || (a.listed.name < b.listed.name ? -1 : 1));
  const first = new Map<string, Found>();
  const copies = new Map<string, Found>();
  for (const one of sorted) {
    if (first.has(one.name)) copies.set(one.listed.name, one);
    else first.set(one.name, one);
  }
  for (const one of found) if (!first.has(one.name)) first.set(one.name, one);
  return { first, copies };
}

function pick<T>(found: ReadonlyMap<string, Found>, of: (one: Found) => T | null): Map<string, T> {
  const picked = new Map<string, T>();
  for (const [name, one] of found) {
    const value = of(one);
    if (value !== null) picked.set(name, value);
  }
  return picked;
}
