import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { Connect } from '../../../lib/proxy.ts';

/** The connections to Plane. `ca` is the PEM of further certificate authorities; null for none. */
export function createPlaneDispatcher(ca: string | null, connect: Connect): Dispatcher {
  // Node uses `ca` instead of the public authorities.
  return connect(ca === null ? {} : { connect: { ca: [...rootCertificates, ca] } });
}
