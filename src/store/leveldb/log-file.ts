/** LevelDB's log files, `*.log` and `MANIFEST-*`, as its doc/log_format.md describes them. */

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;
const TYPES = [FULL, FIRST, MIDDLE, LAST];

/** Four tables of 256 entries: the effect of a byte on the checksum by its place in a group of four. */
const TABLES = new Int32Array(1024);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  TABLES[byte] = crc;
}
for (let at = 256; at < 1024; at++) TABLES[at] = (entry(at - 256) >>> 8) ^ entry(entry(at - 256) & 0xff);

function entry(at: number): number {
  return TABLES[at] ?? 0;
}

/** CRC-32C (RFC 3720 appendix B.4) as LevelDB stores it: rotated, plus a constant. Every byte of a store passes through here at each start. */
export function maskedCrc(bytes: Buffer): number {
  let crc = -1;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      entry(768 + (crc & 0xff)) ^
      entry(512 + ((crc >>> 8) & 0xff)) ^
      entry(256 + ((crc >>> 16) & 0xff)) ^
      entry(crc >>> 24);
  }
  for (; at < bytes.length; at++) crc = entry((crc ^ (bytes[at] ?? 0)) & 0xff) ^ (crc >>> 8);
  crc = ~crc;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/**
 * The records of a log, and how it ends.
 *
 *   whole    every byte is accounted for
 *   cut      its last record runs past the end of the file, as after a write that was killed
 *   spoiled  something in its last block has a wrong checksum: a write that lost power, or damage
 *   broken   the same, with good records after it: damage
 */
export interface LogContent {
  readonly records: readonly Buffer[];
  readonly end: 'whole' | 'cut' | 'spoiled' | 'broken';
}

/** Reads a log as LevelDB does, but reports what LevelDB skips silently. */
export function readLevelLog(bytes: Buffer): LogContent {
  const assembler = createAssembler();
  let isSpoiled = false;
  for (let at = 0; at < bytes.length;) {
    const fragment = fragmentAt(bytes, at);
    if (fragment.kind === 'cut') return { records: assembler.records, end: isSpoiled ? 'spoiled' : 'cut' };
    at = fragment.next;
    if (fragment.kind === 'spoiled') isSpoiled = true;
    if (fragment.kind !== 'part') continue;
    if (isSpoiled || !assembler.add(fragment)) return { records: assembler.records, end: 'broken' };
  }
  if (isSpoiled) return { records: assembler.records, end: 'spoiled' };
  return { records: assembler.records, end: assembler.isComplete() ? 'whole' : 'cut' };
}

/** Joins the parts of records. */
interface Assembler {
  readonly records: readonly Buffer[];
  /** False for a part that can't be next. */
  add(part: Part): boolean;
  /** Whether no record lacks its end. */
  isComplete(): boolean;
}

function createAssembler(): Assembler {
  const records: Buffer[] = [];
  let parts: Buffer[] | null = null;
  return {
    records,
    add: ({ type, data }) => {
      const isFirst = type === FULL || type === FIRST;
      if (isFirst !== (parts === null) || !TYPES.includes(type)) return false;
      parts = [...(parts ?? []), data];
      if (type === FULL || type === LAST) {
        records.push(Buffer.concat(parts));
        parts = null;
      }
      return true;
    },
    isComplete: () => parts === null,
  };
}

/** A part of a record. */
interface Part {
  readonly kind: 'part';
  readonly type: number;
  readonly data: Buffer;
  readonly next: number;
}

/** A part of a record, or what is in its place; `next` is where the next one begins. */
type Fragment =
  | Part
  /** The rest of a block that has no room for a header. */
  | { readonly kind: 'filler'; readonly next: number }
  /** A wrong checksum or length: the rest of the block is skipped. */
  | { readonly kind: 'spoiled'; readonly next: number }
  /** It runs past the end of the file. */
  | { readonly kind: 'cut' };

function fragmentAt(bytes: Buffer, at: number): Fragment {
  const room = BLOCK_BYTES - (at % BLOCK_BYTES);
  const nextBlock = at + room;
  if (room < HEADER_BYTES) return { kind: 'filler', next: nextBlock };
  if (at + HEADER_BYTES > bytes.length) return { kind: 'cut' };
  const end = at + HEADER_BYTES + bytes.readUInt16LE(at + 4);
  if (end <= nextBlock && end > bytes.length) return { kind: 'cut' };
  if (end > nextBlock || bytes.readUInt32LE(at) !== maskedCrc(bytes.subarray(at + 6, end)))
    return { kind: 'spoiled', next: nextBlock };
  return { kind: 'part', type: bytes.readUInt8(at + 6), data: bytes.subarray(at + HEADER_BYTES, end), next: end };
}
