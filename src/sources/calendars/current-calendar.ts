import { errorMessage, isStorageError } from '../../domain/errors.ts';
import type { StoreChange } from '../../domain/ports.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import { contentOf, type ForeignCalendar } from './content.ts';
import { infoOf, type SourceConfig } from './source.ts';
import { believe } from './state/believe.ts';
import type { CalendarState } from './state/calendar-state.ts';
import {
  createCalendarStore,
  NO_MARKS,
  type CalendarStore,
  type ReadMarks,
  type StoredCalendar,
} from './state/store.ts';
import type { Reading, SourceTools } from './tools.ts';

/** The calendar of a source as it is believed now, and its copy in the stores. */
export interface CurrentCalendar {
  /** null before the first read. */
  readonly state: CalendarState | null;
  readonly marks: ReadMarks;
  /** As the port shows it: the same object until the calendar changes. */
  content(): ForeignCalendar | null;
  /** Resolves when everything was stored; rejects where the store could not be written. */
  readonly saved: Promise<void>;
  /** The same after another try where the store could not be written. */
  readonly store: () => Promise<void>;
  /** False while it could not be, or is not yet. */
  isSaved(): boolean;
  /** Believes a reading, or throws why not, see `believe`. Calls `beforeChange` first: where that rejects, nothing changes. */
  accept(reading: Reading, isFirst: boolean, beforeChange?: () => Promise<void>): Promise<void>;
  /** It is still as it was. */
  confirm(): void;
  /** Its server says that there is no such calendar. */
  markMissing(): void;
  /** Deletes what is stored. */
  forget(): Promise<void>;
}

/** An answer that says there is no such calendar is believed once a second one, this much later, says so too. */
const GONE_MS = 300_000;

/**
 * Loads what is stored. `isRenewed`: that was read with another address or time zone, so everything is read again. Rejects where the stores can't
 * be read, or that can't be stored.
 */
export async function openCurrentCalendar(
  config: SourceConfig,
  { kept, cache, removals, clock: now, log, changed }: SourceTools,
  isRenewed: boolean,
): Promise<CurrentCalendar> {
  const { id, name, color, keepAttendees } = config;
  const store = createCalendarStore(id, kept, cache);
  const { calendar, isCurrent, ...stored } = await store.load();
  let { revisions } = stored;
  let state = calendar?.state ?? null;
  let marks: ReadMarks = { ...(calendar?.marks ?? NO_MARKS), ...(isRenewed && { reader: null }) };
  let content: ForeignCalendar | null = null;
  const writer = createWriter(store, isCurrent ? state : null, (error) => {
    // Everything is read again.
    marks = { ...marks, reader: null };
    if (!isStorageError(error))
      log.error({ source: name, reason: errorMessage(error) }, 'a calendar could not be stored');
  });
  const save = (next: CalendarState, changes: readonly StoreChange[]): void => {
    writer.save({ state: next, marks }, changes);
  };

  // An earlier release stored it.
  if (state && !isCurrent) save(state, []);
  if (state && isRenewed) {
    // What was known of the other address must not be taken for this one's, also where this process ends before it has read it.
    save(state, []);
    await writer.saved();
  }

  return {
    get state() {
      return state;
    },
    get marks() {
      return marks;
    },
    get saved() {
      return writer.saved();
    },
    store: () => {
      if (writer.hasFailed() && state !== null) save(state, []);
      return writer.saved();
    },
    isSaved: () => writer.stored() === state,
    content: () => {
      if (state !== null && content?.state !== state)
        content = contentOf(state, { info: infoOf(config, state.about), color, keepAttendees });
      return content;
    },
    accept: async ({ file, state: reader, changes }, isFirst, beforeChange) => {
      const at = now();
      const own = { sourceId: id, previous: state, file, revisions, guard: removals, isFirst, now: at };
      const next = await runInSlices(believe(own));
      await beforeChange?.();
      const changedAt = state !== null && next.changed.size > 0 ? at : marks.changedAt;
      ({ state } = next);
      ({ revisions } = state);
      marks = { reader, checkedAt: at, changedAt, missingSince: null, isGone: false };
      save(state, changes);
      if (next.changed.size > 0) changed(id, next.changed);
    },
    confirm: () => {
      marks = { ...marks, checkedAt: now(), missingSince: null, isGone: false };
      // What would have been removed is still there.
      removals.allows(id, []);
      if (state) save(state, []);
    },
    markMissing: () => {
      const since = marks.missingSince ?? now();
      marks = { ...marks, missingSince: since, isGone: marks.isGone || now() - since >= GONE_MS };
      if (state) save(state, []);
    },
    forget: store.forget,
  };
}

/** Writes a calendar, one write after the other, and each as far as it differs from what is stored. */
function createWriter(
  store: Pick<CalendarStore, 'save'>,
  before: CalendarState | null,
  failed: (error: unknown) => void,
) {
  let stored = before;
  let saved: Promise<void> = Promise.resolve();
  let hasFailed = false;
  return {
    /** What is stored; null where that is not known. */
    stored: () => stored,
    /** Resolves when everything was written, and rejects where the store could not be. */
    saved: () => saved,
    /** Whether that was so for the last one, and no further one is under way. */
    hasFailed: () => hasFailed,
    save: (next: StoredCalendar, changes: readonly StoreChange[]): void => {
      hasFailed = false;
      saved = saved
        .catch(() => undefined)
        .then(() => store.save(next, stored, changes))
        .then(
          () => {
            stored = next.state;
            hasFailed = false;
          },
          (error: unknown) => {
            stored = null;
            hasFailed = true;
            failed(error);
            if (isStorageError(error)) throw error;
          },
        );
      // Where nobody waits for it, a failure must not count as unhandled.
      saved.catch(() => undefined);
    },
  };
}
