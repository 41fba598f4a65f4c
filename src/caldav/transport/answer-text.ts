import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errorReason } from '../../domain/errors.ts';
import { truncate } from '../../lib/truncate.ts';
import { brokenOff, invalidAnswer, tooLarge } from './answer-errors.ts';
import type { Head, Received } from './exchange.ts';

/** The text of an answer: its bytes, decompressed and decoded. */

const unzip = promisify(gunzip);
const SHOWN = 60;

/**
 * The text of the bytes. Codings and charsets are case-insensitive; they are ignored for an empty body, and an unreadable body of an error is
 * "".
 *
 * Throws caldav_unavailable when a compressed body breaks off, caldav_invalid_response when it is larger than `maxBytes`, or in an
 * unsupported coding or charset, which the message names.
 */
export async function textOf({ head, bytes }: Received, maxBytes: number): Promise<string> {
  if (bytes.length === 0) return '';
  try {
    const plain = await unpacked(bytes, head, maxBytes);
    return decoded(plain, head);
  } catch (error) {
    if (head.status >= 300) return '';
    throw error;
  }
}

/** RFC 9110 section 8.4.1: names in any case, x-gzip is gzip, identity means none. */
async function unpacked(bytes: Buffer, head: Head, maxBytes: number): Promise<Buffer> {
  const named = head.headers.get('content-encoding') ?? '';
  const codings = named.split(',').map((coding) => coding.trim().toLowerCase());
  const applied = codings.filter((coding) => coding !== '' && coding !== 'identity');
  const [coding] = applied;
  if (coding === undefined) return bytes;
  if (applied.length > 1 || (coding !== 'gzip' && coding !== 'x-gzip'))
    throw invalidAnswer(head.url, `the answer is coded as "${truncate(named.trim(), SHOWN)}", which was not requested`);
  try {
    return await unzip(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(head.url, maxBytes);
    if (code === 'Z_BUF_ERROR') throw brokenOff(head.url, error);
    throw invalidAnswer(head.url, `the answer is labelled as "${coding}", but isn't (${errorReason(error)})`);
  }
}

/** RFC 7303 section 3: the byte order mark decides, then the Content-Type, then the XML declaration. UTF-8 by default. */
function decoded(bytes: Buffer, head: Head): string {
  const declared = /charset\s*=\s*"?([^\s";,]+)/i.exec(head.headers.get('content-type') ?? '')?.[1];
  const inside = /^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"']+)["']/.exec(bytes.toString('latin1', 0, 300))?.[1];
  const charset = markOf(bytes) ?? declared ?? inside ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch (error) {
    throw invalidAnswer(
      head.url,
      `the answer is in the charset "${truncate(charset, SHOWN)}", which can't be read`,
      error,
    );
  }
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : undefined;
}
