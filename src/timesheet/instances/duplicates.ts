import type { Ignored, Instance } from './instance.ts';

/**
 * Which instances are also in another calendar of the same person: with the same UID and original start. The one in the calendar with the
 * lowest id counts, as long as it counts by itself. Times may differ for as long as one of the calendars was not read again. An instance that
 * is twice in one calendar counts once: its RECURRENCE-ID may be there in two time zones.
 */
export function* duplicatesIn(instances: readonly Instance[]): Generator<undefined, ReadonlyMap<Instance, Ignored>> {
  const first = new Map<string, Instance>();
  const keyOf = ({ calendar, uid, instance }: Instance): string =>
    JSON.stringify([calendar.settings.memberId, uid, instance]);
  const counted = instances.filter(({ ignored }) => ignored === null);
  for (const instance of counted) {
    const key = keyOf(instance);
    const other = first.get(key);
    if (!other || instance.calendar.id < other.calendar.id) first.set(key, instance);
    yield;
  }
  const duplicates = new Map<Instance, Ignored>();
  for (const instance of counted) {
    const other = first.get(keyOf(instance)) ?? instance;
    if (other !== instance) duplicates.set(instance, { kind: 'duplicate', reason: `Also in “${other.calendar.name}”` });
    yield;
  }
  return duplicates;
}
