/** LevelDB's log files, `*.log` and `MANIFEST-*`, as its doc/log_format.md tells. */

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** Four tables of 256: what a byte does to the sum from the end of a group of four, from one before it, and so on. */
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

/** CRC-32C (RFC 3720 appendix B.4) as LevelDB stores it: rotated, plus a constant. Every byte of a store goes through here at each start. */
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
 * What a log holds, and how it ends.
 *
 *   whole    every byte is accounted for
 *   cut      its last record runs past the end of the file, as a write that was killed leaves it
 *   spoiled  something in its last block does not match its sum: a write that lost power, or damage
 *   broken   the same, with good records after it: damage
 */
export interface LogContent {
  readonly records: readonly Buffer[];
  readonly end: 'whole' | 'cut' | 'spoiled' | 'broken';
}

/** Reads as LevelDB does, which passes over what it can't read and says nothing. */
export function readLevelLog(bytes: Buffer): LogContent {
  const records: Buffer[] = [];
  let parts: Buffer[] | null = null;
  let spoiled = false;
  for (let at = 0; at < bytes.length;) {
    const room = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (room < HEADER_BYTES) {
      at += room; // The rest of a block that has no room for a header is filler.
      continue;
    }
    if (at + HEADER_BYTES > bytes.length) return { records, end: spoiled ? 'spoiled' : 'cut' };
    const end = at + HEADER_BYTES + bytes.readUInt16LE(at + 4);
    if (end <= at + room && end > bytes.length) return { records, end: spoiled ? 'spoiled' : 'cut' };
    if (end > at + room || bytes.readUInt32LE(at) !== maskedCrc(bytes.subarray(at + 6, end))) {
      spoiled = true;
      at += room;
      continue;
    }
    const type = bytes.readUInt8(at + 6);
    const begins = type === FULL || type === FIRST;
    if (spoiled || begins !== (parts === null) || type > LAST) return { records, end: 'broken' };
    parts = [...(parts ?? []), bytes.subarray(at + HEADER_BYTES, end)];
    if (type === FULL || type === LAST) {
      records.push(Buffer.concat(parts));
      parts = null;
    } else if (type !== FIRST && type !== MIDDLE) return { records, end: 'broken' };
    at = end;
  }
  return { records, end: spoiled ? 'spoiled' : parts === null ? 'whole' : 'cut' };
}
