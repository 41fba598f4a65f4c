import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { AppError, errorReason } from '../../../domain/errors.ts';

/** The bytes of an answer. */

const unzip = promisify(gunzip);
const MEGABYTE = 1_000_000;

/**
 * Reads a body to its end and decompresses it. What the bytes are counts, not what the header says: some servers send plain text as gzip,
 * some a compressed file.
 *
 * Throws source_too_large above `maxBytes`, compressed or not, and source_unavailable when it breaks off.
 */
export async function readBytes(
  body: Dispatcher.ResponseData['body'],
  host: string,
  maxBytes: number,
): Promise<Buffer> {
  const bytes = await collect(body, host, maxBytes);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(host, maxBytes);
    throw brokenOff(host, error);
  }
}

async function collect(body: Dispatcher.ResponseData['body'], host: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(host, maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    body.destroy();
    throw error instanceof AppError ? error : brokenOff(host, error);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (host: string, maxBytes: number): AppError =>
  new AppError(
    'source_too_large',
    `The calendar at ${host} is larger than ${maxBytes / MEGABYTE} MB. Let its server export fewer years, or fewer calendars in one.`,
  );

const brokenOff = (host: string, cause: unknown): AppError => {
  const isLate = (cause as { readonly name?: unknown }).name === 'TimeoutError';
  const reason = isLate ? 'it took too long' : errorReason(cause);
  return new AppError('source_unavailable', `The calendar at ${host} breaks off before its end (${reason}).`, {
    cause,
  });
};
