import type { HoursCalendar } from '../../views/calendar/hours.ts';
import type { Ignored } from './instance.ts';
import type { EventProperties } from './properties.ts';

const DAY_MS = 86_400_000;

/** When an instance is. */
interface Times {
  readonly start: number;
  readonly end: number;
  readonly isAllDay: boolean;
  /** Whether it is from midnight to midnight where its calendar is: in spring such a day has 23 hours. */
  readonly isWholeDays: boolean;
}

type Reason = (properties: EventProperties, times: Times, settings: HoursCalendar['settings']) => boolean;

/** Why an instance doesn't count, by itself: the first that applies. */
const REASONS: readonly (readonly [ignored: Ignored, applies: Reason])[] = [
  [{ kind: 'cancelled', reason: 'Cancelled' }, ({ isCancelled }) => isCancelled],
  [
    { kind: 'declined', reason: 'Declined' },
    ({ declinedBy }, _times, { address }) => address !== null && declinedBy.has(address.toLowerCase()),
  ],
  [{ kind: 'all_day', reason: 'All-day event' }, (_properties, { isAllDay }) => isAllDay],
  [
    { kind: 'all_day', reason: 'Lasts 24 hours or longer, like an all-day event' },
    (_properties, { start, end }) => end - start >= DAY_MS,
  ],
  [
    { kind: 'all_day', reason: 'From midnight to midnight, like an all-day event' },
    (_properties, { isWholeDays }) => isWholeDays,
  ],
  [{ kind: 'transparent', reason: 'Shown as free (transparent)' }, ({ isTransparent }) => isTransparent],
  [
    { kind: 'private', reason: 'Private' },
    ({ isPrivate }, _times, settings) => isPrivate === true && settings.private === 'ignore',
  ],
  [{ kind: 'no_length', reason: 'Has no length' }, (_properties, { start, end }) => end <= start],
];

/** Why an instance doesn't count; null where it does, as far as it says itself. */
export function ignoredBy(
  properties: EventProperties,
  times: Times,
  settings: HoursCalendar['settings'],
): Ignored | null {
  return REASONS.find(([, applies]) => applies(properties, times, settings))?.[0] ?? null;
}
