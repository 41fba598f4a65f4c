import type { FeedOptions, View } from '../../../src/domain/feed.ts';
import type { ForeignComponent } from '../../../src/domain/calendar.ts';
import { parseCalendarFile } from '../../../src/icalendar/foreign/parse.ts';
import { runToEnd } from '../../../src/lib/cooperative.ts';
import { foreignComponents, type ForeignContent } from '../../../src/views/calendar/view.ts';
import { DEFAULT_OPTIONS } from '../../../src/views/options/options.ts';

export const TODAY = '2026-06-15';

/** A calendar as read from this text: lines of components, each with BEGIN and END. */
export function contentOf(lines: string, source: Partial<ForeignContent['source']> = {}): ForeignContent {
  const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${lines
    .trim()
    .split(/\r?\n/)
    .map((line) => `${line.trimStart()}\r\n`)
    .join('')}END:VCALENDAR\r\n`;
  const file = runToEnd(parseCalendarFile(Buffer.from(text), { charset: null, timezone: null }));
  return {
    info: {
      id: 'cal-aaaaaaaaaa',
      identifier: 'Holidays',
      name: 'Holidays',
      color: null,
      timezone: 'Europe/Berlin',
      createdAt: 0,
      archived: false,
    },
    groups: file.groups,
    zones: file.zones,
    source: { color: null, keepAttendees: false, ...source },
    stampOf: () => null,
  };
}

/** A view of it with these options. */
export function viewWith(options: Partial<FeedOptions> = {}): View {
  return {
    scope: { kind: 'projects', projectIds: [], calendarIds: ['cal-aaaaaaaaaa'] },
    options: { ...DEFAULT_OPTIONS, ...options },
    pins: {},
    name: null,
  };
}

/** The components that a view of the content shows, by their UIDs in it. */
export function shown(content: ForeignContent, options: Partial<FeedOptions> = {}): Map<string, ForeignComponent> {
  return new Map([...foreignComponents(content, viewWith(options), TODAY)].filter((one) => one !== null));
}

/** The only one. */
export function shownOne(content: ForeignContent, options: Partial<FeedOptions> = {}): ForeignComponent {
  const [only, ...rest] = shown(content, options).values();
  if (only === undefined || rest.length > 0) throw new Error('There is not exactly one.');
  return only;
}
