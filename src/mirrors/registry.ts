import { createAccount, type Account } from '../caldav/transport/account.ts';
import { testConnection, type ConnectionTest } from '../caldav/discovery.ts';
import type { Problem } from '../domain/health.ts';
import { AppError, errorMessage } from '../domain/errors.ts';
import type { DefineFeed } from '../feeds/definition.ts';
import { createKeyedMutex } from '../lib/keyed-mutex.ts';
import type { Purged } from './backup/purge.ts';
import { findCalendar } from './calendar.ts';
import {
  accountKey,
  accountOptions,
  componentOf,
  loginOf,
  mirrorView,
  type Login,
  type MirrorConfig,
} from './mirror.ts';
import { mirrorsFromSettings, type MirrorSettings } from './from-settings.ts';
import { createMirrorRunner, type MirrorRunner } from './runner.ts';
import type { MirrorTools } from './tools.ts';
import { partOf } from './part-store.ts';
import { rememberPlace } from './place.ts';
import { problemsOf, type Trouble } from './problems.ts';
import { createRecords, type Seal } from './records.ts';
import { patchConfig, createConfig, type MirrorPatch, type NewMirror } from './request.ts';

/** All mirrors: those made over the API, which are kept, and those of the settings. */

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** The mirrors. Changes are on disk when they resolve. */
export interface MirrorRegistry {
  /** Brings back what was kept; to be called first, and waited for by whoever asks for a mirror. */
  restore(): Promise<void>;
  /** Runs them by the clock. */
  start(): void;
  stop(): Promise<void>;
  /** The server's defaults changed: each begins anew, once its run is over. Never rejects. */
  reload(): Promise<void>;
  /** Something of a project changed in Plane. */
  changed(projectId: string, planeIds: Iterable<string>): void;
  /** Those that are known now. */
  known(): readonly MirrorRunner[];
  /** All of them: those of the settings need Plane once. */
  all(): Promise<readonly MirrorRunner[]>;
  /** Throws `not_found`. */
  get(id: string): Promise<MirrorRunner>;
  /** Throws a ConnectionError when its calendar can't be found or made. */
  add(wish: NewMirror): Promise<MirrorRunner>;
  /** Throws `invalid` for a mirror of the settings, unless it is only paused or goes on. */
  edit(id: string, wish: MirrorPatch): Promise<MirrorRunner>;
  /** Its events stay in the calendar. */
  remove(id: string): Promise<void>;
  /** Pauses it, and removes what it made from the calendar. */
  purge(id: string): Promise<Purged>;
  /** What a server says to this login, step by step. */
  test(login: Login): Promise<ConnectionTest>;
  /** Why the mirrors of the settings are not there yet: a sentence, or null. */
  trouble(): string | null;
  /** What is wrong with them now. */
  problems(): readonly Problem[];
}

export interface MirrorRegistryOptions extends MirrorTools {
  /** null: the settings ask for none. */
  readonly settings: MirrorSettings | null;
  readonly workspace: string;
  readonly defineFeed: DefineFeed;
  readonly vault: Seal;
}

export function createMirrorRegistry(options: MirrorRegistryOptions): MirrorRegistry {
  const { settings, workspace, defineFeed, proxy, now, delay, random, log } = options;
  const records = createRecords(options.store, options.vault);
  const lives = new Map<string, MirrorRunner>();
  const turns = createKeyedMutex();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => turns('mirrors', change);
  let isStarted = false;
  let isStopped = false;
  let trouble: Trouble | null = null;
  let expanding: Promise<void> | null = null;
  let isExpanded = settings === null;
  let restored: Promise<void> = Promise.resolve();

  /** Puts it in the place of the one that has its id. */
  async function adopt(spec: MirrorConfig): Promise<MirrorRunner> {
    await lives.get(spec.id)?.stop();
    const life = await createMirrorRunner(spec, options);
    lives.set(spec.id, life);
    if (isStarted && !isStopped) life.start();
    return life;
  }

  async function expand(): Promise<void> {
    if (settings === null) return;
    try {
      for (const spec of await mirrorsFromSettings({ ...options, settings })) {
        if (lives.has(spec.id) || isStopped) continue;
        await adopt({ ...spec, paused: await records.isPaused(spec.id) });
      }
      isExpanded = true;
      trouble = null;
    } catch (error) {
      if (!trouble) log.warn({ reason: errorMessage(error) }, 'mirror: the settings MIRROR_* can not be followed yet');
      trouble = { reason: errorMessage(error), since: trouble?.since ?? now() };
    }
  }

  const expandOnce = (): Promise<void> =>
    (expanding ??= inTurn(expand).finally(() => {
      expanding = null;
    }));

  /** Until it is known what the settings mean; and again for projects to come. */
  async function keepExpanding({ perProject, checkSeconds }: MirrorSettings): Promise<void> {
    for (let failures = 0; !isStopped;) {
      await expandOnce();
      failures = trouble === null ? 0 : failures + 1;
      if (failures === 0 && !perProject) return;
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      await delay(failures === 0 ? checkSeconds * 1000 : pause);
    }
  }

  async function get(id: string): Promise<MirrorRunner> {
    await restored;
    if (!lives.has(id) && !isExpanded) await expandOnce();
    const life = lives.get(id);
    if (!life) throw new AppError('not_found', 'There is no mirror with this id.');
    return life;
  }

  async function withAccount<T>(login: Login, task: (account: Account) => Promise<T>): Promise<T> {
    const account = createAccount(accountOptions(login), { clock: now, delay, random, proxy, log });
    try {
      return await task(account);
    } finally {
      await account.close();
    }
  }

  /** Finds its calendar, or makes it; one that is meant by its name stays so. */
  async function locate(spec: MirrorConfig): Promise<MirrorConfig> {
    const { id, calendar, mirrorId } = spec;
    const component = componentOf(mirrorView(spec, options.defaults()));
    const { url, displayName: name } = await withAccount(loginOf(spec), (account) =>
      findCalendar(account, { calendar, mirrorId, component }),
    );
    await rememberPlace(partOf(options.store, id), spec, { url, name });
    return calendar.url === null ? spec : { ...spec, calendar: { url, name } };
  }

  function checkAccount({ id, mirrorId, server }: MirrorConfig): void {
    const other = [...lives.values()].find(
      ({ spec }) => spec.id !== id && spec.mirrorId === mirrorId && accountKey(spec.server) === accountKey(server),
    );
    if (!other) return;
    throw new AppError(
      'invalid',
      `The mirror "${other.spec.name}" writes into this account under the same names ("${mirrorId}"): ` +
        'change that one, or give this one another "mirror_id".',
    );
  }

  const edit = (id: string, wish: MirrorPatch): Promise<MirrorRunner> =>
    inTurn(async () => {
      const life = lives.get(id);
      if (!life) throw new AppError('not_found', 'There is no mirror with this id.');
      const next = await patchConfig(life.spec, wish, defineFeed);
      checkAccount(next);
      const located = (wish.login ?? wish.calendar) ? await locate(next) : next;
      await records.keep(located);
      return adopt(located);
    });

  return {
    restore: () =>
      (restored = inTurn(async () => {
        for (const spec of await records.all()) await adopt(spec);
      })),
    start: () => {
      isStarted = true;
      for (const life of lives.values()) life.start();
      if (settings) void keepExpanding(settings);
    },
    stop: async () => {
      isStopped = true;
      await Promise.all([...lives.values()].map((life) => life.stop()));
      await expanding;
    },
    reload: () =>
      inTurn(async () => {
        for (const { spec } of [...lives.values()]) if (!isStopped) await adopt(spec);
      }).catch((error: unknown) => {
        log.error({ reason: errorMessage(error) }, 'mirror: could not begin anew');
      }),
    changed: (projectId, planeIds) => {
      for (const life of lives.values()) life.changed(projectId, planeIds);
    },
    known: () => [...lives.values()],
    all: async () => {
      await restored;
      // What is known to fail is tried again by the clock.
      if (!isExpanded && (trouble === null || !isStarted)) await expandOnce();
      return [...lives.values()];
    },
    get,
    add: (wish) =>
      inTurn(async () => {
        const spec = await createConfig(wish, { defineFeed, workspace, now });
        checkAccount(spec);
        const located = await locate(spec);
        await records.keep(located);
        return adopt(located);
      }),
    edit: async (id, wish) => {
      await get(id);
      return edit(id, wish);
    },
    remove: async (id) => {
      const { spec } = await get(id);
      if (spec.from === 'settings')
        throw new AppError('invalid', 'This mirror comes from the settings MIRROR_*: take it out there, and restart.');
      await inTurn(async () => {
        const life = lives.get(id);
        await life?.stop();
        await records.drop(id);
        lives.delete(id);
        await life?.forget();
      });
    },
    purge: async (id) => {
      await get(id);
      const life = await edit(id, { paused: true });
      return life.work((mirror) => mirror.purge(), true);
    },
    test: (login) => withAccount(login, testConnection),
    trouble: () => trouble?.reason ?? null,
    problems: () => problemsOf([...lives.values()], trouble),
  };
}
