import type { AppError } from '../../domain/errors.ts';
import type { Collection } from '../../domain/collection.ts';
import type { ProjectStatus } from '../../domain/ports.ts';
import { withSourceCollection } from './caldav/source-collection.ts';
import { openCurrentCalendar, type CurrentCalendar } from './current-calendar.ts';
import { createFailures, isUnconfirmed, type Failures } from './failures.ts';
import { createReader } from './reader.ts';
import { createAlarm, intervalMs, type Alarm } from './schedule.ts';
import type { SourceConfig } from './source.ts';
import type { CalendarState } from './state/calendar-state.ts';
import type { SourceReader, SourceTools } from './tools.ts';

/** One source at work: it is read on schedule, and what is believed of it is stored. */

/** How a source is doing. Instants are milliseconds since the epoch. */
export interface SourceStatus {
  /** `waiting` for the second read that confirms a large removal. */
  readonly state: 'ok' | 'reading' | 'waiting' | 'error';
  /** As last believed; null before the first read. */
  readonly calendar: CalendarState | null;
  readonly checkedAt: number | null;
  readonly changedAt: number | null;
  /** When it is read next; null for only on request. */
  readonly nextAt: number | null;
  /** Why the last read failed, and since when; null when it succeeded. */
  readonly failure: { readonly error: AppError; readonly since: number } | null;
  /** Its server refuses requests until then; null while it doesn't. */
  readonly pausedUntil: number | null;
}

/** A source at work. */
export interface ManagedSource {
  readonly config: SourceConfig;
  status(): SourceStatus;
  /** As the port shows it. */
  portStatus(): ProjectStatus;
  /** Settles when its content was stored, or failed to be. */
  saved(): Promise<void>;
  /** False while its content could not be stored, or is not yet. */
  isSaved(): boolean;
  /**
   * Reads it now, once for all callers. Never rejects. Shortly after a failure only when a person asks for it (`isAsked`), and not before its
   * server permits.
   */
  refresh(isAsked?: boolean): Promise<void>;
  /** Reads it with a new configuration, calls `saveConfig`, and believes all of it. Throws why that can't be done; then nothing has changed. */
  readFirst(saveConfig: () => Promise<void>): Promise<void>;
  /** Runs a task with its CalDAV calendar; only for one of that kind. Throws what the calendar throws. */
  withCollection<T>(task: (collection: Collection) => Promise<T>): Promise<T>;
  /** Reads it on schedule. */
  start(): void;
  /** Begins nothing more, and resolves when what runs is over. */
  stop(): Promise<void>;
  /** Deletes what is stored of it. */
  forget(): Promise<void>;
}

/** `isRenewed`: what was stored was read with another address or time zone, so everything is read again. */
export async function createManagedSource(
  config: SourceConfig,
  tools: SourceTools,
  isRenewed = false,
): Promise<ManagedSource> {
  const { clock: now } = tools;
  const current = await openCurrentCalendar(config, tools, isRenewed);
  const failures = createFailures(config, tools);
  const read = createRead(config, tools, current);
  const alarm = createAlarm(() => void refresh(), now, tools.delay);
  let running: Promise<void> | null = null;
  let isStarted = false;
  let isStopped = false;

  const interval = (): number | null => intervalMs(config.refreshSeconds, current.state?.about.refreshSeconds ?? null);

  function schedule(): void {
    const ms = interval();
    const failure = failures.current();
    const isNeeded = ms !== null || isUnconfirmed(failure?.error);
    if (isStarted) alarm.set(!isNeeded ? null : failure ? failures.notBefore() : now() + (ms ?? 0));
  }

  async function run(): Promise<void> {
    alarm.set(null);
    try {
      await read.once();
      failures.clear();
    } catch (error) {
      if (isStopped) return;
      const { code } = failures.record(error);
      if (code === 'source_not_found' || code === 'caldav_not_found') current.markMissing();
    }
    schedule();
  }

  function refresh(isAsked = false): Promise<void> {
    if (running) return running;
    const isTooEarly = isAsked ? failures.pausedUntil() !== null : now() < failures.notBefore();
    if (isTooEarly || isStopped) return Promise.resolve();
    running = run().finally(() => (running = null));
    return running;
  }

  return {
    config,
    status: () => statusOf(current, failures, alarm, running !== null),
    portStatus: () => ({
      ...portStatusOf(current, failures, interval()),
      // What is stored may be that of its successor.
      ...(isStopped && { store: () => current.saved }),
    }),
    saved: () => current.saved,
    isSaved: current.isSaved,
    refresh,
    readFirst: async (saveConfig) => {
      await read.once(saveConfig);
      await current.saved.catch(() => undefined);
    },
    withCollection: (task) => withSourceCollection(config, tools, task),
    start: () => {
      if (isStarted) return;
      isStarted = true;
      const ms = interval();
      // One that is only read on request is read once, if it never was.
      if (ms !== null || current.state === null) alarm.set(Math.max(now(), current.marks.checkedAt + (ms ?? 0)));
    },
    stop: async () => {
      isStopped = true;
      alarm.stop();
      await read.close();
      await running;
      await current.saved.catch(() => undefined);
    },
    forget: current.forget,
  };
}

/** Reads the source with one connection, which is closed after a failure: it may be what failed. */
function createRead(config: SourceConfig, tools: SourceTools, current: CurrentCalendar) {
  let reader: SourceReader | null = null;
  const close = async (): Promise<void> => {
    const old = reader;
    reader = null;
    await old?.close();
  };
  return {
    /** `saveConfig` is given for a new configuration. */
    once: async (saveConfig?: () => Promise<void>): Promise<void> => {
      // The reader finds there what it stored before.
      await current.saved.catch(() => undefined);
      try {
        reader ??= createReader(config, tools);
        const reading = await reader.read(current.marks.reader);
        if (reading) await current.accept(reading, saveConfig !== undefined, saveConfig);
        else current.confirm();
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}

function statusOf(current: CurrentCalendar, failures: Failures, alarm: Alarm, isReading: boolean): SourceStatus {
  const failure = failures.current();
  const { checkedAt, changedAt } = current.marks;
  const settled = failure === null ? 'ok' : isUnconfirmed(failure.error) ? 'waiting' : 'error';
  return {
    state: isReading ? 'reading' : settled,
    calendar: current.state,
    checkedAt: finite(checkedAt),
    changedAt: finite(changedAt),
    nextAt: alarm.at(),
    failure,
    pausedUntil: failures.pausedUntil(),
  };
}

function portStatusOf(current: CurrentCalendar, failures: Failures, intervalNow: number | null): ProjectStatus {
  const { checkedAt, missingSince, isGone } = current.marks;
  const error = failures.current()?.error ?? null;
  // One that is only read on request is always fresh. A scheduled read is waited for only when it takes long.
  const freshMs = intervalNow ?? (error === null ? Infinity : 0);
  return {
    content: current.content(),
    checkedAt,
    freshUntil: current.state === null ? -Infinity : checkedAt + freshMs + READ_MS,
    error,
    removed: isGone && missingSince !== null ? { reason: 'access lost', since: missingSince } : null,
    missing: { parts: false, names: false },
    store: current.store,
  };
}

/** How long a read may take. */
const READ_MS = 90_000;

const finite = (instant: number): number | null => (Number.isFinite(instant) ? instant : null);
