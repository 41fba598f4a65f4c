import { parseCalendarFile } from '../../../src/icalendar/foreign/parse.ts';
import { knownZone } from '../../../src/icalendar/foreign/known-zones.ts';
import type { ForeignGroup } from '../../../src/icalendar/foreign/types.ts';
import { occurrencesOf } from '../../../src/icalendar/recurrence/occurrences.ts';
import type { SeriesOptions } from '../../../src/icalendar/recurrence/part.ts';
import { runToEnd } from '../../../src/lib/cooperative.ts';

/** Times without a zone are in UTC, and the zones those of the database. */
export const OPTIONS: SeriesOptions = { zoneOf: (tzid) => knownZone(tzid) ?? undefined, floatingZone: null };

/** A group of events with one UID; each text is the lines of one component without BEGIN, UID, DTSTAMP and END. */
export function groupOf(...components: readonly string[]): ForeignGroup {
  return groupNamed('VEVENT', ...components);
}

/** The same with other components. */
export function groupNamed(name: 'VEVENT' | 'VTODO' | 'VJOURNAL', ...components: readonly string[]): ForeignGroup {
  const texts = components.map((text) =>
    [
      `BEGIN:${name}`,
      'UID:one',
      'DTSTAMP:20260101T000000Z',
      ...text.split('\n').map((line) => line.trim()),
      `END:${name}`,
      '',
    ].join('\r\n'),
  );
  const bytes = Buffer.from(`BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${texts.join('')}END:VCALENDAR\r\n`);
  const file = runToEnd(parseCalendarFile(bytes, { charset: null, timezone: null }));
  const group = file.groups.get('one');
  if (group === undefined) throw new Error(JSON.stringify(file.dropped));
  return group;
}

/** The starts of all occurrences within some days, separated by spaces; seconds and what all have in common are left out. */
export function startsOf(group: ForeignGroup, from = '2026-01-01', to = '2026-12-31', options = OPTIONS): string {
  return [...occurrencesOf(group, options, from, to)].map(({ start }) => start.replace(/:00Z$/, 'Z')).join(' ');
}
