import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Source } from '../../../domain/ports.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Trouble } from '../../../mirrors/sync/apply.ts';
import { decodeBackup } from '../../../mirrors/backup/backup.ts';
import { loginOf as heldLogin } from '../../../mirrors/mirror.ts';
import type { MirrorRunner } from '../../../mirrors/runner.ts';
import type { MirrorRegistry } from '../../../mirrors/registry.ts';
import type { ConnectionTest } from '../../../caldav/discovery.ts';
import { ApiError } from '../../middleware/api-errors.ts';
import type { Guard } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import { inWords, mirrorJson, planJson, runJson } from './json.ts';
import {
  loginOf,
  mirrorChange,
  newMirror,
  restoreRequest,
  runRequest,
  serverTest,
  toMirrorWish,
  toNewMirror,
} from './request.ts';

/** A calendar of many years. */
const MAX_BACKUP_BYTES = 50_000_000;
const MAX_RUNS = 200;

export interface MirrorRoutesOptions {
  readonly mirrors: MirrorRegistry;
  readonly source: Source;
  readonly guard: Guard;
}

/** `/api/v1/mirrors` and `/api/v1/runs`. */
export function mirrorRoutes(router: Router, { mirrors, source, guard }: MirrorRoutesOptions): void {
  const admin = guard('admin');
  const lifeOf = (ctx: Context & { params: { id?: string } }): Promise<MirrorRunner> =>
    mirrors.get(ctx.params.id ?? '');

  router.get('mirrors', '/api/v1/mirrors', admin, async (ctx) => {
    const all = await mirrors.all();
    ctx.body = { mirrors: await Promise.all(all.map((life) => mirrorJson(life, source))) };
  });
  router.post('new mirror', '/api/v1/mirrors', admin, async (ctx) => {
    const wish = toNewMirror(await readJson(ctx, newMirror, 300_000));
    const life = await mirrors.add(wish);
    ctx.status = 201;
    ctx.body = await mirrorJson(life, source);
  });
  router.post('test of a login', '/api/v1/mirrors/test', admin, async (ctx) => {
    const wish = await readJson(ctx, serverTest, 300_000);
    ctx.body = testJson(await mirrors.test(loginOf(wish.server)));
  });
  router.get('mirror', '/api/v1/mirrors/:id', admin, async (ctx) => {
    ctx.body = await mirrorJson(await lifeOf(ctx), source);
  });
  router.patch('edited mirror', '/api/v1/mirrors/:id', admin, async (ctx) => {
    const wish = await readJson(ctx, mirrorChange, 300_000);
    const { spec } = await lifeOf(ctx);
    const { server, secrets } = spec;
    const life = await mirrors.edit(spec.id, toMirrorWish(wish, { server, secrets: secrets ?? {} }));
    ctx.body = await mirrorJson(life, source);
  });
  router.delete('removed mirror', '/api/v1/mirrors/:id', admin, async (ctx) => {
    const { spec } = await lifeOf(ctx);
    if (ctx.query.purge === 'true' && spec.from === 'api') {
      const { failed } = await mirrors.purge(spec.id);
      if (failed.length > 0) throw new AppError('caldav_refused', `${notRemoved(failed)} The mirror stays, paused.`);
    }
    await mirrors.remove(spec.id);
    ctx.status = 204;
  });
  router.post('test of a mirror', '/api/v1/mirrors/:id/test', admin, async (ctx) => {
    const { spec } = await lifeOf(ctx);
    ctx.body = testJson(await mirrors.test(heldLogin(spec)));
  });
  router.post('plan of a mirror', '/api/v1/mirrors/:id/plan', admin, async (ctx) => {
    const life = await lifeOf(ctx);
    ctx.body = planJson(await life.work((mirror) => mirror.plan(), false));
  });
  router.post('run of a mirror', '/api/v1/mirrors/:id/run', admin, async (ctx) => {
    const { force } = await readJson(ctx, runRequest);
    const life = await lifeOf(ctx);
    if (!life.run(force)) throw new ApiError('SYNC_IN_PROGRESS', 'This mirror is running already.');
    ctx.status = 202;
    ctx.body = { status: 'started' };
  });
  router.post('purge of a mirror', '/api/v1/mirrors/:id/purge', admin, async (ctx) => {
    const { spec } = await lifeOf(ctx);
    const { deleted, failed, left } = await mirrors.purge(spec.id);
    ctx.status = 202;
    const status = failed.length === 0 ? 'done' : 'incomplete';
    ctx.body = { status, deleted, left: [...failed, ...left].map(inWords) };
  });
  router.get('backup of a mirror', '/api/v1/mirrors/:id/backup', admin, async (ctx) => {
    const life = await lifeOf(ctx);
    const { manifest, files } = await life.work((mirror) => mirror.backup(), false);
    ctx.body = { manifest, files: Object.fromEntries(files) };
  });
  router.post('restored mirror', '/api/v1/mirrors/:id/restore', admin, async (ctx) => {
    const { manifest, files, replace } = await readJson(ctx, restoreRequest, MAX_BACKUP_BYTES);
    const life = await lifeOf(ctx);
    const backup = decodeBackup(manifest, new Map(Object.entries(files)));
    const { skipped, ...counts } = await life.work((mirror) => mirror.restore(backup, replace), true);
    ctx.body = { ...counts, skipped: skipped.map(inWords) };
  });
  router.get('runs', '/api/v1/runs', admin, async (ctx) => {
    const { mirror } = ctx.query;
    const lives = typeof mirror === 'string' ? [await mirrors.get(mirror)] : await mirrors.all();
    const runs = await Promise.all(
      lives.map(async ({ spec, history }) => (await history.runs()).map((run) => runJson(spec.id, run))),
    );
    const newest = runs.flat().sort((a, b) => ((a.at ?? '') < (b.at ?? '') ? 1 : -1));
    ctx.body = { runs: newest.slice(0, MAX_RUNS) };
  });
}

function notRemoved(failed: readonly Trouble[]): string {
  const [first] = failed;
  return `${failed.length} of its events could not be removed. ${first ? inWords(first) : ''}`;
}

function testJson({ steps, calendars, error }: ConnectionTest): object {
  return {
    steps,
    calendars: calendars.map(({ url, displayName: name, components, writable, color }) => ({
      url,
      name,
      components,
      writable,
      color,
    })),
    error: error?.message ?? null,
  };
}
