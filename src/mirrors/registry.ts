import { testConnection, type ConnectionTest } from '../caldav/discovery.ts';
import type { Login } from '../caldav/login.ts';
import type { Problem } from '../domain/health.ts';
import { AppError, errorMessage } from '../domain/errors.ts';
import type { DefineFeed } from '../feeds/definition.ts';
import { unlessDamaged } from '../lib/conflicts.ts';
import { createMutex } from '../lib/keyed-mutex.ts';
import type { Backup } from './backup/backup.ts';
import type { Purged } from './backup/purge.ts';
import type { Restored } from './backup/restore.ts';
import type { MirrorSettings } from './from-settings.ts';
import { createManagedMirror, type ManagedMirror } from './managed-mirror.ts';
import { rejectSharedNames, type MirrorConfig } from './mirror.ts';
import { problemsOf } from './problems.ts';
import { createRefreshTokens } from '../caldav/refresh-tokens.ts';
import type { Seal } from '../lib/seal.ts';
import { createRecords, KIND as MIRROR, type Records } from './records.ts';
import { createConfig, patchConfig, type MirrorPatch, type NewMirror } from './request.ts';
import { createSettingsMirrors } from './settings-mirrors.ts';
import { backupCalendar, restoreCalendar } from './target/any-calendar.ts';
import { hasSourceOn, locate, rejectLoopOf, withAccount } from './target/locate.ts';
import type { MirrorTools } from './tools.ts';

/** All mirrors: the stored ones, made over the API, and those of the settings. Changes are on disk when they resolve. */
export interface MirrorRegistry {
  /** Loads the stored mirrors. Call it first; `get` and `all` wait for it. */
  restore(): Promise<void>;
  /** Runs all mirrors on schedule. */
  start(): void;
  stop(): Promise<void>;
  /** Applies changed defaults of the server: each mirror is restarted once its run is over. Never rejects. */
  reload(): Promise<void>;
  /** Items of a project changed in Plane, or components of a foreign calendar, by UID. */
  changed(projectId: string, ids: Iterable<string>): void;
  /** The mirrors known now. */
  known(): readonly ManagedMirror[];
  /** All mirrors. Those of the settings need Plane once. */
  all(): Promise<readonly ManagedMirror[]>;
  /** Throws `not_found`. */
  get(id: string): Promise<ManagedMirror>;
  /** Throws a ConnectionError when its calendar can't be found or created. */
  add(request: NewMirror): Promise<ManagedMirror>;
  /** Throws `invalid` for a mirror of the settings, of which only `paused` may change. */
  edit(id: string, patch: MirrorPatch): Promise<ManagedMirror>;
  /** Removes a mirror; its events stay in the calendar. */
  remove(id: string): Promise<void>;
  /** Pauses a mirror, and removes what it wrote from the calendar. */
  purge(id: string): Promise<Purged>;
  /** Everything in the calendar at that address. This and `restoreTo` throw what the calendar throws. */
  backupOf(login: Login, url: string): Promise<Backup>;
  /** Restores a backup to a calendar, which is created when none has its name. */
  restoreTo(login: Login, request: Parameters<typeof restoreCalendar>[1]): Promise<Restored>;
  /** Tries a login, step by step. */
  test(login: Login): Promise<ConnectionTest>;
  /** Why the mirrors of the settings are not there yet: a sentence, or null. */
  trouble(): string | null;
  /** What is wrong with mirrors now. */
  problems(): readonly Problem[];
}

export interface MirrorRegistryOptions extends Omit<MirrorTools, 'refreshTokens'> {
  /** null where the settings ask for none. */
  readonly settings: MirrorSettings | null;
  readonly workspace: string;
  readonly defineFeed: DefineFeed;
  readonly vault: Seal;
}

export function createMirrorRegistry(given: MirrorRegistryOptions): MirrorRegistry {
  const refreshTokens = createRefreshTokens(given.store, given.vault);
  const options = { ...given, refreshTokens };
  const { log } = options;
  const records = createRecords(options.store, options.vault);
  const changeExclusively = createMutex();
  const mirrors: RunningMirrors = createRunningMirrors(options, (config, url) => {
    rejectLoopOf(config, url, mirrors.all(), options);
  });
  const fromSettings = createSettingsMirrors({
    ...options,
    add: async (config) => {
      if (!mirrors.has(config.id)) await mirrors.adopt({ ...config, paused: await records.isPaused(config.id) });
    },
    runExclusive: changeExclusively,
  });
  let restored: Promise<void> = Promise.resolve();

  async function get(id: string): Promise<ManagedMirror> {
    await restored;
    if (!mirrors.has(id) && !fromSettings.isDone()) await fromSettings.expand();
    return mirrors.get(id);
  }

  const changes = createChanges(options, records, mirrors);
  const edit = async (id: string, patch: MirrorPatch): Promise<ManagedMirror> => {
    await get(id);
    return changeExclusively(() => changes.edit(id, patch));
  };

  return {
    restore: () =>
      (restored = changeExclusively(async () => {
        for (const config of await records.all())
          await unlessDamaged(options.store, { kind: MIRROR, id: config.id }, () => mirrors.adopt(config));
      })),
    start: () => {
      mirrors.start();
      fromSettings.start();
    },
    stop: async () => {
      await Promise.all([mirrors.stop(), fromSettings.stop()]);
    },
    reload: () =>
      changeExclusively(async () => {
        for (const { config } of mirrors.all()) if (!mirrors.isStopped()) await mirrors.adopt(config);
      }).catch((error: unknown) => {
        log.error({ reason: errorMessage(error) }, 'mirror: reload failed');
      }),
    changed: (projectId, ids) => {
      for (const mirror of mirrors.all()) mirror.changed(projectId, ids);
    },
    known: mirrors.all,
    all: async () => {
      await restored;
      // Once it failed, it is tried again on schedule.
      if (!fromSettings.isDone() && (fromSettings.trouble() === null || !mirrors.isStarted()))
        await fromSettings.expand();
      return mirrors.all();
    },
    get,
    add: (request) => changeExclusively(() => changes.add(request)),
    edit,
    remove: async (id) => {
      await get(id);
      await changeExclusively(() => changes.remove(id));
    },
    purge: async (id) => (await edit(id, { paused: true })).purge(),
    backupOf: (login, url) => backupCalendar(login, url, options),
    restoreTo: (login, request) => restoreCalendar(login, request, options),
    test: (login) => withAccount(login, options, testConnection),
    trouble: () => fromSettings.trouble()?.reason ?? null,
    problems: () => problemsOf(mirrors.all(), fromSettings.trouble()),
  };
}

type RunningMirrors = ReturnType<typeof createRunningMirrors>;

/** The mirrors at work, by id. */
function createRunningMirrors(tools: MirrorTools, checkTarget: (config: MirrorConfig, url: string) => void) {
  const mirrors = new Map<string, ManagedMirror>();
  let isStarted = false;
  let isStopped = false;
  return {
    has: (id: string) => mirrors.has(id),
    /** Throws `not_found`. */
    get: (id: string): ManagedMirror => {
      const mirror = mirrors.get(id);
      if (!mirror) throw new AppError('not_found', 'There is no mirror with this id.');
      return mirror;
    },
    all: (): readonly ManagedMirror[] => [...mirrors.values()],
    configs: (): readonly MirrorConfig[] => [...mirrors.values()].map(({ config }) => config),
    isStarted: () => isStarted,
    isStopped: () => isStopped,
    /** Replaces the mirror with the same id, once it has stopped. */
    adopt: async (config: MirrorConfig): Promise<ManagedMirror> => {
      await mirrors.get(config.id)?.stop();
      const mirror = await createManagedMirror(config, tools, checkTarget);
      mirrors.set(config.id, mirror);
      if (isStarted && !isStopped) mirror.start();
      return mirror;
    },
    delete: (id: string) => mirrors.delete(id),
    start: () => {
      isStarted = true;
      for (const mirror of mirrors.values()) mirror.start();
    },
    stop: async () => {
      isStopped = true;
      await Promise.all([...mirrors.values()].map((mirror) => mirror.stop()));
    },
  };
}

/** What the API changes. Only one of these may run at a time. */
function createChanges(
  options: MirrorRegistryOptions & MirrorTools & { readonly refreshTokens: ReturnType<typeof createRefreshTokens> },
  records: Records,
  mirrors: RunningMirrors,
) {
  const { defineFeed, workspace, refreshTokens, now } = options;
  /** Once no mirror uses it any more, nor a source. Grants of sources are not known here, so any source on that server counts. */
  const forgetToken = async ({ secrets, server }: MirrorConfig): Promise<void> => {
    const token = secrets?.refreshToken;
    const isUsed =
      mirrors.configs().some((other) => other.secrets?.refreshToken === token) || hasSourceOn(server.url, options);
    if (token !== undefined && !isUsed) await refreshTokens.forget(token);
  };
  return {
    add: async (request: NewMirror): Promise<ManagedMirror> => {
      const config = await createConfig(request, { defineFeed, workspace, now });
      rejectSharedNames(config, mirrors.configs());
      const located = await locate(config, options, mirrors.all());
      await records.save(located);
      return mirrors.adopt(located);
    },
    edit: async (id: string, patch: MirrorPatch): Promise<ManagedMirror> => {
      const { config } = mirrors.get(id);
      const next = await patchConfig(config, patch, defineFeed);
      rejectSharedNames(next, mirrors.configs());
      const isLocated = !patch.login && !patch.calendar && !patch.scope && patch.keepOthers !== false;
      const located = isLocated ? next : await locate(next, options, mirrors.all());
      await records.save(located);
      const mirror = await mirrors.adopt(located);
      await forgetToken(config);
      return mirror;
    },
    remove: async (id: string): Promise<void> => {
      const mirror = mirrors.get(id);
      if (mirror.config.from === 'settings')
        throw new AppError('invalid', 'This mirror comes from the settings MIRROR_*. Remove them and restart.');
      await mirror.stop();
      await records.remove(id);
      mirrors.delete(id);
      await mirror.forget();
      await forgetToken(mirror.config);
    },
  };
}
