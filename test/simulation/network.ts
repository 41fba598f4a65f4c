import { Dispatcher } from 'undici';
import type { Process } from './scheduler.ts';

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
  readonly body: string;
  /** `lost`: it never arrives. `cut`: half of its body does. */
  readonly way?: 'lost' | 'cut';
}

/** Somebody on the network. */
export interface NetworkHost {
  /** null: the request never arrives. */
  answer(request: NetworkRequest): NetworkAnswer | null;
  /** The longest time of a request, in milliseconds: half of it there, half of it back. */
  readonly mostMs: number;
}

/** The connections of a process to those hosts, by name; others can't be reached. */
export function createNetwork(process: Process, hosts: ReadonlyMap<string, NetworkHost>): Dispatcher {
  return new SimulatedNetwork(process, hosts);
}

class SimulatedNetwork extends Dispatcher {
  readonly #process: Process;
  readonly #hosts: ReadonlyMap<string, NetworkHost>;

  constructor(process: Process, hosts: ReadonlyMap<string, NetworkHost>) {
    super();
    this.#process = process;
    this.#hosts = hosts;
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
    let ended: Error | null = null;
    handler.onConnect?.((error) => (ended ??= error ?? new Error('aborted')));
    const fail = (error: Error): void => handler.onError?.(ended ?? error);
    const request = requestOf(options);
    const host = this.#hosts.get(request.url.host);
    if (!host) {
      fail(errorWith('ENOTFOUND'));
      return;
    }
    await this.#process.step('request', host.mostMs / 2);
    if (ended) {
      fail(ended);
      return;
    }
    const answer = host.answer(request);
    await this.#process.step('answer', host.mostMs / 2);
    if (ended || answer === null || answer.way === 'lost') {
      fail(errorWith('ECONNRESET'));
      return;
    }
    const { status, headers, body, way } = answer;
    const bytes = Buffer.from(body);
    const raw = Object.entries(headers).flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)]);
    handler.onHeaders?.(status, raw, () => undefined, '');
    handler.onData?.(way === 'cut' ? bytes.subarray(0, bytes.length / 2) : bytes);
    if (way === 'cut') fail(errorWith('ECONNRESET'));
    else handler.onComplete?.([]);
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
