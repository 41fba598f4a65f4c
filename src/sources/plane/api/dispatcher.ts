import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { createDispatcher, type ProxySettings } from '../../../lib/proxy.ts';

/** The connections to Plane. `ca` is the PEM of further certificate authorities; null for none. */
export function createPlaneDispatcher(ca: string | null, proxy: ProxySettings): Dispatcher {
  // Node uses `ca` instead of the public authorities.
  return createDispatcher(proxy, ca === null ? {} : { connect: { ca: [...rootCertificates, ca] } });
}
