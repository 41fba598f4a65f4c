import { crc32 } from 'node:zlib';
import { DamageError } from '../storage-error.ts';

/**
 * Records as bytes. A key is `kind!id`, the id in UTF-16, big end first: so the order of the bytes is the order of the ids as JavaScript
 * compares them, whatever they hold, lone surrogates too, and keys with one prefix stand together. A value is JSON behind a CRC-32 of key and value:
 * LevelDB does not check its own sums when it reads, and a flipped bit would come back as another name or another key.
 */

const CRC_BYTES = 4;
const SEPARATOR = '!';
/** Printable ASCII above the separator, so that (kind, id) sorts as the key does. */
const KIND = /^[\x22-\x7e]+$/;

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** Rejects kinds that can't be told from an id. */
export function encodeKey(kind: string, id: string): Buffer {
  if (!KIND.test(kind)) throw new RangeError(`"${kind}" can't be a kind of record: letters and digits, please.`);
  return Buffer.concat([Buffer.from(`${kind}${SEPARATOR}`, 'latin1'), utf16(id)]);
}

/** The kind and id of a key that `encodeKey` made. */
export function decodeKey(key: Buffer): [kind: string, id: string] {
  const at = key.indexOf(SEPARATOR);
  const id = key.subarray(at + 1);
  if (at < 1 || id.length % 2 !== 0) throw new DamageError('a key is no key');
  return [key.toString('latin1', 0, at), Buffer.from(id).swap16().toString('utf16le')];
}

/** The keys of a kind whose ids begin so: from `gte` on, before `lt`. */
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
  if (json === undefined) throw new TypeError('Only what JSON can hold can be kept.');
  const bytes = Buffer.allocUnsafe(CRC_BYTES + Buffer.byteLength(json));
  bytes.write(json, CRC_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(CRC_BYTES), crc32(key)));
  return bytes;
}

/** Throws a DamageError when key or value is not as it was written. */
export function checkValue(key: Buffer, bytes: Buffer): void {
  if (bytes.length <= CRC_BYTES || checksum(bytes) !== crc32(bytes.subarray(CRC_BYTES), crc32(key)))
    throw new DamageError('a record is not as it was written');
}

/** The value, checked. */
export function decodeValue(key: Buffer, bytes: Buffer): unknown {
  checkValue(key, bytes);
  return JSON.parse(bytes.toString('utf8', CRC_BYTES)) as unknown;
}

/** What a record counts in the sum over all: its CRC, stirred, since CRCs of alike records cancel each other out. 0 for what is no record. */
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
