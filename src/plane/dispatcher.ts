import { rootCertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';

/** How requests go out: `ca` is PEM of further certificate authorities, `proxy` as HTTPS_PROXY and NO_PROXY have it. */
export function createDispatcher(
  ca: string | null,
  proxy: { readonly https: string | null; readonly none: string | null },
): Dispatcher {
  // Node takes `ca` in place of the public authorities.
  const connect = ca === null ? {} : { ca: [...rootCertificates, ca] };
  if (proxy.https === null) return new Agent({ connect });
  return new EnvHttpProxyAgent({
    // Without a word here it would read HTTP_PROXY itself, and send the demo's own Plane through it.
    httpProxy: '',
    httpsProxy: proxy.https,
    noProxy: proxy.none ?? '',
    requestTls: connect,
  });
}
