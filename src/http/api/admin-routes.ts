import type Router from '@koa/router';
import { AppError } from '../../domain/errors.ts';
import type { Guard } from '../middleware/auth.ts';

/** The admin token as it is now. */
export interface AdminToken {
  value(): string;
  /** Puts a new one in its place, and returns it; null where a setting holds it. */
  readonly renew: (() => Promise<string>) | null;
}

export interface AdminRoutesOptions {
  readonly adminToken: AdminToken;
  readonly guard: Guard;
}

/** `POST /api/v1/admin-token`: a new token, from whose answer on the old one is refused. */
export function adminRoutes(router: Router, { adminToken, guard }: AdminRoutesOptions): void {
  router.post('new admin token', '/api/v1/admin-token', guard('admin'), async (ctx) => {
    if (!adminToken.renew)
      throw new AppError(
        'invalid',
        'The admin token comes from the setting ADMIN_TOKEN: change it there, and restart or send SIGHUP.',
      );
    ctx.body = { token: await adminToken.renew() };
  });
}
