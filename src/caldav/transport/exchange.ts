import type { Dispatcher } from 'undici';
import { brokenOff, tooLarge, unreachable } from './answer-errors.ts';

/** One request on its way, and its answer as bytes. */

/** The part of an answer that says how to read its bytes. Header names are in lower case. */
export interface Head {
  readonly url: URL;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** An answer with any status. */
export interface Received {
  readonly head: Head;
  readonly bytes: Buffer;
}

export interface ExchangeOptions {
  readonly url: URL;
  readonly request: Dispatcher.DispatchOptions;
  readonly dispatcher: Dispatcher;
  /** Ends the request, however far it is. */
  readonly totalMs: number;
  /** The limit for the bytes of the answer. */
  readonly maxBytes: number;
}

/** So much of an answer that nobody needs is read, so that its connection can be reused. */
const DISCARDED_BYTES = 16_384;
const NOTHING = Buffer.alloc(0);

/**
 * Sends the request, and reads its answer to the end. What follows after the head of a successful write is ignored.
 *
 * Throws caldav_unavailable without a complete answer, and caldav_invalid_response for an untrusted certificate or too large an answer.
 */
export function exchange(options: ExchangeOptions): Promise<Received> {
  return new Promise((resolve, reject) => {
    options.dispatcher.dispatch(options.request, new AnswerHandler(options, resolve, reject));
  });
}

/** Collects an answer. undici's `request` has a stream in its place, which takes longer than all else that a small request needs. */
class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #resolve: (received: Received) => void;
  readonly #reject: (error: unknown) => void;
  readonly #deadline: NodeJS.Timeout;
  /** null until the request has a connection. */
  #controller: Dispatcher.DispatchController | null = null;
  #failure: Error | null = null;
  #head: Head | null = null;
  #isIgnored = false;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(options: ExchangeOptions, resolve: (received: Received) => void, reject: (error: unknown) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    // It keeps no process running.
    this.#deadline = setTimeout(endLate, options.totalMs, this).unref();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure) controller.abort(this.#failure);
  }

  onResponseStart(_: unknown, status: number, headers: Dispatcher.ResponseData['headers']): void {
    const { url, request } = this.#options;
    const joined = Object.entries(headers).map(([name, value]) => [name, listed(value)] as const);
    this.#head = { url, status, headers: new Map(joined) };
    this.#isIgnored = isDone(request.method, status);
    if (this.#isIgnored) this.#resolve({ head: this.#head, bytes: NOTHING });
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    const { url, maxBytes } = this.#options;
    this.#length += chunk.length;
    if (!this.#isIgnored) this.#chunks.push(chunk);
    if (this.#length > (this.#isIgnored ? DISCARDED_BYTES : maxBytes)) this.end(tooLarge(url, maxBytes));
  }

  onResponseEnd(): void {
    clearTimeout(this.#deadline);
    if (this.#head && !this.#isIgnored) this.#resolve({ head: this.#head, bytes: Buffer.concat(this.#chunks) });
  }

  onResponseError(_: unknown, error: Error): void {
    clearTimeout(this.#deadline);
    const { url } = this.#options;
    this.#reject(this.#head ? brokenOff(url, error) : unreachable(url, error));
  }

  end(reason: Error): void {
    this.#failure = reason;
    this.#controller?.abort(reason);
  }
}

function endLate(handler: AnswerHandler): void {
  handler.end(new Error('The operation was aborted due to timeout'));
}

/** Whether the head of the answer says everything: the object was created, overwritten or removed. */
function isDone(method: string, status: number): boolean {
  return (method === 'PUT' || method === 'DELETE') && (status === 201 || status === 204);
}

/** Several headers with one name are one list (RFC 9110 section 5.3). */
function listed(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}
