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
    // Composed, it gives handlers of both kinds that undici knows the methods of the newer one.
    connect: ({ connect }) => new SimulatedNetwork(process, hosts, connect?.lookup).compose((dispatch) => dispatch),
    resolve: (name, _options, callback) => {
      const host = hosts.get(name);
      if (host) callback(null, [{ address: host.address ?? PUBLIC_ADDRESS, family: 4 }]);
      else callback(errorWith('ENOTFOUND'), []);
    },
  };
}

/** Ends a request. Answers are so short that they need not wait for their reader. */
class Aborting implements Dispatcher.DispatchController {
  readonly #controller = new AbortController();
  readonly paused = false;
  readonly pause = (): void => undefined;
  readonly resume = (): void => undefined;
  readonly signal = this.#controller.signal;

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    return (this.signal.reason as Error | undefined) ?? null;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }
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
    void this.#exchange(options, handler);
    return true;
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  override destroy(): Promise<void> {
    return Promise.resolve();
  }

  async #exchange(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): Promise<void> {
    const controller = new Aborting();
    handler.onRequestStart?.(controller, null);
    try {
      const { status, headers, body, way } = await this.#ask(requestOf(options), controller);
      const bytes = Buffer.from(body);
      handler.onResponseStart?.(controller, status, inLowerCase(headers));
      handler.onResponseData?.(controller, way === 'cut' ? bytes.subarray(0, bytes.length / 2) : bytes);
      if (way === 'cut') throw errorWith('ECONNRESET');
      handler.onResponseEnd?.(controller, {});
    } catch (error) {
      handler.onResponseError?.(controller, error as Error);
    }
  }

  async #ask(request: NetworkRequest, { signal }: Aborting): Promise<NetworkAnswer> {
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
    headers: inLowerCase((headers ?? {}) as Record<string, string>),
    body: typeof body === 'string' ? body : '',
  };
}

function inLowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function errorWith(code: string): Error {
  return Object.assign(new Error(code), { code });
}
