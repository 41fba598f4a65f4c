import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../domain/errors.ts';

/** Why the store can't be opened, read or written: sentences that name the folder, the error and the fix. */
export class StoreError extends AppError {
  constructor(message: string, cause?: unknown, code: 'storage_full' | 'storage_unavailable' = 'storage_unavailable') {
    super(code, message, { cause });
    this.name = 'StoreError';
  }
}

/** Another process uses the folder or the database. */
export class StoreTakenError extends StoreError {}

/** Data on disk differs from what was written. Outside of store/ it is a StoreError. */
export class DamageError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DamageError';
  }
}

/** The innermost code of an error: Node's ("EACCES") or LevelDB's ("LEVEL_CORRUPTION"). */
export function faultCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return faultCode(cause) ?? (typeof code === 'string' ? code : undefined);
}

/** The innermost message of an error, which is where LevelDB reports the reason. */
export function faultMessage(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  return cause === undefined ? String(message) : faultMessage(cause);
}

/** Whether a file is damaged rather than inaccessible: a sector that can't be read is damage, a missing permission is not. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamageError) return true;
  const code = faultCode(error) ?? '';
  return /^(?:ENOENT|ENOTDIR|EISDIR|EIO|ELOOP|LEVEL_CORRUPTION)$/.test(code);
}

/** How many bytes must be free before a full store is written again: LevelDB converts its log to a table when it is reopened. */
export const ROOM_BYTES = 8 * 1024 * 1024;

/**
 * The error as a StoreError, unless it is one. `folder` is the data folder, `owner` the "uid:gid" of this process.
 *
 * Node's errors have a code (errno(3)); LevelDB's have "LEVEL_IO_ERROR" and the words of strerror(3).
 */
export function toStoreError(error: unknown, folder: string, owner: string): StoreError {
  if (error instanceof StoreError) return error;
  const is = (codes: RegExp, words: RegExp): boolean =>
    codes.test(faultCode(error) ?? '') || words.test(faultMessage(error));
  const because = (sentence: string): StoreError => new StoreError(sentence, error);
  const full = (sentence: string): StoreError => new StoreError(sentence, error, 'storage_full');
  const room = `${ROOM_BYTES / 1024 / 1024} MiB`;
  if (is(/^(?:EACCES|EPERM)$/, /Permission denied|Operation not permitted/))
    return because(`plane-ics may not write to ${folder}. Run: ${permissionFix(folder, owner)}`);
  if (is(/^EROFS$/, /Read-only file system/))
    return because(`${folder} is on a read-only file system. Mount it writable, or set DATA_DIR to another folder.`);
  if (is(/^ENOSPC$/, /No space left/)) return full(`The disk of ${folder} is full. Free at least ${room} there.`);
  if (is(/^EDQUOT$/, /quota exceeded/i))
    return full(`The disk quota of user ${owner} in ${folder} is used up. Raise it, or free at least ${room} there.`);
  if (is(/^EFBIG$/, /File too large/))
    return full(`A file in ${folder} may not grow further. Raise the limit on the size of files (ulimit -f).`);
  if (is(/^EIO$/, /Input\/output error/))
    return because(
      `The disk of ${folder} reports an input/output error. Check it (the system's log, smartctl), and restore from a backup if it fails.`,
    );
  if (is(/^(?:EMFILE|ENFILE)$/, /Too many open files/))
    return because(`${folder} can't be used: too many files are open. Raise the limit on open files (ulimit -n).`);
  if (is(/^(?:ENOTDIR|EEXIST)$/, /Not a directory/))
    return because(`${folder} can't be a folder: ${fileIn(folder)} is a file. Set DATA_DIR to another folder.`);
  return because(`The store in ${folder} failed: ${faultMessage(error).replace(/\.$/, '')}.`);
}

/** True for errors of the system and of LevelDB, which have a code; anything else is a bug in the caller. */
export function isOfFolder(error: unknown): boolean {
  return (
    error instanceof StoreError || error instanceof DamageError || /^(?:E[A-Z]|LEVEL_)/.test(faultCode(error) ?? '')
  );
}

/** The command that gives the folder to this process; where it is the owner already, the mode is wrong. */
function permissionFix(folder: string, owner: string): string {
  const chown = `sudo chown -R ${owner} ${quoted(folder)}`;
  return ownerOf(folder) === Number.parseInt(owner, 10) ? `${chown} && sudo chmod -R u+rwX ${quoted(folder)}` : chown;
}

/** The part of the path that is a file; the path itself when none is found. */
function fileIn(path: string): string {
  for (let part = path; part !== dirname(part); part = dirname(part)) {
    try {
      if (!statSync(part).isDirectory()) return part;
    } catch {
      // It doesn't exist: the file is further up.
    }
  }
  return path;
}

function ownerOf(folder: string): number | null {
  try {
    return statSync(folder).uid;
  } catch {
    return null;
  }
}

/** A path quoted for a shell. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
