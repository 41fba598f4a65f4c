import { DamageError } from '../storage-error.ts';
import { maskedCrc } from './log-file.ts';

/** LevelDB's tables, `*.ldb`, as its doc/table_format.md describes them; ours are not compressed. */

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = 0xdb4775248b80fb57n;

/** Reads the numbers and byte strings of LevelDB's files; throws a DamageError when they end too early. */
export interface Cursor {
  atEnd(): boolean;
  /** A varint, exact up to 2^53. */
  number(): number;
  /** Skips that many bytes. */
  skip(length: number): void;
}

export function createCursor(bytes: Buffer): Cursor {
  let at = 0;
  return {
    atEnd: () => at >= bytes.length,
    number: () => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at++];
        if (byte === undefined) throw new DamageError('a number is cut short');
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
      }
    },
    skip: (length) => {
      at += length;
      if (at > bytes.length) throw new DamageError('a text is cut short');
    },
  };
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

const handle = (cursor: Cursor): Handle => ({ offset: cursor.number(), size: cursor.number() });

/**
 * Whether each byte of a table is covered by a valid checksum. LevelDB itself, as Node can open it, verifies none: a flipped bit hides
 * records silently, or makes it allocate more memory than there is, which ends the process.
 */
export function isWholeTable(bytes: Buffer): boolean {
  const end = bytes.length - FOOTER_BYTES;
  if (end < 0 || bytes.readBigUInt64LE(bytes.length - 8) !== MAGIC) return false;
  let covered = 0;
  const block = ({ offset, size }: Handle): Buffer => {
    const next = offset + size + TRAILER_BYTES;
    if (next > end || bytes.readUInt32LE(next - 4) !== maskedCrc(bytes.subarray(offset, next - 4)))
      throw new DamageError('a block has a wrong checksum');
    covered += size + TRAILER_BYTES;
    return bytes.subarray(offset, offset + size);
  };
  try {
    const footer = createCursor(bytes.subarray(end));
    const [above, index] = [block(handle(footer)), block(handle(footer))];
    for (const one of [...handlesIn(above), ...handlesIn(index)]) block(one);
    return covered === end;
  } catch (error) {
    if (error instanceof DamageError) return false;
    throw error;
  }
}

/** The handles that are the values of an index block; its keys don't matter here. */
function handlesIn(block: Buffer): Handle[] {
  if (block.length < 4) throw new DamageError('a block is too short');
  const restarts = block.readUInt32LE(block.length - 4);
  const cursor = createCursor(block.subarray(0, block.length - 4 * (restarts + 1)));
  const handles: Handle[] = [];
  while (!cursor.atEnd()) {
    cursor.number();
    const keyLength = cursor.number();
    cursor.number();
    cursor.skip(keyLength);
    handles.push(handle(cursor));
  }
  return handles;
}
