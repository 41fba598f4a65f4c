import type { LookupFunction } from 'node:net';
import { Dispatcher } from 'undici';
import type { Connect } from '../../../src/lib/proxy.ts';
import type { Resolve } from '../../../src/sources/calendars/fetch/dispatcher.ts';
import type { Process } from '../scheduler.ts';

/** The way from a server to others on the network: without sockets, and in the order of the scheduler. */

/** A request as its server gets it. Header names are in lower case. */
export interface NetworkRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What it answers. */
export interface NetworkAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** `lost`: it never arrives. `cut`: half of its body does. */
  readonly way?: 'lost' | 'cut';
}

/** Somebody on the network. */
export interface NetworkHost {
  /** null: the request never arrives. */
  answer(request: NetworkRequest): NetworkAnswer | null;
  /** The longest time of a request, in milliseconds: half of it there, half of it back. */
  readonly mostMs: number;
  /** What its name leads to when it is looked up; by default a public address. */
  readonly address?: string;
}

/** The network as a process sees it. */
export interface Network {
  readonly connect: Connect;
  readonly resolve: Resolve;
}

const PUBLIC_ADDRESS = '93.184.215.14';

/** The connections of a process to those hosts, by name; others can't be reached. */
export function createNetwork(process: Process, hosts: ReadonlyMap<string, NetworkHost>): Network {
  return {
    connect: ({ connect }) => new SimulatedNetwork(process, hosts, connect?.lookup),
    resolve: (name, _options, callback) => {
      const host = hosts.get(name);
      if (host) callback(null, [{ address: host.address ?? PUBLIC_ADDRESS, family: 4 }]);
      else callback(errorWith('ENOTFOUND'), []);
    },
  };
}

/** What `request` of undici gives its dispatcher. Its type has these methods as deprecated, but it has no others. */
interface Receiver {
  onConnect(abort: (error?: Error) => void): void;
  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean;
  onData(chunk: Buffer): boolean;
  onComplete(trailers: string[]): void;
  onError(error: Error): void;
}

class SimulatedNetwork extends Dispatcher {
  readonly #process: Process;
  readonly #hosts: ReadonlyMap<string, NetworkHost>;
  readonly #lookup: LookupFunction | undefined;

  constructor(process: Process, hosts: ReadonlyMap<string, NetworkHost>, lookup: LookupFunction | undefined) {
    super();
    this.#process = process;
    this.#hosts = hosts;
    this.#lookup = lookup;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    void this.#exchange(options, handler as Receiver);
    return true;
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  override destroy(): Promise<void> {
    return Promise.resolve();
  }

  async #exchange(options: Dispatcher.DispatchOptions, receiver: Receiver): Promise<void> {
    const aborted = new AbortController();
    receiver.onConnect((error) => {
      aborted.abort(error);
    });
    try {
      const { status, headers, body, way } = await this.#ask(requestOf(options), aborted.signal);
      const bytes = Buffer.from(body);
      const raw = Object.entries(headers).flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)]);
      receiver.onHeaders(status, raw, () => undefined, '');
      receiver.onData(way === 'cut' ? bytes.subarray(0, bytes.length / 2) : bytes);
      if (way === 'cut') throw errorWith('ECONNRESET');
      receiver.onComplete([]);
    } catch (error) {
      receiver.onError(error as Error);
    }
  }

  async #ask(request: NetworkRequest, signal: AbortSignal): Promise<NetworkAnswer> {
    const host = this.#hosts.get(request.url.host);
    if (!host) throw errorWith('ENOTFOUND');
    // As where a connection is made: fails where no address is permitted.
    this.#lookup?.(request.url.hostname, { all: true }, (error) => {
      if (error) throw error;
    });
    await this.#process.step('request', host.mostMs / 2);
    signal.throwIfAborted();
    const answer = host.answer(request);
    await this.#process.step('answer', host.mostMs / 2);
    signal.throwIfAborted();
    if (answer === null || answer.way === 'lost') throw errorWith('ECONNRESET');
    return answer;
  }
}

function requestOf({ origin, path, method, headers, body }: Dispatcher.DispatchOptions): NetworkRequest {
  return {
    method,
    url: new URL(path, String(origin)),
    headers: Object.fromEntries(
      Object.entries((headers ?? {}) as Record<string, string>).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: typeof body === 'string' ? body : '',
  };
}

function errorWith(code: string): Error {
  return Object.assign(new Error(code), { code });
}
