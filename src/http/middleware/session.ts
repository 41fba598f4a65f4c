import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { Clock } from '../../domain/ports.ts';
import { ApiError } from './api-errors.ts';

/**
 * The page's sessions. The cookie has its expiry and a signature made with the admin token, so the server stores nothing, and a new admin token
 * ends every session.
 */

const NAME = 'plane_ics_session';
const LASTS_MS = 7 * 86_400_000;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Sessions of browsers. */
export interface Sessions {
  begin(ctx: Context): void;
  end(ctx: Context): void;
  /**
   * Whether a request has a valid cookie. Throws FORBIDDEN for one that would change something and comes from another site's
   * page.
   */
  isOpen(ctx: Context): boolean;
}

export interface SessionsOptions {
  readonly adminToken: () => string;
  /** Address of the page: the cookie is limited to it, and to https where it has that. */
  readonly publicUrl: string;
  readonly now: Clock;
}

export function createSessions({ adminToken, publicUrl, now }: SessionsOptions): Sessions {
  const { origin } = new URL(publicUrl);
  const attributes = cookieAttributes(publicUrl);

  const sign = (text: string): Buffer => createHmac('sha256', `session ${adminToken()}`).update(text).digest();

  function send(ctx: Context, value: string, seconds: number): void {
    ctx.append('Set-Cookie', [`${NAME}=${value}`, `Max-Age=${seconds}`, ...attributes].join('; '));
  }

  return {
    begin: (ctx) => {
      const text = `${now() + LASTS_MS}.${randomBytes(9).toString('base64url')}`;
      send(ctx, `${text}.${sign(text).toString('base64url')}`, LASTS_MS / 1000);
    },
    end: (ctx) => {
      send(ctx, '', 0);
    },
    isOpen: (ctx) => {
      const parts = /^((\d{1,15})\.[\w-]{12})\.([\w-]{43})$/.exec(ctx.cookies.get(NAME) ?? '');
      if (!parts) return false;
      const [, text = '', endsAt, signature = ''] = parts;
      const isOurs = timingSafeEqual(sign(text), Buffer.from(signature, 'base64url'));
      if (!isOurs || now() >= Number(endsAt)) return false;
      refuseElsewhere(ctx, origin);
      return true;
    },
  };
}

/**
 * Throws FORBIDDEN for a request that would change something and comes from another site's page. Browsers send the origin of a request; a
 * client that sends none is not a browser.
 */
export function refuseElsewhere(ctx: Context, origin: string): void {
  if (SAFE_METHODS.has(ctx.method)) return;
  const site = ctx.get('Sec-Fetch-Site');
  const from = ctx.get('Origin');
  const isOurs = site === '' ? from === origin || from === `${ctx.protocol}://${ctx.host}` : site === 'same-origin';
  if (!isOurs) throw new ApiError('FORBIDDEN', 'This request comes from the page of another site.');
}

/** What follows the value of a session's cookie: it is limited to the page's address, and to https where that has it. */
export function cookieAttributes(publicUrl: string): readonly string[] {
  const { protocol, pathname } = new URL(publicUrl);
  return ['HttpOnly', 'SameSite=Strict', `Path=${pathname}`, ...(protocol === 'https:' ? ['Secure'] : [])];
}
