import { groupBy } from '../../lib/group-by.ts';
import { instantText } from '../identity.ts';
import type { Ignored, Instance } from './instance.ts';

/**
 * Which instances are also in another calendar of the same person: with the same UID and original start. The one in the calendar with the
 * lowest id counts, as long as it counts by itself. Times may differ for as long as one of the calendars was not read again. An instance that
 * is twice in one calendar counts once: its RECURRENCE-ID may be there in two time zones.
 */
export function* duplicatesIn(instances: readonly Instance[]): Generator<undefined, ReadonlyMap<Instance, Ignored>> {
  const counted = instances.filter(({ ignored }) => ignored === null);
  const calendars = [...groupBy(counted, ({ calendar }) => calendar)].sort(([a], [b]) => (a.id < b.id ? -1 : 1));
  const first = new Map<string, Instance>();
  const duplicates = new Map<Instance, Ignored>();
  for (const instance of calendars.flatMap(([, theirs]) => theirs)) {
    const keys = keysOf(instance);
    const other = keys.map((key) => first.get(key)).find((one) => one !== undefined);
    if (other) duplicates.set(instance, { kind: 'duplicate', reason: `Also in “${other.calendar.name}”` });
    else for (const key of keys) first.set(key, instance);
    yield;
  }
  return duplicates;
}

/** A single event has two: a calendar that was copied event by event has each instance of a series as one. */
function keysOf({ calendar, uid, instance, start }: Instance): string[] {
  const starts = instance === null ? [null, instantText(start)] : [instance];
  return starts.map((one) => JSON.stringify([calendar.settings.memberId, uid, one]));
}
