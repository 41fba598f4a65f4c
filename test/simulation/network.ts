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

/** The connections of a process to those hosts, by name and port; others can't be reached. */
export function createNetwork(process: Process, hosts: ReadonlyMap<string, NetworkHost>): Dispatcher {
  return new Unconnected().compose(() => (options, handler) => {
    void exchange(requestOf(options), handler, { process, hosts });
    return true;
  });
}

/** Connects to nothing: everything is answered before it gets there. */
class Unconnected extends Dispatcher {
  override close(): Promise<void> {
    return Promise.resolve();
  }

  override destroy(): Promise<void> {
    return Promise.resolve();
  }
}

interface Network {
  readonly process: Process;
  readonly hosts: ReadonlyMap<string, NetworkHost>;
}

async function exchange(
  request: NetworkRequest,
  handler: Dispatcher.DispatchHandler,
  { process, hosts }: Network,
): Promise<void> {
  const controller = createController();
  handler.onRequestStart?.(controller, null);
  const fail = (code: string): void => handler.onResponseError?.(controller, controller.reason ?? errorWith(code));
  const host = hosts.get(request.url.host);
  if (!host) {
    fail('ENOTFOUND');
    return;
  }
  await process.step('request', host.mostMs / 2);
  const answer = controller.aborted ? null : host.answer(request);
  if (!controller.aborted) await process.step('answer', host.mostMs / 2);
  if (controller.aborted || answer === null || answer.way === 'lost') {
    fail('ECONNRESET');
    return;
  }
  const bytes = Buffer.from(answer.body);
  const isCut = answer.way === 'cut';
  handler.onResponseStart?.(controller, answer.status, answer.headers, '');
  handler.onResponseData?.(controller, isCut ? bytes.subarray(0, bytes.length / 2) : bytes);
  if (isCut) fail('ECONNRESET');
  else handler.onResponseEnd?.(controller, {});
}

function createController(): Dispatcher.DispatchController {
  let reason: Error | null = null;
  return {
    get aborted() {
      return reason !== null;
    },
    get reason() {
      return reason;
    },
    paused: false,
    pause: () => undefined,
    resume: () => undefined,
    abort: (error) => {
      reason ??= error;
    },
  };
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
