import type Router from '@koa/router';
import type { Context } from 'koa';
import { AppError } from '../../../domain/errors.ts';
import type { ManagedSource } from '../../../sources/calendars/managed-source.ts';
import type { CalendarRegistry } from '../../../sources/calendars/registry.ts';
import { sourceLogin } from '../../../sources/calendars/source.ts';
import type { Guard } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import { createHoursJson, toHours, type HoursTools } from './hours.ts';
import { sourceJson, sourceStateJson, trialJson } from './json.ts';
import type { SourceJson } from './responses.ts';
import { newSource, sourceChange, sourceTest, toNewSource, toSourcePatch } from './request.ts';

/** A login with certificates. */
const MAX_BYTES = 300_000;

export interface SourceRoutesOptions extends HoursTools {
  readonly calendars: CalendarRegistry;
  readonly guard: Guard;
  readonly publicUrl: string;
}

const idOf = (ctx: Context & { params: { id?: string } }): string => ctx.params.id ?? '';

/** `/api/v1/sources`: calendars that are not Plane's. */
export function sourceRoutes(router: Router, options: SourceRoutesOptions): void {
  const { calendars, guard, publicUrl } = options;
  const admin = guard('admin');
  const foreign = <T extends { readonly url?: string | undefined }>(request: T): T => {
    if (request.url !== undefined && isOwnFeed(request.url, publicUrl))
      throw new AppError(
        'invalid',
        '"url" is a calendar of this server, which would contain itself. Name its projects and calendars in the link instead.',
      );
    return request;
  };
  async function allJson(sources: readonly ManagedSource[]): Promise<SourceJson[]> {
    const hours = await createHoursJson(
      sources.map(({ config }) => config.timesheet),
      options.source,
    );
    return sources.map((source) => sourceJson(source, hours));
  }
  const oneJson = async (source: ManagedSource): Promise<SourceJson | undefined> => (await allJson([source]))[0];

  router.get('sources', '/api/v1/sources', admin, async (ctx) => {
    ctx.body = { sources: await allJson(calendars.known()) };
  });
  router.post('new source', '/api/v1/sources', admin, async (ctx) => {
    const request = foreign(await readJson(ctx, newSource, MAX_BYTES));
    const timesheet = await toHours(request.timesheet, null, options);
    ctx.body = await oneJson(await calendars.add({ ...toNewSource(request), timesheet }));
    ctx.status = 201;
  });
  router.post('test of a source', '/api/v1/sources/test', admin, async (ctx) => {
    const request = foreign(await readJson(ctx, sourceTest, MAX_BYTES));
    await toHours(request.timesheet, null, options);
    ctx.body = trialJson(await calendars.test(toNewSource(request)));
  });
  router.get('source', '/api/v1/sources/:id', admin, async (ctx) => {
    ctx.body = await oneJson(calendars.get(idOf(ctx)));
  });
  router.get('state of a source', '/api/v1/sources/:id/state', admin, (ctx) => {
    ctx.body = sourceStateJson(calendars.get(idOf(ctx)));
  });
  router.patch('edited source', '/api/v1/sources/:id', admin, async (ctx) => {
    const change = foreign(await readJson(ctx, sourceChange, MAX_BYTES));
    const { config } = calendars.get(idOf(ctx));
    const patch = toSourcePatch(change, config.secrets && sourceLogin(config));
    const timesheet = await toHours(change.timesheet, config.timesheet, options);
    ctx.body = await oneJson(await calendars.edit(config.id, { ...patch, timesheet }));
  });
  router.delete('removed source', '/api/v1/sources/:id', admin, async (ctx) => {
    await calendars.remove(idOf(ctx));
    ctx.status = 204;
  });
  router.post('read of a source', '/api/v1/sources/:id/sync', admin, async (ctx) => {
    const source = calendars.get(idOf(ctx));
    await source.refresh(true);
    ctx.body = await oneJson(source);
  });
  router.post('apply removal of a source', '/api/v1/sources/:id/apply', admin, async (ctx) => {
    ctx.body = await oneJson(await calendars.applyRemoval(idOf(ctx)));
  });
}

/** Whether an address is that of a calendar of ours; a feed that is its own source would grow at each read. */
function isOwnFeed(address: string, publicUrl: string): boolean {
  const text = address.trim().replace(/^webcals?:/i, 'https:');
  if (!URL.canParse(text)) return false;
  const [given, own] = [new URL(text), new URL(publicUrl)];
  return given.host === own.host && given.pathname.startsWith(`${own.pathname.replace(/\/$/, '')}/ics/`);
}
