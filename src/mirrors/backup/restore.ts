import ICAL from 'ical.js';
import { AppError, errorCode } from '../../domain/errors.ts';
import { decodeBackup, fileName, sha256Of, toCrlf, type Backup, type Manifest, type ManifestEntry } from './backup.ts';
import type { Trouble } from '../sync/apply.ts';
import type { Collection, ListedResource, WriteOutcome, StoredResource } from '../../domain/collection.ts';
import { isStrongTag } from '../../lib/entity-tag.ts';
import { inspect, parseCalendar } from '../sync/fingerprint.ts';

/** Restores a backup: what is missing, and if requested also what was changed since. Never deletes anything. */

/** What was done. */
export interface Restored {
  readonly created: number;
  readonly replaced: number;
  readonly unchanged: number;
  /** What could not be restored, and why. */
  readonly skipped: readonly Trouble[];
}

export interface RestoreOptions {
  readonly collection: Collection;
  readonly backup: Backup;
  /** Also restores what was changed since. */
  readonly replace?: boolean | undefined;
  /** Also restores meetings with an organizer where the server sends invitations to their guests. */
  readonly withInvitations?: boolean | undefined;
}

/** How a backup is restored. */
export type RestoreHow = Omit<RestoreOptions, 'collection' | 'backup'>;

/** The calendar that a backup is restored into, as it is now. */
interface Destination {
  readonly listed: ReadonlyMap<string, ListedResource>;
  readonly current: ReadonlyMap<string, StoredResource>;
  /** What is listed and can't be read, and why: sentences by name. */
  readonly unread: ReadonlyMap<string, string>;
  /** null where the text could not be read as one object. */
  readonly uidByName: ReadonlyMap<string, string | null>;
  /** Grows with each object that is restored. */
  readonly nameByUid: Map<string, string>;
}

type Restoration = 'created' | 'replaced' | 'unchanged' | { readonly skipped: string; readonly isFull?: boolean };

/** Throws `invalid` before any write when the backup is damaged, else what the calendar throws. Repeating it writes nothing. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { collection, backup, replace = false, withInvitations = false } = options;
  const { manifest, files } = decodeBackup(backup.manifest, backup.files);
  const invites = !withInvitations && [...files.values()].some(hasOrganizer) && (await collection.schedules());
  const destination = await readDestination(collection);
  const counts = { created: 0, replaced: 0, unchanged: 0 };
  const skipped = missingIn(manifest);
  let fullReason: string | null = null;
  for (const entry of manifest.resources) {
    const text = files.get(fileName(entry.sha256)) ?? '';
    const isInvitation = invites && hasOrganizer(text);
    const restoration = await restoreEntry(collection, entry, text, destination, { replace, isInvitation, fullReason });
    if (typeof restoration === 'string') {
      counts[restoration]++;
      continue;
    }
    skipped.push({ name: entry.name, title: inspect(text)?.title ?? entry.name, reason: restoration.skipped });
    if (restoration.isFull) fullReason = restoration.skipped;
  }
  return { ...counts, skipped };
}

function missingIn({ unread = [] }: Manifest): Trouble[] {
  return unread.map(({ name, reason }) => ({ name, title: name, reason: `It is not in the backup: ${reason}` }));
}

const INVITES = 'It has an organizer, and this server sends invitations to the guests (--with-invitations restores it)';

const hasOrganizer = (text: string): boolean => /^ORGANIZER[;:]/im.test(text.replace(/\r?\n[ \t]/g, ''));

async function readDestination(collection: Collection): Promise<Destination> {
  const listed = await collection.list();
  const unread = new Map<string, string>();
  const skip = (name: string, { message }: AppError): void => void unread.set(name, message);
  const current = await collection.read([...listed.values()], skip);
  const uidByName = new Map([...current].map(([name, { text }]) => [name, inspect(text)?.uid ?? null]));
  const nameByUid = new Map([...uidByName].flatMap(([name, uid]) => (uid === null ? [] : [[uid, name]])));
  return { listed, current, unread, uidByName, nameByUid };
}

/** What is known of an entry before it is restored. */
interface EntryHow {
  readonly replace: boolean;
  readonly isInvitation: boolean;
  /** Why nothing more can be created; null while it can. */
  readonly fullReason: string | null;
}

async function restoreEntry(
  collection: Collection,
  entry: ManifestEntry,
  text: string,
  destination: Destination,
  how: EntryHow,
): Promise<Restoration> {
  const { uidByName, nameByUid, unread } = destination;
  const names = namesFor(entry);
  // Another event may have its name by now, the server may have chosen another one, or the calendar may be another one.
  const name = names.find((one) => uidByName.get(one) === entry.uid) ?? nameByUid.get(entry.uid ?? '');
  if (name !== undefined) return restoreExisting(collection, name, text, destination, how);
  const hidden = names.find((one) => unread.has(one));
  if (hidden !== undefined) return { skipped: `It may be there: ${unread.get(hidden)}` };
  return restoreMissing(collection, entry, text, destination, how.isInvitation ? INVITES : how.fullReason);
}

async function restoreExisting(
  collection: Collection,
  name: string,
  text: string,
  { listed, current }: Destination,
  { replace, isInvitation }: EntryHow,
): Promise<Restoration> {
  const [existing, stored] = [listed.get(name), current.get(name)];
  if (!replace || !existing || !stored || isSameContent(stored.text, text)) return 'unchanged';
  if (isInvitation) return { skipped: INVITES };
  const outcome = await overwrite(collection, existing, stored, text);
  return outcome.kind === 'done' ? 'replaced' : { skipped: outcome.reason };
}

async function restoreMissing(
  collection: Collection,
  entry: ManifestEntry,
  text: string,
  { listed, nameByUid }: Destination,
  reason: string | null,
): Promise<Restoration> {
  if (reason !== null) return { skipped: reason };
  const name = namesFor(entry).find((one) => SAFE_NAME.test(one) && !listed.has(one));
  if (name === undefined) return { skipped: 'Another event has its name' };
  const outcome = await create(collection, name, text);
  if (outcome.kind !== 'done') return { skipped: outcome.reason, isFull: outcome.kind === 'full' };
  if (entry.uid !== null) nameByUid.set(entry.uid, name);
  return 'created';
}

/** Writes under a condition, so that a concurrent edit survives. A write without an answer does not delay the others. */
async function create(collection: Collection, name: string, text: string): Promise<WriteOutcome> {
  return answered(() => collection.put(name, text, { ifNoneMatch: true }, (now) => isSameContent(now, text)));
}

async function overwrite(
  collection: Collection,
  there: ListedResource,
  stored: StoredResource,
  text: string,
): Promise<WriteOutcome> {
  const listed = { ...there, etag: isStrongTag(stored.etag) ? stored.etag : there.etag };
  const is = (other: string) => (now: string) => isSameContent(now, other);
  return answered(() => collection.replace(listed, text, is(text), is(stored.text)));
}

async function answered(write: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof AppError) || errorCode(error) !== 'caldav_invalid_response') throw error;
    return { kind: 'rejected', reason: error.message };
  }
}

/** A name that needs no escaping anywhere. */
const SAFE_NAME = /^[a-z0-9-]+\.ics$/;

/**
 * The names that an entry may be restored under, in the order in which they are tried. Nothing depends on the name of a foreign object:
 * clients identify it by its UID.
 */
function namesFor({ name, uid, sha256 }: ManifestEntry): readonly string[] {
  return [name, ...[name, uid ?? sha256].map((of) => `restored-${sha256Of(of).slice(0, 32)}.ics`)];
}

/** Whether two texts are equal apart from line ends and the order of components and properties. */
export function isSameContent(a: string, b: string): boolean {
  return toCrlf(a) === toCrlf(b) || canonical(a) === canonical(b);
}

function canonical(text: string): string {
  const calendar = parseCalendar(text);
  return calendar === null ? toCrlf(text) : flatten(calendar);
}

function flatten(component: ICAL.Component): string {
  const properties = component.getAllProperties().map((property) => {
    const [name, parameters, type, ...values] = property.jCal as [
      string,
      Record<string, unknown>,
      string,
      ...unknown[],
    ];
    const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([name, sorted, type, values]);
  });
  const inner = component.getAllSubcomponents().map(flatten);
  return `${component.name}(${[...properties.sort(), ...inner.sort()].join('\n')})`;
}
