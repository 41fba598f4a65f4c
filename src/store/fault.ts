/** Why the store can't be opened or read: whole sentences that name the fault and the fix. */
export class StoreError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
  }
}

/** What stands on disk is not what was written there. Never leaves this folder of the code but as a StoreError. */
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

/** The innermost message of an error: LevelDB tells its reason there alone. */
export function faultMessage(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  return cause === undefined ? String(message) : faultMessage(cause);
}

/** Whether a file is not as it was written, rather than out of our reach: a sector that can't be read is damage, a missing right is not. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamageError) return true;
  const code = faultCode(error) ?? '';
  return /^(?:ENOENT|ENOTDIR|EISDIR|EIO|ELOOP|LEVEL_CORRUPTION)$/.test(code);
}

/** An error that is no damage, in words for the operator. `owner` is "uid:gid" of this process. */
export function toStoreError(error: unknown, folder: string, owner: string): StoreError {
  if (error instanceof StoreError) return error;
  const is = (codes: RegExp, words: RegExp): boolean =>
    codes.test(faultCode(error) ?? '') || words.test(faultMessage(error));
  const because = (sentence: string): StoreError => new StoreError(sentence, error);
  if (is(/^(?:EACCES|EPERM)$/, /Permission denied|Operation not permitted/))
    return because(`plane-ics may not write to ${folder}. Run: sudo chown -R ${owner} ${quoted(folder)}`);
  if (is(/^EROFS$/, /Read-only file system/))
    return because(`${folder} is on a read-only file system. Mount it writable, or set DATA_DIR to another folder.`);
  if (is(/^(?:ENOSPC|EDQUOT)$/, /No space left|quota exceeded/i))
    return because(`The disk of ${folder} is full. Make room there and start again.`);
  if (is(/^(?:ENOTDIR|EEXIST)$/, /Not a directory/))
    return because(`${folder} can't be a folder: a file is in its way. Set DATA_DIR to another folder.`);
  return because(`The store in ${folder} failed: ${faultMessage(error)}`);
}

/** A path for a line that is copied into a shell. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
