import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { createDispatcher, type ProxySettings } from '../../../lib/proxy.ts';

/** How requests to Plane go out: `ca` is PEM of further certificate authorities. */
export function createPlaneDispatcher(ca: string | null, proxy: ProxySettings): Dispatcher {
  // Node takes `ca` in place of the public authorities.
  return createDispatcher(proxy, ca === null ? {} : { connect: { ca: [...rootCertificates, ca] } });
}
