import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { Access } from '../../domain/feed.ts';
import type { Clock, Setting } from '../../domain/ports.ts';
import type { Grant, Grants } from '../../members/grants.ts';
import { cookieAttributes, refuseElsewhere } from './session.ts';

/**
 * Sessions of members. The cookie has their id, when it was issued, and a signature made with SECRET_KEY, so the server stores nothing. It
 * opens nothing by itself: what its holder may see is looked up in their grant with every request, so it ends with that grant.
 */

const NAME = 'plane_ics_member';
const LASTS_MS = 12 * 3_600_000;
const COOKIE = /^(([0-9a-f-]{36})\.(\d{1,15}))\.([\w-]{43})$/;

/** Sessions of members' browsers. */
export interface MemberSessions {
  begin(ctx: Context, grant: Grant): void;
  end(ctx: Context): void;
  /**
   * What the holder of a request's cookie may see; null for one without a valid cookie. Throws FORBIDDEN for a request that would change
   * something and comes from another site's page.
   */
  accessOf(ctx: Context): Access | null;
}

export interface MemberSessionsOptions {
  /** Whether members may sign in at all: where they may not, no cookie is valid. */
  readonly isOn: Setting<boolean>;
  readonly secretKey: string;
  readonly grants: Pick<Grants, 'find' | 'accessOf'>;
  readonly publicUrl: string;
  readonly now: Clock;
}

export function createMemberSessions(options: MemberSessionsOptions): MemberSessions {
  const { isOn, secretKey, grants, publicUrl, now } = options;
  const { origin } = new URL(publicUrl);
  const attributes = cookieAttributes(publicUrl);
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'plane-ics session of a member', 32));

  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest();

  function send(ctx: Context, value: string, seconds: number): void {
    ctx.append('Set-Cookie', [`${NAME}=${value}`, `Max-Age=${seconds}`, ...attributes].join('; '));
  }

  /** The member of a genuine cookie that is not too old; null for any other. */
  function memberIn(cookie: string): { readonly memberId: string; readonly issuedAt: number } | null {
    const [, text = '', memberId = '', issued, signature = ''] = COOKIE.exec(cookie) ?? [];
    if (issued === undefined || !timingSafeEqual(sign(text), Buffer.from(signature, 'base64url'))) return null;
    const issuedAt = Number(issued);
    return now() < issuedAt + LASTS_MS ? { memberId, issuedAt } : null;
  }

  return {
    begin: (ctx, { memberId, at }) => {
      const text = `${memberId}.${Math.max(now(), at)}`;
      send(ctx, `${text}.${sign(text).toString('base64url')}`, LASTS_MS / 1000);
    },
    end: (ctx) => {
      if (ctx.cookies.get(NAME) !== undefined) send(ctx, '', 0);
    },
    accessOf: (ctx) => {
      const session = isOn() ? memberIn(ctx.cookies.get(NAME) ?? '') : null;
      if (session === null) return null;
      const { revokedAt = null } = grants.find(session.memberId) ?? {};
      // Someone who signed in again after a revocation has access, but cookies from before it stay invalid.
      if (revokedAt !== null && session.issuedAt <= revokedAt) return null;
      const access = grants.accessOf(session.memberId);
      if (access !== null) refuseElsewhere(ctx, origin);
      return access;
    },
  };
}
