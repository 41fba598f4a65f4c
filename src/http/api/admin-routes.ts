import type Router from '@koa/router';
import { AppError } from '../../domain/errors.ts';
import type { Guard } from '../middleware/auth.ts';

/** The admin token. */
export interface AdminToken {
  value(): string;
  /** Replaces it, and returns the new one; null while a setting defines it. */
  readonly renew: (() => Promise<string>) | null;
}

export interface AdminRoutesOptions {
  readonly adminToken: AdminToken;
  readonly guard: Guard;
}

/** `POST /api/v1/admin-token`: replaces the token; the old one is refused from then on. */
export function adminRoutes(router: Router, { adminToken, guard }: AdminRoutesOptions): void {
  router.post('new admin token', '/api/v1/admin-token', guard('admin'), async (ctx) => {
    if (!adminToken.renew)
      throw new AppError(
        'invalid',
        'The setting ADMIN_TOKEN defines the admin token: change it there, and restart or send SIGHUP.',
      );
    ctx.body = { token: await adminToken.renew() };
  });
}
