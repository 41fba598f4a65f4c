import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import { answerHeaders } from './headers.ts';
import type { RelayedAnswer, RelayedRequest } from './task.ts';

/** More than what a port accepts, because of the headers that are added. */
const MAX_HEAD = 65_536;

/** An answer with a body that is too large to be relayed. */
export class TooLargeError extends Error {}

/** What an answer may take. */
export interface PerformLimits {
  /** Of its body. */
  readonly maxBytes: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Returns what a listener answers. Both ends are Node's own, with a connection in memory between them, so that requests and answers are what
 * they would be on a port.
 *
 * Throws a TooLargeError for a longer body, and Node's error where the connection ends before the answer does.
 */
export async function perform(
  listener: RequestListener,
  given: RelayedRequest,
  { maxBytes, signal }: PerformLimits,
): Promise<RelayedAnswer> {
  const [client, connection] = duplexPair();
  try {
    connect(listener, given, connection, client);
    const answer = await send(given, client, signal);
    return {
      status: answer.statusCode ?? 0,
      message: answer.statusMessage ?? '',
      headers: answerHeaders(answer.rawHeaders),
      body: await bodyOf(answer, maxBytes),
    };
  } finally {
    client.destroy();
    connection.destroy();
  }
}

function connect(
  listener: RequestListener,
  { body, address }: RelayedRequest,
  connection: Duplex,
  client: Duplex,
): void {
  // As a socket has it.
  Object.defineProperty(connection, 'remoteAddress', { value: address === '' ? undefined : address });
  // The ends of a pair do not know of each other's end.
  connection.once('close', () => client.destroy());
  for (const end of [connection, client]) end.on('error', () => undefined);
  const server = createServer({ requireHostHeader: false, maxHeaderSize: MAX_HEAD }, (incoming, response) => {
    delete incoming.headers.connection;
    // Node's client announces a body for some methods that have none.
    if (body === null) delete incoming.headers['transfer-encoding'];
    listener(incoming, response);
  });
  server.emit('connection', connection);
}

function send(
  { method, url, headers, body }: RelayedRequest,
  client: Duplex,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        createConnection: () => client,
        method,
        path: url,
        headers: body === null ? headers : [...headers, 'Content-Length', String(body.length)],
        maxHeaderSize: MAX_HEAD,
        signal,
      },
      resolve,
    );
    outgoing.on('error', reject);
    outgoing.end(body ?? undefined);
  });
}

async function bodyOf(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLargeError('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
