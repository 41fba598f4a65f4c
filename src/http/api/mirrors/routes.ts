import type Router from '@koa/router';
import type { Context } from 'koa';
import type { CombinedSource } from '../../../domain/ports.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Trouble } from '../../../mirrors/sync/apply.ts';
import { decodeBackup } from '../../../mirrors/backup/backup.ts';
import { loginOf } from '../../../mirrors/mirror.ts';
import type { ManagedMirror } from '../../../mirrors/managed-mirror.ts';
import type { MirrorRegistry } from '../../../mirrors/registry.ts';
import { ApiError } from '../../middleware/api-errors.ts';
import type { Guard } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import { toLogin } from '../login.ts';
import { mirrorJson, planJson, runJson, testJson, troubleSentence } from './json.ts';
import {
  mirrorChange,
  newMirror,
  restoreRequest,
  runRequest,
  serverTest,
  toMirrorPatch,
  toNewMirror,
} from './request.ts';
import type { PurgeJson, RestoreJson } from './responses.ts';

/** A calendar of many years. */
const MAX_BACKUP_BYTES = 50_000_000;
/** A login with certificates. */
const MAX_MIRROR_BYTES = 300_000;
const MAX_RUNS = 200;

export interface MirrorRoutesOptions {
  readonly mirrors: MirrorRegistry;
  readonly source: CombinedSource;
  readonly guard: Guard;
}

/** `/api/v1/mirrors` and `/api/v1/runs`. */
export function mirrorRoutes(router: Router, options: MirrorRoutesOptions): void {
  configRoutes(router, options);
  runRoutes(router, options);
  backupRoutes(router, options);
}

const idOf = (ctx: Context & { params: { id?: string } }): string => ctx.params.id ?? '';

/** Listing, adding, testing, editing and removing mirrors. */
function configRoutes(router: Router, { mirrors, source, guard }: MirrorRoutesOptions): void {
  const admin = guard('admin');
  router.get('mirrors', '/api/v1/mirrors', admin, async (ctx) => {
    const all = await mirrors.all();
    ctx.body = { mirrors: await Promise.all(all.map((mirror) => mirrorJson(mirror, source))) };
  });
  router.post('new mirror', '/api/v1/mirrors', admin, async (ctx) => {
    const request = toNewMirror(await readJson(ctx, newMirror, MAX_MIRROR_BYTES));
    ctx.body = await mirrorJson(await mirrors.add(request), source);
    ctx.status = 201;
  });
  router.post('test of a login', '/api/v1/mirrors/test', admin, async (ctx) => {
    const { server } = await readJson(ctx, serverTest, MAX_MIRROR_BYTES);
    ctx.body = testJson(await mirrors.test(toLogin(server)));
  });
  router.get('mirror', '/api/v1/mirrors/:id', admin, async (ctx) => {
    ctx.body = await mirrorJson(await mirrors.get(idOf(ctx)), source);
  });
  router.patch('edited mirror', '/api/v1/mirrors/:id', admin, async (ctx) => {
    const change = await readJson(ctx, mirrorChange, MAX_MIRROR_BYTES);
    const { id, server, secrets } = (await mirrors.get(idOf(ctx))).config;
    const patch = toMirrorPatch(change, { server, secrets: secrets ?? {} });
    ctx.body = await mirrorJson(await mirrors.edit(id, patch), source);
  });
  router.delete('removed mirror', '/api/v1/mirrors/:id', admin, async (ctx) => {
    const { id, from } = (await mirrors.get(idOf(ctx))).config;
    if (ctx.query.purge === 'true' && from === 'api') {
      const { failed } = await mirrors.purge(id);
      if (failed.length > 0)
        throw new AppError('caldav_refused', `${notRemoved(failed)} The mirror was not removed; it is paused.`);
    }
    await mirrors.remove(id);
    ctx.status = 204;
  });
  router.post('test of a mirror', '/api/v1/mirrors/:id/test', admin, async (ctx) => {
    const { config } = await mirrors.get(idOf(ctx));
    ctx.body = testJson(await mirrors.test(loginOf(config)));
  });
}

/** Plans, runs and their history. */
function runRoutes(router: Router, { mirrors, guard }: MirrorRoutesOptions): void {
  const admin = guard('admin');
  router.post('plan of a mirror', '/api/v1/mirrors/:id/plan', admin, async (ctx) => {
    const mirror = await mirrors.get(idOf(ctx));
    ctx.body = planJson(await mirror.plan());
  });
  router.post('run of a mirror', '/api/v1/mirrors/:id/run', admin, async (ctx) => {
    const { force } = await readJson(ctx, runRequest);
    const mirror = await mirrors.get(idOf(ctx));
    if (!mirror.startRun(force)) throw new ApiError('SYNC_IN_PROGRESS', 'This mirror is already running.');
    ctx.status = 202;
    ctx.body = { status: 'started' };
  });
  router.get('runs', '/api/v1/runs', admin, async (ctx) => {
    const { mirror: id } = ctx.query;
    const chosen: readonly ManagedMirror[] = typeof id === 'string' ? [await mirrors.get(id)] : await mirrors.all();
    const runs = await Promise.all(
      chosen.map(async ({ config, history }) => (await history.runs()).map((run) => runJson(config.id, run))),
    );
    const newest = runs.flat().sort((a, b) => (a.at < b.at ? 1 : -1));
    ctx.body = { runs: newest.slice(0, MAX_RUNS) };
  });
}

/** Purge, backup and restore. */
function backupRoutes(router: Router, { mirrors, guard }: MirrorRoutesOptions): void {
  const admin = guard('admin');
  router.post('purge of a mirror', '/api/v1/mirrors/:id/purge', admin, async (ctx) => {
    const { config } = await mirrors.get(idOf(ctx));
    const { deleted, failed, left } = await mirrors.purge(config.id);
    ctx.status = 202;
    ctx.body = {
      status: failed.length === 0 ? 'done' : 'incomplete',
      deleted,
      left: [...failed, ...left].map(troubleSentence),
    } satisfies PurgeJson;
  });
  router.get('backup of a mirror', '/api/v1/mirrors/:id/backup', admin, async (ctx) => {
    const mirror = await mirrors.get(idOf(ctx));
    const { manifest, files } = await mirror.backup();
    ctx.body = { manifest, files: Object.fromEntries(files) };
  });
  router.post('restored mirror', '/api/v1/mirrors/:id/restore', admin, async (ctx) => {
    const {
      manifest,
      files,
      replace,
      with_invitations: withInvitations,
    } = await readJson(ctx, restoreRequest, MAX_BACKUP_BYTES);
    const mirror = await mirrors.get(idOf(ctx));
    const backup = decodeBackup(manifest, new Map(Object.entries(files)));
    const { skipped, ...counts } = await mirror.restore(backup, { replace, withInvitations });
    ctx.body = { ...counts, skipped: skipped.map(troubleSentence) } satisfies RestoreJson;
  });
}

function notRemoved(failed: readonly Trouble[]): string {
  const [first] = failed;
  return `${failed.length} of its events could not be removed. ${first ? troubleSentence(first) : ''}`;
}
