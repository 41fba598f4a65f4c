import { AppError } from '../../domain/errors.ts';
import type { Problem } from '../../domain/health.ts';
import type { CalendarSources } from '../../domain/ports.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';
import type { Seal } from '../../lib/seal.ts';
import type { HoursCalendar } from '../../views/calendar/hours.ts';
import { unlessDamaged } from '../../lib/conflicts.ts';
import { forgetResources } from './caldav/resources.ts';
import { locateCalendar } from './caldav/locate.ts';
import { createManagedSource, type ManagedSource } from './managed-source.ts';
import { problemsOf } from './problems.ts';
import { createReader } from './reader.ts';
import { hoursOf } from './state/hours.ts';
import { createSourceRecords, SOURCE, type RemovedSource, type SourceRecords } from './records.ts';
import {
  createSourceConfig,
  isReadDifferently,
  nameKey,
  patchSourceConfig,
  rejectSameName,
  tryRequest,
  type NewSource,
  type SourcePatch,
} from './request.ts';
import { infoOf, removedStatus, type SourceConfig } from './source.ts';
import type { SourceTools } from './tools.ts';
import { examine, TRIAL_STEPS, type Trial } from './trial.ts';

/** All sources. Changes are on disk when they resolve. */
export interface CalendarRegistry extends CalendarSources {
  /** Loads the stored sources. Must be called first. */
  restore(): Promise<void>;
  /** Reads all sources on schedule. */
  start(): void;
  stop(): Promise<void>;
  /** Calls the listener with the UIDs that changed each time a calendar changes. */
  onChange(listener: (sourceId: string, uids: ReadonlySet<string>) => void): void;
  /** Ordered by name. */
  known(): readonly ManagedSource[];
  /** Those that hold someone's hours, ordered by name. */
  hours(): readonly HoursCalendar[];
  /** By id or name. Throws `not_found`. */
  get(which: string): ManagedSource;
  /** Reads it first. Throws why that can't be done, `invalid`, and `conflict` for a name that is taken. */
  add(request: NewSource): Promise<ManagedSource>;
  /** Reads it first where what is read changes. Throws as `add` does; then nothing has changed. */
  edit(which: string, patch: SourcePatch): Promise<ManagedSource>;
  /** Removes a source. Feeds that show it go on without it; those that show nothing else end. */
  remove(which: string): Promise<void>;
  /** Believes a large removal at once. Throws `not_found` when none waits. */
  applyRemoval(which: string): Promise<ManagedSource>;
  /** What a source would have; nothing is stored. Throws as `add` does. */
  test(request: NewSource): Promise<Trial>;
  /** What is wrong with sources now. */
  problems(): readonly Problem[];
}

export interface CalendarRegistryOptions extends Omit<SourceTools, 'changed'> {
  readonly vault: Seal;
}

type ChangeListener = Parameters<CalendarRegistry['onChange']>[0];

export function createCalendarRegistry(options: CalendarRegistryOptions): CalendarRegistry {
  const listeners: ChangeListener[] = [];
  const tools: SourceTools = {
    ...options,
    changed: (id, uids) => {
      for (const listener of listeners) listener(id, uids);
    },
  };
  const records = createSourceRecords(options.kept, options.vault);
  const sources = createRunningSources();
  const removed = new Map<string, RemovedSource>();
  const startedAt = options.clock();
  const changeExclusively = createMutex();
  const changes = createChanges(tools, records, sources);

  return {
    restore: async () => {
      for (const one of await records.removed()) removed.set(one.id, one);
      for (const config of await records.all())
        await unlessDamaged(options.kept, { kind: SOURCE, id: config.id }, async () => {
          sources.adopt(await createManagedSource(config, tools));
        });
    },
    start: sources.start,
    stop: sources.stop,
    onChange: (listener) => {
      listeners.push(listener);
    },
    status: (id) => sources.byId(id)?.portStatus() ?? removedStatus(removed.get(id)?.since ?? startedAt),
    // All are kept up to date anyway.
    request: () => undefined,
    refresh: async (id) => sources.byId(id)?.refresh(),
    find: (name) => {
      const source = sources.find(name);
      return source && infoOf(source.config, source.status().calendar?.about ?? null);
    },
    all: () => sources.all().map(({ config, status }) => infoOf(config, status().calendar?.about ?? null)),
    known: sources.all,
    hours: () => sources.all().flatMap(({ config, status }) => hoursOf(config, status()) ?? []),
    get: sources.get,
    add: (request) => changeExclusively(() => changes.add(request)),
    edit: (which, patch) => changeExclusively(() => changes.edit(sources.get(which), patch)),
    remove: (which) =>
      changeExclusively(async () => {
        const source = sources.get(which);
        const one = { id: source.config.id, name: source.config.name, since: options.clock() };
        await changes.remove(source, one);
        removed.set(one.id, one);
        tools.changed(one.id, new Set());
      }),
    applyRemoval: async (which) => {
      const source = sources.get(which);
      if (!options.removals.approve(source.config.id))
        throw new AppError('not_found', 'No removal of this source waits.');
      await source.refresh(true);
      options.log.info(
        { source: source.config.name },
        'a large removal in a calendar was accepted by an administrator',
      );
      return source;
    },
    test: (request) => tryRequest(request, (given) => tryOut(given, tools)),
    problems: () => problemsOf(sources.all()),
  };
}

async function tryOut(request: NewSource, tools: SourceTools): Promise<Trial> {
  const config = await located(createSourceConfig(request, tools.clock()), request, tools);
  const reader = createReader(config, tools);
  try {
    const reading = await reader.read(null);
    if (!reading) throw new Error('a first reading without a calendar');
    return await runInSlices(examine(reading.file, config.timezone, tools.clock(), TRIAL_STEPS));
  } finally {
    await reader.close();
  }
}

type RunningSources = ReturnType<typeof createRunningSources>;

/** The sources at work. */
function createRunningSources() {
  const sources = new Map<string, ManagedSource>();
  let isStarted = false;
  const all = (): ManagedSource[] =>
    [...sources.values()].sort((a, b) => (nameKey(a.config.name) < nameKey(b.config.name) ? -1 : 1));
  const find = (which: string): ManagedSource | undefined =>
    sources.get(which.toLowerCase()) ?? all().find(({ config }) => nameKey(config.name) === nameKey(which));
  return {
    all,
    find,
    byId: (id: string) => sources.get(id),
    get: (which: string): ManagedSource => {
      const source = find(which);
      if (!source) throw new AppError('not_found', 'There is no source with this id or name.');
      return source;
    },
    /** In place of the one with the same id, which has stopped. */
    adopt: (source: ManagedSource): ManagedSource => {
      sources.set(source.config.id, source);
      if (isStarted) source.start();
      return source;
    },
    delete: (id: string) => sources.delete(id),
    start: () => {
      isStarted = true;
      for (const source of sources.values()) source.start();
    },
    stop: async () => {
      await Promise.all([...sources.values()].map((source) => source.stop()));
    },
  };
}

/** What the API changes. Only one of these may run at a time. */
function createChanges(tools: SourceTools, records: SourceRecords, sources: RunningSources) {
  const configs = (): SourceConfig[] => sources.all().map(({ config }) => config);

  async function addOne(request: NewSource): Promise<ManagedSource> {
    const config = createSourceConfig(request, tools.clock());
    rejectSameName(config, configs());
    const source = await createManagedSource(await located(config, request, tools), tools);
    try {
      await source.readFirst(() => records.save(source.config));
    } catch (error) {
      await source.stop();
      await forget(source);
      throw error;
    }
    return sources.adopt(source);
  }

  async function forget({ config, ...source }: ManagedSource): Promise<void> {
    await source.forget();
    await forgetRead(config.id);
  }

  async function forgetRead(id: string): Promise<void> {
    const resources = await forgetResources(tools.cache, id);
    if (resources.length > 0) await tools.cache.write(resources);
  }

  return {
    add: (request: NewSource) => tryRequest(request, addOne),
    edit: async (old: ManagedSource, patch: SourcePatch): Promise<ManagedSource> => {
      const patched = patchSourceConfig(old.config, patch);
      rejectSameName(patched, configs());
      const config = (patch.login ?? patch.calendar) ? await located(patched, patch, tools) : patched;
      const isRenewed = isReadDifferently(old.config, config);
      await old.stop();
      const save = (): Promise<void> => records.save(config);
      let source: ManagedSource | null = null;
      try {
        source = await createManagedSource(config, tools, isRenewed);
        if (isRenewed) {
          // In another calendar, equal names and tags mean nothing.
          await forgetRead(config.id);
          await source.readFirst(save);
        } else await save();
        return sources.adopt(source);
      } catch (error) {
        await source?.stop();
        sources.adopt(await createManagedSource(old.config, tools));
        throw error;
      }
    },
    remove: async (source: ManagedSource, removed: RemovedSource): Promise<void> => {
      await records.remove(removed);
      await source.stop();
      sources.delete(removed.id);
      await forget(source);
    },
  };
}

async function located(config: SourceConfig, { calendar }: SourcePatch, tools: SourceTools): Promise<SourceConfig> {
  return config.kind === 'caldav' ? locateCalendar(config, calendar, tools) : config;
}
