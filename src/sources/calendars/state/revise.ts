import type { Revision } from '../../../icalendar/block.ts';
import type { ForeignGroup, Stamps } from '../../../icalendar/foreign/types.ts';

/** When apps see that a component changed. They compare SEQUENCE, then DTSTAMP and LAST-MODIFIED, with what they have. */

/** SEQUENCE of a revision counts seconds from here, see `icalendar/block.ts`. */
const SEQUENCE_EPOCH_S = Date.UTC(2020, 0, 1) / 1000;
/** The year 9999, and the most that SEQUENCE can count. */
const LAST_REVISION = SEQUENCE_EPOCH_S + 2 ** 31 - 1;

/**
 * Our revision of a component, in place of its own stamps; undefined while its own do. Ours begins when the text changed and its own stamps
 * did not rise; from then on it counts, and rises with every change. `now` is in seconds since the epoch.
 */
export function reviseGroup(
  before: ForeignGroup | undefined,
  group: ForeignGroup,
  revision: Revision | undefined,
  now: number,
): Revision | undefined {
  if (before === group) return revision;
  // Whether it changed is not known, so that it counts as changed.
  if (before === undefined)
    return revision === undefined ? undefined : Math.min(Math.max(now, revision + 1), LAST_REVISION);
  if (revision === undefined && hasRisen(before.stamps, group.stamps)) return undefined;
  const own = Math.max(...[before.stamps, group.stamps].map(lowestAbove));
  return Math.min(Math.max(now, own, (revision ?? 0) + 1), LAST_REVISION);
}

function hasRisen(before: Stamps, after: Stamps): boolean {
  if (before.sequence !== after.sequence) return after.sequence > before.sequence;
  return latest(after) > latest(before);
}

function latest({ lastModified, dtstamp }: Stamps): string {
  return lastModified > dtstamp ? lastModified : dtstamp;
}

/** The lowest revision that is later than these stamps. */
function lowestAbove(stamps: Stamps): Revision {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(latest(stamps))?.map(Number) ?? [];
  const at = Date.UTC(year ?? 1970, (month ?? 1) - 1, day, hour, minute, second) / 1000;
  return Math.max((at || 0) + 1, SEQUENCE_EPOCH_S + stamps.sequence + 1);
}
