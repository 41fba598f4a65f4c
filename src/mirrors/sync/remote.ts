import type { Collection, ListedResource, StoredResource } from '../../domain/collection.ts';
import { isSameTag, isStrongTag } from '../../lib/entity-tag.ts';
import { inspect, type Inspected } from './fingerprint.ts';
import { isOwnName, uidOf } from './object.ts';
import type { HeldBackStep } from './plan.ts';
import type { Memory } from './state.ts';

/** What a calendar holds of a mirror: objects are found by UID and marker, whatever name the server gave their resources. */

/** Objects by their own names, which are also those of their resources unless the server chose others. */
export interface RemoteState {
  readonly listed: ReadonlyMap<string, ListedResource>;
  /** Also what is not ours although its resource has one of our names. */
  readonly held: ReadonlyMap<string, HeldBackStep>;
  /** Those that had to be read. */
  readonly read: ReadonlyMap<string, StoredResource>;
  /** Further resources with the UID and marker of an object that is in `held`, by the name of the resource. */
  readonly copies: ReadonlyMap<string, Found>;
  /** Resources that are known not to be ours: entity tags by name, "" for none. */
  readonly others: ReadonlyMap<string, string>;
  /** Names of objects that are remembered, and were found nowhere. */
  readonly missing: readonly string[];
}

/** An object and the resource in which it is. */
export interface Found {
  readonly name: string;
  readonly listed: ListedResource;
  readonly held: HeldBackStep;
  /** null where memory knew it by its entity tag. */
  readonly stored: StoredResource | null;
}

/** What a survey takes from memory instead of reading it. */
export type Remembered = Pick<Memory, 'held' | 'others' | 'isWhole' | 'isSearchDue'>;

/** For a survey that reads everything. */
export const NOTHING_REMEMBERED: Remembered = {
  held: new Map(),
  others: new Map(),
  isWhole: false,
  isSearchDue: false,
};

/**
 * Lists the calendar, and reads of it what is not remembered under the same strong entity tag. Resources with other names than ours are read
 * only when an object of ours may be among them: without memory, or when one that was written is not where it was.
 */
export async function readRemote(collection: Collection, mirrorId: string, memory: Remembered): Promise<RemoteState> {
  const { held: remembered, isWhole } = memory;
  const all = [...(await collection.list()).values()];
  const names = new Map([...remembered].map(([name, { at }]) => [at?.name ?? name, name]));
  const nameOf = (one: ListedResource): string | null =>
    names.get(one.name) ?? (isOwnName(one.name, mirrorId) ? one.name : null);
  const knownAs = (one: ListedResource): HeldBackStep | null => {
    const old = isWhole ? remembered.get(names.get(one.name) ?? '') : undefined;
    return old && isSameTag(old.etag, one.etag) ? old : null;
  };
  const isOther = ({ name, etag }: ListedResource): boolean => isWhole && memory.others.get(name) === (etag ?? '');

  const present = new Set(all.map(nameOf));
  const expected = [...remembered].filter(([, { isOurs, isDeleted }]) => isOurs && isDeleted !== true);
  const searches = !isWhole || memory.isSearchDue || expected.some(([name]) => !present.has(name));
  const unread = all.filter((one) => (nameOf(one) === null ? searches && !isOther(one) : knownAs(one) === null));
  const read = unread.length === 0 ? new Map<string, StoredResource>() : await collection.read(unread);

  const found: Found[] = [];
  const squatters: Found[] = [];
  const others = new Map(all.filter(isOther).map(({ name, etag }) => [name, etag ?? '']));
  for (const one of all) {
    const name = names.get(one.name) ?? one.name;
    const known = knownAs(one);
    if (known) {
      const { isFresh: _fresh, ...held } = known;
      (known.isOurs ? found : squatters).push({
        name,
        listed: one,
        held: { ...held, etag: one.etag ?? '' },
        stored: null,
      });
      continue;
    }
    const stored = read.get(one.name);
    if (!stored) continue;
    const listed = { ...one, etag: tagOf(one, stored) };
    const own = identify(stored.text, mirrorId);
    if (own) found.push({ ...own, listed, held: toHeld(own.seen, listed, remembered.get(own.name)), stored });
    else if (isOwnName(one.name, mirrorId))
      squatters.push({ name: one.name, listed, held: foreign(stored, listed), stored });
    else others.set(one.name, one.etag ?? '');
  }
  const { first, copies } = apart(found, remembered);
  for (const one of squatters) if (!first.has(one.name)) first.set(one.name, one);
  return {
    listed: pick(first, ({ listed }) => listed),
    held: pick(first, ({ held }) => held),
    read: pick(first, ({ stored }) => stored),
    copies,
    others,
    missing: expected.flatMap(([name]) => (first.has(name) ? [] : [name])),
  };
}

/** Whether a text says the same as when it was surveyed, and is ours. */
export function isAsSurveyed(text: string, { name, held }: Pick<Found, 'name' | 'held'>, mirrorId: string): boolean {
  const now = identify(text, mirrorId);
  if (now?.name !== name) return false;
  const { theirs, base } = toHeld(now.seen, { name, etag: null, href: '' }, held);
  return theirs === held.theirs && base === held.base;
}

/** The object in a text, by UID and marker; null for what this mirror did not make. */
function identify(text: string, mirrorId: string): { readonly name: string; readonly seen: Inspected } | null {
  const seen = inspect(text);
  const name = `${seen?.uid ?? ''}.ics`;
  return seen?.mirrorId === mirrorId && isOwnName(name, mirrorId) ? { name, seen } : null;
}

function toHeld(seen: Inspected, { name, href, etag }: ListedResource, old: HeldBackStep | undefined): HeldBackStep {
  const { uid, fp, base, title, project } = seen;
  // A server that stores something else than it was given has not been edited for that.
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

function foreign({ text }: StoredResource, { name, etag }: ListedResource): HeldBackStep {
  return { etag: etag ?? '', isOurs: false, theirs: '', base: '', title: inspect(text)?.title ?? name };
}

/** It may have changed since it was listed: a write is held against what was read, where that has as good a tag. */
function tagOf(listed: ListedResource, stored: StoredResource): string | null {
  return isStrongTag(stored.etag) || !isStrongTag(listed.etag) ? (stored.etag ?? listed.etag) : listed.etag;
}

/** Of several resources with the same object one counts: that with the object's own name, else the remembered one, else the first by name. */
function apart(found: readonly Found[], remembered: ReadonlyMap<string, HeldBackStep>) {
  const rank = ({ name, listed }: Found): number =>
    listed.name === name ? 0 : listed.name === remembered.get(name)?.at?.name ? 1 : 2;
  const sorted = [...found].sort((a, b) => rank(a) - rank(b) || (a.listed.name < b.listed.name ? -1 : 1));
  const first = new Map<string, Found>();
  const copies = new Map<string, Found>();
  for (const one of sorted) {
    if (first.has(one.name)) copies.set(one.listed.name, one);
    else first.set(one.name, one);
  }
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
