import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import type { Collection, StoredResource } from '../../domain/collection.ts';
import { inspect } from '../sync/fingerprint.ts';

/** A copy of a calendar: a manifest and texts, which the caller writes to files or elsewhere. */

/** One saved resource. Its name comes from a server, so it must not become a file name. */
export interface ManifestEntry {
  readonly name: string;
  readonly href: string;
  readonly etag: string | null;
  /** null where the text could not be read as one object. */
  readonly uid: string | null;
  /** Of the text, in hex; also the name of the file, before ".ics". */
  readonly sha256: string;
}

/** A resource that is not in a backup. */
export interface UnreadEntry {
  readonly name: string;
  /** A whole sentence. */
  readonly reason: string;
}

/** What was saved, and from where. JSON. */
export interface Manifest {
  readonly version: 1;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  readonly url: string;
  readonly displayName: string;
  readonly components: readonly string[];
  readonly resources: readonly ManifestEntry[];
  /** What the server listed and failed to send. Absent where everything was saved. */
  readonly unread?: readonly UnreadEntry[];
}

/** A manifest with its texts. */
export interface Backup {
  readonly manifest: Manifest;
  /** Texts by file name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Saves everything in the calendar, foreign objects included. What can't be read is named in the manifest. Throws where nothing can. */
export async function makeBackup(collection: Collection, now: Clock): Promise<Backup> {
  const listed = await collection.list();
  const failed = new Map<string, AppError>();
  const skip = (name: string, error: AppError): void => void failed.set(name, error);
  const read = await collection.read([...listed.values()], skip);
  const found: StoredResource[] = [];
  for (const [name, one] of listed) {
    // Some servers leave one out of a long answer, and the backup would seem complete.
    const stored = read.get(name) ?? (failed.has(name) ? undefined : (await collection.read([one], skip)).get(name));
    if (stored) found.push(stored);
  }
  const [first] = failed.values();
  if (first && found.length === 0) throw first;
  const { manifest, files } = toBackup(collection, found, now());
  const unread = [...failed].map(([name, { message: reason }]): UnreadEntry => ({ name, reason }));
  return { manifest: first ? { ...manifest, unread } : manifest, files };
}

/** A backup of these resources. */
export function toBackup(
  collection: Pick<Collection, 'url' | 'displayName' | 'components'>,
  stored: Iterable<StoredResource>,
  madeAt: number,
): Backup {
  const files = new Map<string, string>();
  const resources: ManifestEntry[] = [];
  for (const { name, href, etag, text } of stored) {
    const normal = toCrlf(text);
    const sha256 = sha256Of(normal);
    files.set(fileName(sha256), normal);
    resources.push({ name, href, etag, uid: inspect(normal)?.uid ?? null, sha256 });
  }
  resources.sort((a, b) => (a.name < b.name ? -1 : 1));
  const { url, displayName, components } = collection;
  return { manifest: { version: 1, madeAt, url, displayName, components, resources }, files };
}

/** Checks a backup that was read back from files. Throws `invalid` when a part is missing or was changed. */
export function decodeBackup(manifest: unknown, files: ReadonlyMap<string, string>): Backup {
  if (!isManifest(manifest)) throw new AppError('invalid', 'The manifest is not that of a plane-ics backup.');
  for (const { name, sha256 } of manifest.resources) {
    const text = files.get(fileName(sha256));
    if (text === undefined) throw new AppError('invalid', `The backup lacks the file ${fileName(sha256)} of ${name}.`);
    if (sha256Of(text) !== sha256) throw new AppError('invalid', `The file ${fileName(sha256)} was changed.`);
  }
  return { manifest, files };
}

/** The name of a file in a backup. */
export function fileName(sha256: string): string {
  return `${sha256}.ics`;
}

/** Restores CRLF, which XML turns into LF (XML 1.0 section 2.11). */
export function toCrlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}

/** SHA-256 of a text, in hex. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { version, resources, unread = [] } = value as Partial<Record<keyof Manifest, unknown>>;
  if (version !== 1 || !Array.isArray(resources) || !Array.isArray(unread)) return false;
  return resources.every(isEntry) && unread.every(isUnreadEntry);
}

function isUnreadEntry(value: unknown): value is UnreadEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, reason } = value as Partial<Record<keyof UnreadEntry, unknown>>;
  return typeof name === 'string' && typeof reason === 'string';
}

function isEntry(value: unknown): value is ManifestEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, sha256, uid } = value as Partial<Record<keyof ManifestEntry, unknown>>;
  return typeof name === 'string' && typeof sha256 === 'string' && (uid === null || typeof uid === 'string');
}
