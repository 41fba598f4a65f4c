import type Router from '@koa/router';
import type { z } from 'zod';
import type { Login } from '../../../caldav/login.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Clock } from '../../../domain/ports.ts';
import { decodeBackup, makeBackup, type Backup } from '../../../mirrors/backup/backup.ts';
import { backupOfGroups } from '../../../mirrors/backup/foreign-backup.ts';
import { loginOf, type CalendarChoice } from '../../../mirrors/mirror.ts';
import type { MirrorRegistry } from '../../../mirrors/registry.ts';
import type { CalendarRegistry } from '../../../sources/calendars/registry.ts';
import type { Guard } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import { toLogin } from '../login.ts';
import { troubleSentence } from '../mirrors/json.ts';
import type { BackupJson, RestoreJson } from '../mirrors/responses.ts';
import { backupRequest, restoreToRequest } from './request.ts';

/** A calendar of many years. */
const MAX_BACKUP_BYTES = 50_000_000;
/** A login with certificates. */
const MAX_LOGIN_BYTES = 300_000;

export interface BackupRoutesOptions {
  readonly mirrors: MirrorRegistry;
  readonly calendars: CalendarRegistry;
  readonly guard: Guard;
  readonly now: Clock;
}

/** `/api/v1/backups`: backups of any calendar. */
export function backupRoutes(router: Router, options: BackupRoutesOptions): void {
  const { mirrors, guard } = options;
  const admin = guard('admin');
  router.post('backup', '/api/v1/backups', admin, async (ctx) => {
    const request = await readJson(ctx, backupRequest, MAX_LOGIN_BYTES);
    const { manifest, files } = await backupOf(request, options);
    ctx.body = { manifest: { ...manifest }, files: Object.fromEntries(files) } satisfies BackupJson;
  });
  router.post('restored backup', '/api/v1/backups/restore', admin, async (ctx) => {
    const request = await readJson(ctx, restoreToRequest, MAX_BACKUP_BYTES);
    const { to, manifest, files, replace, with_invitations: withInvitations } = request;
    const backup = decodeBackup(manifest, new Map(Object.entries(files)));
    const how = { replace, withInvitations };
    const { skipped, ...counts } =
      'mirror' in to && to.calendar === undefined
        ? await (await mirrors.get(to.mirror)).restore(backup, how)
        : await mirrors.restoreTo(await loginFor(to, mirrors), { ...how, calendar: choiceOf(to.calendar), backup });
    ctx.body = { ...counts, skipped: skipped.map(troubleSentence) } satisfies RestoreJson;
  });
}

async function backupOf(
  request: z.infer<typeof backupRequest>,
  { mirrors, calendars, now }: BackupRoutesOptions,
): Promise<Backup> {
  if ('source' in request) return backupOfSource(request.source, calendars, now);
  if ('mirror' in request && request.calendar === undefined) return (await mirrors.get(request.mirror)).backup();
  return mirrors.backupOf(await loginFor(request, mirrors), request.calendar ?? '');
}

/** A CalDAV calendar is read as it is now; of a calendar at an address it is what was last read. */
async function backupOfSource(which: string, calendars: CalendarRegistry, now: Clock): Promise<Backup> {
  const source = calendars.get(which);
  const { kind, name, server } = source.config;
  if (kind === 'caldav') return source.withCollection((collection) => makeBackup(collection, now));
  await source.refresh(true);
  const { calendar, failure } = source.status();
  if (calendar === null)
    throw failure?.error ?? new AppError('not_ready', `The source "${name}" has not been read yet.`);
  return backupOfGroups({ url: server.url, name }, calendar, now());
}

type Account = { readonly mirror: string } | { readonly server: Parameters<typeof toLogin>[0] };

async function loginFor(account: Account, mirrors: MirrorRegistry): Promise<Login> {
  return 'mirror' in account ? loginOf((await mirrors.get(account.mirror)).config) : toLogin(account.server);
}

function choiceOf(calendar: { readonly url: string } | { readonly name: string } | undefined): CalendarChoice {
  if (calendar === undefined) return { url: null, name: null };
  return 'url' in calendar ? { url: calendar.url, name: null } : { url: null, name: calendar.name };
}
