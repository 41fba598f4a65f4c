import { crc32 } from 'node:zlib';
import { checkKind } from '../record-kind.ts';
import { DamageError } from '../storage-error.ts';

/**
 * Records as bytes. A key is `kind!id` with the id in big-endian UTF-16, so that bytes sort as JavaScript compares ids, lone surrogates
 * included, and keys with a common prefix are adjacent. A value is JSON after a CRC-32 of key and value: LevelDB does not verify its own
 * checksums when it reads, and a flipped bit would be returned as another value.
 */

const CRC_BYTES = 4;
const SEPARATOR = '!';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** Throws a RangeError for a kind that could be confused with an id. */
export function encodeKey(kind: string, id: string): Buffer {
  checkKind(kind);
  return Buffer.concat([Buffer.from(`${kind}${SEPARATOR}`, 'latin1'), utf16(id)]);
}

/** The kind and id of a key that `encodeKey` made. */
export function decodeKey(key: Buffer): [kind: string, id: string] {
  const at = key.indexOf(SEPARATOR);
  const id = key.subarray(at + 1);
  if (at < 1 || id.length % 2 !== 0) throw new DamageError('a key is invalid');
  return [key.toString('latin1', 0, at), Buffer.from(id).swap16().toString('utf16le')];
}

/** The range of the keys of a kind whose ids have a prefix. */
export function keyRange(kind: string, idPrefix: string): { readonly gte: Buffer; readonly lt: Buffer } {
  const gte = encodeKey(kind, idPrefix);
  let end = gte.length;
  while (gte[end - 1] === 0xff) end--;
  const lt = Buffer.from(gte.subarray(0, end));
  lt.writeUInt8(lt.readUInt8(end - 1) + 1, end - 1);
  return { gte, lt };
}

/** Throws a TypeError for what JSON has no text for. */
export function encodeValue(key: Buffer, value: unknown): Buffer {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError('A value must be JSON.');
  const bytes = Buffer.allocUnsafe(CRC_BYTES + Buffer.byteLength(json));
  bytes.write(json, CRC_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(CRC_BYTES), crc32(key)));
  return bytes;
}

/** Throws a DamageError when key or value differs from what was written. */
export function checkValue(key: Buffer, bytes: Buffer): void {
  if (bytes.length <= CRC_BYTES || checksum(bytes) !== crc32(bytes.subarray(CRC_BYTES), crc32(key)))
    throw new DamageError('a record differs from what was written');
}

/** The value, checked. */
export function decodeValue(key: Buffer, bytes: Buffer): unknown {
  checkValue(key, bytes);
  return JSON.parse(bytes.toString('utf8', CRC_BYTES)) as unknown;
}

/** The weight of a record in the checksum over all: its CRC, mixed, since CRCs of similar records cancel each other out. 0 for no record. */
export function weight(bytes: Buffer | undefined): number {
  if (bytes === undefined || bytes.length < CRC_BYTES) return 0;
  let hash = checksum(bytes);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function checksum(bytes: Buffer): number {
  return bytes.readUInt32LE(0);
}
