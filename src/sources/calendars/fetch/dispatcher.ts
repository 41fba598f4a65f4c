import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Dispatcher } from 'undici';
import type { Connect, DispatcherOptions } from '../../../lib/proxy.ts';
import { bareHost, refusal, type Reach } from './reach.ts';

/** Connections that check where they lead. */

/** Finds the addresses of a host; replaced in tests. */
export type Resolve = (
  host: string,
  options: { readonly all: true; readonly family?: number; readonly hints?: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface GuardOptions {
  readonly reach: Reach;
  /** Through a proxy the address that a name leads to is not known here, and so not checked. */
  readonly connect: Connect;
  readonly resolve?: Resolve | undefined;
}

/**
 * A dispatcher that connects only to permitted addresses, whatever redirects and DNS say: the address that is checked is the one that is
 * connected to. Requests to others reject with `source_refused`.
 */
export function createGuardedDispatcher(
  { reach, connect, resolve = systemLookup }: GuardOptions,
  options: DispatcherOptions,
): Dispatcher {
  const lookup = checkedLookup(reach, resolve);
  const inner = connect({ ...options, connect: { ...options.connect, lookup } });
  return new GuardedDispatcher(inner, reach);
}

/** Checks addresses that are written as such: Node looks up names only. */
class GuardedDispatcher extends Dispatcher {
  readonly #inner: Dispatcher;
  readonly #reach: Reach;

  constructor(inner: Dispatcher, reach: Reach) {
    super();
    this.#inner = inner;
    this.#reach = reach;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const host = bareHost(new URL(String(options.origin)).hostname);
    if (isIP(host) !== 0 && !this.#reach.permits(host, host)) throw refusal(host);
    return this.#inner.dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await this.#inner.close();
  }

  override async destroy(): Promise<void> {
    await this.#inner.destroy();
  }
}

/** Resolves a name, and leaves out what may not be connected to. Fails with `source_refused` when nothing is left. */
function checkedLookup(reach: Reach, resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    const { family, hints, all } = options;
    const versions = {
      all: true,
      ...(typeof family === 'number' && { family }),
      ...(hints !== undefined && { hints }),
    };
    resolve(host, versions as Parameters<Resolve>[1], (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      const permitted = found.filter(({ address }) => reach.permits(host, address));
      const [first] = permitted;
      if (first === undefined) callback(refusal(host), []);
      else if (all === true) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };
}
