import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError, errorMessage } from '../../../domain/errors.ts';
import { truncate } from '../../../lib/truncate.ts';

/** A server that sends a byte now and then would hold one of few connections, and all who wait for it, for ever. */
const LONGEST_MS = 120_000;

/**
 * The decoded bytes of an answer's body. Content codings are compared in any letter case, and "x-gzip" is "gzip" (RFC 9110 section 8.4.1);
 * an empty body has no coding, whatever the header says. `address` is where the answer came from, for errors.
 *
 * Throws `plane_not_json` for a coding that was not asked for, `plane_unavailable` when the gzip stream ends early or is damaged or the body
 * doesn't end in time, and what the body throws.
 */
export async function* decodeBody(
  body: Readable,
  contentEncoding: string | readonly string[] | undefined,
  address: string,
  longestMs = LONGEST_MS,
): AsyncGenerator<Buffer> {
  const codings = codingsOf(contentEncoding);
  const isGzip = codings.length === 1 && /^(?:x-)?gzip$/.test(codings[0] ?? '');
  const timer = setTimeout(() => {
    body.destroy(new AppError('plane_unavailable', `The answer of ${address} does not end.`));
  }, longestMs);
  try {
    if (codings.length === 0) yield* body as AsyncIterable<Buffer>;
    else if (isGzip) yield* unzip(body, address);
    else for await (const _bytes of body) throw unknownCoding(codings, address);
  } finally {
    clearTimeout(timer);
  }
}

/** The content codings in lower case, in the order in which they were applied. */
function codingsOf(header: string | readonly string[] | undefined): string[] {
  const names = [header ?? []].flat().join(',').toLowerCase().split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
}

async function* unzip(body: Readable, address: string): AsyncGenerator<Buffer> {
  const received = { any: false };
  body.once('data', () => {
    received.any = true;
  });
  const gunzip = body.pipe(createGunzip());
  const fail = (error: Error): void => {
    gunzip.destroy(error);
  };
  body.once('error', fail);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    if (!received.any && body.readableEnded) return;
    if (!(error as { code?: string }).code?.startsWith('Z_')) throw error;
    throw new AppError(
      'plane_unavailable',
      `The answer of ${address} can't be unpacked (gzip: ${errorMessage(error)}): it ended early or was changed on the way.`,
      { cause: error },
    );
  } finally {
    body.off('error', fail);
  }
}

function unknownCoding(codings: readonly string[], address: string): AppError {
  return new AppError(
    'plane_not_json',
    `The answer of ${address} has the content coding "${truncate(codings.join(', '), 60)}", but only gzip was asked for. ` +
      'Check the proxies between plane-ics and Plane.',
  );
}
