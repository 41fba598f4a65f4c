import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet, { type HelmetOptions } from 'helmet';
import type { Context, Next } from 'koa';

/** Security headers. Helmet creates them once at the start; each response gets the same ones. */

type Headers = Readonly<Record<string, string>>;
type Policy = Readonly<Record<string, readonly string[]>>;

/** For everything but the page: nothing is loaded, nothing frames it. The demo's pages and error pages have a style sheet. */
const POLICY: Policy = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};
/** For the page: what it needs from this server, and nothing from other hosts. */
const PAGE_POLICY: Policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
  'require-trusted-types-for': ["'script'"],
};
/** No device, location or payment is used; the page copies addresses. */
const PERMISSIONS = [
  ...['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'publickey-credentials-get', 'usb'].map(
    (feature) => `${feature}=()`,
  ),
  'clipboard-write=(self)',
].join(', ');
/** For responses to calendar apps, which use no others. */
export const NO_PAGE_HEADERS: Headers = { 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff' };
const YEAR_SECONDS = 31_536_000;

/** The headers that helmet sets with these options. */
function headersOf(options: HelmetOptions): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  helmet(options)(new IncomingMessage(new Socket()), response, () => undefined);
  // Browsers print a policy with a space after each semicolon.
  const set = Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value).replace(/;\b/g, '; ')]);
  return { ...(Object.fromEntries(set) as Headers), 'permissions-policy': PERMISSIONS };
}

function tableFor(directives: Policy, publicUrl: string): Headers {
  return headersOf({
    contentSecurityPolicy: { useDefaults: false, directives },
    crossOriginEmbedderPolicy: true,
    frameguard: { action: 'deny' },
    // Subdomains may be other services.
    strictTransportSecurity: publicUrl.startsWith('https:')
      ? { maxAge: YEAR_SECONDS, includeSubDomains: false }
      : false,
  });
}

/** Sets the headers of every response except for calendars, which have few of their own. Strict-Transport-Security is sent where PUBLIC_URL is https. */
export function securityHeaders(publicUrl: string): (ctx: Context, next: Next) => Promise<unknown> {
  const table = tableFor(POLICY, publicUrl);
  return (ctx, next) => {
    ctx.set(table);
    return next();
  };
}

/** The Content-Security-Policy of the page and its files. */
export const pagePolicy: string = tableFor(PAGE_POLICY, '')['content-security-policy'] ?? '';
