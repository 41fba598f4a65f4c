import type { ProjectInfo } from '../../../domain/ports.ts';
import { contentOf, type ForeignCalendar } from '../content.ts';
import type { CalendarRegistry } from '../registry.ts';
import { infoOf, type SourceDefinition } from '../source.ts';
import type { FollowedContents } from './contents.ts';

/** Calendars as the port shows them: what is stored of them, with the settings of their sources. */
export interface ShownCalendars {
  /** The configuration or the content of these sources changed. */
  update(sourceIds: readonly string[]): void;
  /** The same object until one of both changes; null where there is none. */
  content(sourceId: string): ForeignCalendar | null;
  info(source: SourceDefinition): ProjectInfo;
  readonly onChange: CalendarRegistry['onChange'];
  /** A number that changes with the content of these calendars. */
  generation(sourceIds: readonly string[]): number;
}

export function createShownCalendars(
  sources: () => ReadonlyMap<string, SourceDefinition>,
  contents: Pick<FollowedContents, 'of'>,
): ShownCalendars {
  const shown = new Map<string, ForeignCalendar>();
  const generations = new Map<string, number>();
  const listeners: Parameters<CalendarRegistry['onChange']>[0][] = [];
  let changes = 0;

  const info = (source: SourceDefinition): ProjectInfo => infoOf(source, contents.of(source.id)?.state.about ?? null);

  function make(sourceId: string): ForeignCalendar | null {
    const source = sources().get(sourceId);
    const { state } = contents.of(sourceId) ?? {};
    if (!source || !state) return null;
    return contentOf(state, { info: info(source), color: source.color, keepAttendees: source.keepAttendees });
  }

  /** Returns the UIDs that changed; null for none. */
  function replace(sourceId: string): ReadonlySet<string> | null {
    const before = shown.get(sourceId) ?? null;
    const next = make(sourceId);
    if (isSame(before, next)) return null;
    generations.set(sourceId, ++changes);
    if (next) shown.set(sourceId, next);
    else shown.delete(sourceId);
    return next?.changedSince(before) ?? new Set();
  }

  return {
    update: (sourceIds) => {
      const changed = sourceIds.map((id) => [id, replace(id)] as const);
      for (const [id, uids] of changed) if (uids) for (const listener of listeners) listener(id, uids);
    },
    content: (sourceId) => shown.get(sourceId) ?? null,
    info,
    onChange: (listener) => {
      listeners.push(listener);
    },
    generation: (sourceIds) => Math.max(0, ...sourceIds.map((id) => generations.get(id) ?? 0)),
  };
}

function isSame(a: ForeignCalendar | null, b: ForeignCalendar | null): boolean {
  return a?.state === b?.state && JSON.stringify(a?.settings) === JSON.stringify(b?.settings);
}
