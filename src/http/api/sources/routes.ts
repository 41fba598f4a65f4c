import type Router from '@koa/router';
import type { Context } from 'koa';
import { AppError } from '../../../domain/errors.ts';
import type { CalendarRegistry } from '../../../sources/calendars/registry.ts';
import { sourceLogin } from '../../../sources/calendars/source.ts';
import type { Guard } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import { sourceJson, sourceStateJson, trialJson } from './json.ts';
import { newSource, sourceChange, sourceTest, toNewSource, toSourcePatch } from './request.ts';

/** A login with certificates. */
const MAX_BYTES = 300_000;

export interface SourceRoutesOptions {
  readonly calendars: CalendarRegistry;
  readonly guard: Guard;
  readonly publicUrl: string;
}

const idOf = (ctx: Context & { params: { id?: string } }): string => ctx.params.id ?? '';

/** `/api/v1/sources`: calendars that are not Plane's. */
export function sourceRoutes(router: Router, { calendars, guard, publicUrl }: SourceRoutesOptions): void {
  const admin = guard('admin');
  const foreign = <T extends { readonly url?: string | undefined }>(request: T): T => {
    if (request.url !== undefined && isOwnFeed(request.url, publicUrl))
      throw new AppError(
        'invalid',
        '"url" is a calendar of this server, which would contain itself. Name its projects and calendars in the link instead.',
      );
    return request;
  };
  router.get('sources', '/api/v1/sources', admin, (ctx) => {
    ctx.body = { sources: calendars.known().map(sourceJson) };
  });
  router.post('new source', '/api/v1/sources', admin, async (ctx) => {
    const request = toNewSource(foreign(await readJson(ctx, newSource, MAX_BYTES)));
    ctx.body = sourceJson(await calendars.add(request));
    ctx.status = 201;
  });
  router.post('test of a source', '/api/v1/sources/test', admin, async (ctx) => {
    ctx.body = trialJson(await calendars.test(toNewSource(foreign(await readJson(ctx, sourceTest, MAX_BYTES)))));
  });
  router.get('source', '/api/v1/sources/:id', admin, (ctx) => {
    ctx.body = sourceJson(calendars.get(idOf(ctx)));
  });
  router.get('state of a source', '/api/v1/sources/:id/state', admin, (ctx) => {
    ctx.body = sourceStateJson(calendars.get(idOf(ctx)));
  });
  router.patch('edited source', '/api/v1/sources/:id', admin, async (ctx) => {
    const change = foreign(await readJson(ctx, sourceChange, MAX_BYTES));
    const { config } = calendars.get(idOf(ctx));
    const patch = toSourcePatch(change, config.secrets && sourceLogin(config));
    ctx.body = sourceJson(await calendars.edit(config.id, patch));
  });
  router.delete('removed source', '/api/v1/sources/:id', admin, async (ctx) => {
    await calendars.remove(idOf(ctx));
    ctx.status = 204;
  });
  router.post('read of a source', '/api/v1/sources/:id/sync', admin, async (ctx) => {
    const source = calendars.get(idOf(ctx));
    await source.refresh(true);
    ctx.body = sourceJson(source);
  });
  router.post('apply removal of a source', '/api/v1/sources/:id/apply', admin, async (ctx) => {
    ctx.body = sourceJson(await calendars.applyRemoval(idOf(ctx)));
  });
}

/** Whether an address is that of a calendar of ours; a feed that is its own source would grow at each read. */
function isOwnFeed(address: string, publicUrl: string): boolean {
  const text = address.trim().replace(/^webcals?:/i, 'https:');
  if (!URL.canParse(text)) return false;
  const [given, own] = [new URL(text), new URL(publicUrl)];
  return given.host === own.host && given.pathname.startsWith(`${own.pathname.replace(/\/$/, '')}/ics/`);
}
