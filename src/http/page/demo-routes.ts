import type Router from '@koa/router';
import { AppError } from '../../domain/errors.ts';
import { demoItemPage } from './demo-page.ts';

/** The demo's Plane, as the page uses it. */
export interface DemoPlane {
  /** The content of an item's page; undefined when there is no such item. */
  item(key: string): { title: string; facts: readonly (readonly [string, string])[]; text: string } | undefined;
  /** Changes an item in Plane, as a user would. */
  change(): { readonly key: string; readonly title: string } | undefined;
}

/** The demo's pages: an item, and the button that changes one. */
export function demoRoutes(router: Router, demo: DemoPlane, publicUrl: string): void {
  router.get('demo item', '/demo/browse/:key{/}', (ctx) => {
    const key = ctx.params.key ?? '';
    const item = demo.item(key);
    if (!item) throw new AppError('not_found', 'The demo has no such work item.');
    ctx.type = 'html';
    ctx.body = demoItemPage({ publicUrl, key, ...item });
  });
  router.get('demo project', '/demo/projects/:id{/*rest}', (ctx) => {
    ctx.redirect(`${publicUrl}/`);
  });
  router.post('demo change', '/demo/change', (ctx) => {
    const changed = demo.change();
    if (ctx.accepts('html', 'json') === 'json') {
      ctx.body = changed ?? {};
      return;
    }
    ctx.redirect(`${publicUrl}/`);
    ctx.status = 303;
  });
}
