import { changesSince } from '../../../caldav/changes.ts';
import type { Account } from '../../../caldav/transport/account.ts';
import type { Collection, ListedResource } from '../../../domain/collection.ts';
import type { AppError } from '../../../domain/errors.ts';
import type { StoreChange } from '../../../domain/ports.ts';
import type { KnownResource, Resources } from './resources.ts';

/** What a calendar has now, read as cheaply as its server allows. */

/** The resources of a calendar. */
export interface Resource {
  /** All texts by name, in order of their names. */
  readonly texts: ReadonlyMap<string, string>;
  /** What can't be read is as it was known from before, if it was: why, by name. */
  readonly broken: ReadonlyMap<string, string>;
  readonly stored: readonly StoreChange[];
  readonly isWholeList: boolean;
  /** Whether the server could send all of it. */
  readonly isWhole: boolean;
  /** null where the server has none, or not for this list. */
  readonly syncToken: string | null;
}

interface Options {
  readonly account: Account;
  readonly collection: Collection;
  readonly resources: Resources;
  /** Of the last read; null to list everything. */
  readonly token: string | null;
}

/** Reads what changed since the last read, or everything where the server can't say. */
export async function readChanges(options: Options): Promise<Resource> {
  const { collection, resources } = options;
  const known = await resources.all();
  const { changed, removed, isWholeList, syncToken } = await listChanges(options, known);
  const failures = new Map<string, AppError>();
  const read = await collection.read(changed, (name, error) => failures.set(name, error));
  const next = new Map(known);
  const stored: StoreChange[] = [];
  const set = (name: string, resource: KnownResource | null): void => {
    if (resource) next.set(name, resource);
    else next.delete(name);
    stored.push(resources.change(name, resource));
  };
  for (const name of removed) if (known.has(name)) set(name, null);
  const broken = new Map<string, string>();
  for (const { name } of changed) {
    const resource = read.get(name);
    if (failures.has(name)) broken.set(name, `The server can't send the resource ${name}.`);
    // It was removed between the two requests.
    else if (resource === undefined) set(name, null);
    else if (isCalendar(resource.text)) set(name, { etag: resource.etag, text: resource.text });
    else broken.set(name, `The resource ${name} is not a whole calendar.`);
  }
  const [failure] = failures.values();
  if (failure && next.size === 0) throw failure;
  const texts = new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { text }]) => [name, text]));
  return { texts, broken, stored, isWholeList, isWhole: failures.size === 0, syncToken };
}

/** What has to be read, and what is no longer there. */
interface Listed extends Pick<Resource, 'isWholeList' | 'syncToken'> {
  readonly changed: readonly ListedResource[];
  /** Names. */
  readonly removed: readonly string[];
}

async function listChanges(
  { account, collection, token }: Options,
  known: ReadonlyMap<string, KnownResource>,
): Promise<Listed> {
  const changes = token === null ? null : await changesSince(account, new URL(collection.url), token);
  if (changes) {
    const { changed, removed, syncToken } = changes;
    return { changed: [...changed.values()], removed: [...removed], isWholeList: false, syncToken };
  }
  const listed = await collection.list();
  const removed = [...known.keys()].filter((name) => !listed.has(name));
  return { changed: differing(listed, known), removed, isWholeList: true, syncToken: null };
}

/** Those that are new, or that no equal tag proves unchanged. */
function differing(
  listed: ReadonlyMap<string, ListedResource>,
  known: ReadonlyMap<string, KnownResource>,
): ListedResource[] {
  return [...listed.values()].filter(({ name, etag }) => etag === null || known.get(name)?.etag !== etag);
}

/** Whether a text can be put between others without being mixed up with them. */
function isCalendar(text: string): boolean {
  const begins = text.match(/^BEGIN:VCALENDAR\s*$/gim)?.length ?? 0;
  const ends = text.match(/^END:VCALENDAR\s*$/gim)?.length ?? 0;
  return begins > 0 && begins === ends && /^\s*BEGIN:VCALENDAR/i.test(text) && /\nEND:VCALENDAR\s*$/i.test(text);
}
