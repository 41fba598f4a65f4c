import type { Zone } from '../../../domain/calendar.ts';
import type { Revision } from '../../../icalendar/block.ts';
import { knownZone } from '../../../icalendar/foreign/known-zones.ts';
import type { CalendarFile, Dropped, ForeignGroup } from '../../../icalendar/foreign/types.ts';

/** A calendar as last believed. Immutable: what did not change is the same object in the next one. */
export interface CalendarState {
  readonly groups: ReadonlyMap<string, ForeignGroup>;
  /** Those that groups refer to. */
  readonly zones: ReadonlyMap<string, Zone>;
  /** Our revisions, of components whose origin changed them without changing their stamps; only rising. */
  readonly revisions: ReadonlyMap<string, Revision>;
  readonly about: CalendarAbout;
}

/** What a calendar says of itself, and what could not be read in it. */
export interface CalendarAbout {
  readonly name: string | null;
  /** "#rrggbb"; null where it has none, or has it in another form. */
  readonly color: string | null;
  readonly timezone: string | null;
  readonly refreshSeconds: number | null;
  readonly dropped: readonly Dropped[];
  /** UIDs that can't be read now, and are shown as they last were. */
  readonly stale: readonly string[];
  /** The years in which its events are. */
  readonly years: Years;
}

/** Years from one to another, both inclusive. */
export interface Years {
  readonly from: number;
  readonly to: number;
}

/** At most this many lines that were left out are remembered. */
const MAX_DROPPED = 100;

/** What a file says of its calendar. */
export function aboutOf(file: CalendarFile, stale: readonly string[], years: Years): CalendarAbout {
  const { name, color, timezone, refreshSeconds, dropped } = file;
  const isHex = color !== null && /^#[\da-f]{6}$/i.test(color);
  return {
    name,
    color: isHex ? color.toLowerCase() : null,
    timezone: timezone !== null && knownZone(timezone) !== null ? timezone : null,
    refreshSeconds,
    dropped: dropped.slice(0, MAX_DROPPED),
    stale,
    years,
  };
}
