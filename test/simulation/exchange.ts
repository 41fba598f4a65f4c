import { IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import { Socket } from 'node:net';
import type { RelayedRequest } from '../../src/server/relay/task.ts';

/** What was answered: header names are in lower case. */
export interface SimulatedAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  /** Last-Modified. */
  readonly modified: string | undefined;
  readonly text: string;
}

const HEAD_END = '\r\n\r\n';

/** What a listener answers, with Node's own request and answer, but without its parser, which takes more than the answer. */
export function exchange(listener: RequestListener, given: RelayedRequest): Promise<SimulatedAnswer> {
  const { method, url, headers, body, address } = given;
  const connection = new Connection(address);
  const incoming = new IncomingMessage(connection);
  Object.assign(incoming, {
    method,
    url,
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    complete: true,
  });
  incoming.rawHeaders = body === null ? [...headers] : [...headers, 'Content-Length', String(body.length)];
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2)
    incoming.headers[incoming.rawHeaders[at]!.toLowerCase()] = incoming.rawHeaders[at + 1];
  if (body) incoming.push(body);
  incoming.push(null);
  const response = new ServerResponse(incoming);
  // An answer whose length isn't known ends with its connection.
  response.useChunkedEncodingByDefault = false;
  response.assignSocket(connection);
  return new Promise((resolve) => {
    response.once('finish', () => {
      const text = connection.text();
      const end = text.indexOf(HEAD_END);
      // Not all headers are in `getHeader`: those of `writeHead` go straight to the connection.
      const head = text.slice(0, end);
      const etag = /^etag: (.*)$/im.exec(head)?.[1];
      const modified = /^last-modified: (.*)$/im.exec(head)?.[1];
      resolve({ status: response.statusCode, etag, modified, text: text.slice(end + HEAD_END.length) });
      response.emit('close');
    });
    listener(incoming, response);
  });
}

/** Keeps what is written to it. */
class Connection extends Socket {
  readonly #chunks: Buffer[] = [];

  constructor(address: string) {
    super();
    Object.defineProperty(this, 'remoteAddress', { value: address });
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }

  override _writev(chunks: readonly { readonly chunk: Buffer | string }[], done: () => void): void {
    this.#chunks.push(...chunks.map(({ chunk }) => Buffer.from(chunk)));
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}
