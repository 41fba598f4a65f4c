import type Router from '@koa/router';
import { isGuard } from './middleware/auth.ts';

/** Who may use a route is decided where it is declared: by its guard, or here. */

/** Routes for anyone: they show nothing of Plane, or check a signature, a token or a demo themselves. */
const PUBLIC: ReadonlySet<string> = new Set([
  'health',
  'webhook',
  'page',
  'asset',
  'description',
  'session',
  'log-in',
  'log-out',
  // Their token is what opens them.
  'subscribe page',
  'subscribe state',
  'demo item',
  'demo project',
  'demo change',
]);

/** Throws unless every route begins with a guard or is named above, so that a forgotten guard ends every start instead of opening a door. */
export function checkRights(router: Router): void {
  for (const { name, path, stack } of router.stack) {
    const [first] = stack;
    const isDeclared = (first !== undefined && isGuard(first)) || PUBLIC.has(name ?? '');
    if (!isDeclared) throw new Error(`nothing says who may use the route "${name ?? ''}" (${String(path)})`);
  }
}
