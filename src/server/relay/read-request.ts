import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../http/middleware/api-errors.ts';
import { requestHeaders, withAddress } from './headers.ts';
import type { RelayedRequest } from './task.ts';

/** What a body may have, unless the caller says less. */
const MAX_BYTES = 20_000_000;
/** Up to this size a body is always accepted: nearly all have less. */
const SMALL_BYTES = 64_000;
/** What all larger ones under way may have together, since nobody has checked yet whether their visitors may send any. */
const MAX_ALL_BYTES = 64_000_000;

/** Reads requests that are to be passed on. */
export interface RequestReader {
  /**
   * Reads one, and passes it to a task. Throws an ApiError for a body that is too large, and Node's error where the visitor hangs up.
   */
  read<T>(request: IncomingMessage, from: Visitor, task: (request: RelayedRequest) => Promise<T>): Promise<T>;
}

/** Where a request came from. */
export interface Visitor extends Pick<RelayedRequest, 'address' | 'isLocal'> {
  /** What its body may have. */
  readonly maxBytes?: number | undefined;
}

export function createRequestReader(): RequestReader {
  let allBytes = 0;

  /** Reads the body; what it takes is counted until the end of the task. */
  async function whileCounted<T>(
    request: IncomingMessage,
    maxBytes: number,
    task: (body: Buffer) => Promise<T>,
  ): Promise<T> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let counted = 0;
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        if (bytes > SMALL_BYTES) {
          allBytes += bytes - counted;
          counted = bytes;
        }
        if (counted > 0 && allBytes > MAX_ALL_BYTES) throw tooMany();
        chunks.push(chunk);
      }
      return await task(Buffer.concat(chunks));
    } finally {
      allBytes -= counted;
    }
  }

  return {
    read: async (request, { address, isLocal, maxBytes = MAX_BYTES }, task) => {
      const { method = '', url = '', rawHeaders, headers } = request;
      const relayed = { method, url, headers: withAddress(requestHeaders(rawHeaders), address), address, isLocal };
      const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
      if (!hasBody) return task({ ...relayed, body: null });
      try {
        return await whileCounted(request, maxBytes, (body) => task({ ...relayed, body }));
      } finally {
        // The rest of a body must not block the connection, which a proxy uses for the next visitor too.
        request.resume();
      }
    },
  };
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('BAD_REQUEST', `The body can't be read; it may have ${maxBytes} bytes.`);
}

function tooMany(): ApiError {
  return new ApiError('NOT_READY', 'This server is reading too many large requests. Try again in a few seconds.', {
    headers: { 'Retry-After': '5' },
  });
}
