import ICAL from 'ical.js';
import { AppError, errorCode } from '../../domain/errors.ts';
import { decodeBackup, fileName, sha256Of, toCrlf, type Backup, type ManifestEntry } from './backup.ts';
import type { Trouble } from '../sync/apply.ts';
import type { Collection, ListedResource, WriteOutcome, StoredResource } from '../../domain/collection.ts';
import { isStrongTag } from '../../lib/entity-tag.ts';
import { inspect, parseCalendar } from '../sync/fingerprint.ts';

/** Puts a backup back: what is missing, and when asked for also what was changed since. Nothing is ever deleted. */

/** What was done. */
export interface Restored {
  readonly created: number;
  readonly replaced: number;
  readonly unchanged: number;
  /** What could not be put back, and why. */
  readonly skipped: readonly Trouble[];
}

export interface RestoreOptions {
  readonly collection: Collection;
  readonly backup: Backup;
  /** Also put back what was changed. */
  readonly replace?: boolean | undefined;
}

/** Throws `invalid` before any write when the backup is damaged, else what the calendar throws. A second time it writes nothing. */
export async function restoreBackup({ collection, backup, replace = false }: RestoreOptions): Promise<Restored> {
  const { manifest, files } = decodeBackup(backup.manifest, backup.files);
  const listed = await collection.list();
  const targetOf = ({ name }: ManifestEntry): string => (listed.has(name) ? name : safeName(name));
  const isMissing = (entry: ManifestEntry): boolean => !listed.has(targetOf(entry));
  const needsReading = replace || manifest.resources.some(isMissing);
  const current = needsReading ? await collection.read([...listed.values()]) : new Map<string, StoredResource>();
  const nameByUid = new Map<string, string>();
  for (const { name, text } of current.values()) nameByUid.set(inspect(text)?.uid ?? '', name);

  const counts = { created: 0, replaced: 0, unchanged: 0 };
  const skipped: Trouble[] = [];
  let fullReason: string | null = null;
  for (const entry of manifest.resources) {
    const target = targetOf(entry);
    const text = files.get(fileName(entry.sha256)) ?? '';
    const title = inspect(text)?.title ?? entry.name;
    const skip = (reason: string): void => {
      skipped.push({ name: entry.name, title, reason });
    };
    const there = listed.get(target);
    if (there) {
      const stored = current.get(target);
      if (!replace || !stored || isSameContent(stored.text, text)) counts.unchanged++;
      else {
        const outcome = await overwrite(collection, there, stored, text);
        if (outcome.kind === 'done') counts.replaced++;
        else skip(outcome.reason);
      }
      continue;
    }
    const holder = entry.uid === null ? undefined : nameByUid.get(entry.uid);
    if (holder !== undefined) skip(`The calendar holds the same UID as ${holder}`);
    else if (fullReason !== null) skip(fullReason);
    else {
      const outcome = await create(collection, target, text);
      if (outcome.kind === 'done') {
        counts.created++;
        if (entry.uid !== null) nameByUid.set(entry.uid, target);
      } else skip(outcome.reason);
      if (outcome.kind === 'full') fullReason = outcome.reason;
    }
  }
  return { ...counts, skipped };
}

/** Under a condition only, so that an edit of the last moment stays. One that gets no answer does not hold up the others. */
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
    if (!(error instanceof AppError) || errorCode(error) !== 'caldav_strange') throw error;
    return { kind: 'rejected', reason: error.message };
  }
}

/** A name that needs no escaping anywhere. Nothing depends on the name of a foreign object: its UID is what clients know it by. */
function safeName(name: string): string {
  return /^[a-z0-9-]+\.ics$/.test(name) ? name : `restored-${sha256Of(name).slice(0, 32)}.ics`;
}

/** Equal but for line ends and the order in which a server wrote it. */
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
