import { AppError } from '../../domain/errors.ts';
import { foldLines, oneLine, unfoldLines } from '../text.ts';
import { hasName, unescapeText } from './content-line.ts';
import { groupComponents } from './groups.ts';
import { readLines } from './lines.ts';
import type { ReadComponent } from './reader.ts';
import { createSplitter, endFile, splitBlock, splitLine, type ReadCalendar } from './splitter.ts';
import type { CalendarFile, CalendarFileOptions, Dropped } from './types.ts';
import { isDuration } from './values.ts';
import { resolveZones } from './zones.ts';

/** Reads a calendar file, whatever is wrong with it. */

/** How much of what was left out is listed. */
const MAX_DROPPED = 1_000;
/** Components that are handled in one step. */
const STEP = 64;

/**
 * Reads a file. Throws `source_invalid` for what is no calendar. What can't be read costs nothing else: it is listed.
 */
export function* parseCalendarFile(
  bytes: Uint8Array,
  { charset, timezone }: CalendarFileOptions,
): Generator<undefined, CalendarFile> {
  const list = createList();
  const splitter = createSplitter(list.add);
  let start = '';
  yield* readLines(bytes, charset, {
    line: (line, number) => {
      if (start === '') start = line.trim();
      splitLine(splitter, line, number);
    },
    block: (chunk, at, number) => (start === '' ? null : splitBlock(splitter, chunk, at, number)),
  });
  if (!splitter.isCalendar || isPage(start)) throw notACalendar(start);

  endFile(splitter);
  const { calendars, isComplete, strayUids } = splitter;
  for (const calendar of calendars) if (methodOf(calendar) === 'CANCEL') yield* cancel(calendar.components);
  const own = timezone ?? propertyOf(calendars, 'X-WR-TIMEZONE');
  const zones = yield* resolveZones(calendars, own, list.add);
  const components = calendars.flatMap((calendar) => calendar.components);
  const { groups, unreadable } = yield* groupComponents(components, list.add);
  return {
    ...headOf(calendars),
    groups,
    zones,
    unreadable: new Set([...unreadable, ...strayUids.filter((uid) => !groups.has(uid))]),
    dropped: list.all(),
    isComplete,
  };
}

const isPage = (start: string): boolean => /^<(?:!doctype|html|head|body)\b/i.test(start);

function notACalendar(start: string): AppError {
  if (start === '') return new AppError('source_invalid', 'The calendar is empty: there is no text at this address.');
  if (start.startsWith('<'))
    return new AppError(
      'source_invalid',
      'This is a web page (HTML), not a calendar. Use the address of the iCalendar file.',
    );
  return new AppError('source_invalid', 'This is not a calendar: there is no BEGIN:VCALENDAR in it.');
}

function createList(): { add(dropped: Dropped): void; all(): Dropped[] } {
  const dropped: Dropped[] = [];
  let more = 0;
  return {
    add: (one) => {
      if (dropped.length < MAX_DROPPED - 1) dropped.push(one);
      else more++;
    },
    all: () => {
      const sorted = dropped.sort((a, b) => a.line - b.line);
      return more === 0 ? sorted : [...sorted, { line: sorted.at(-1)?.line ?? 0, reason: `And ${more} more.` }];
    },
  };
}

/** The first value of a calendar property; null for none. */
function propertyOf(calendars: readonly ReadCalendar[], name: string): string | null {
  for (const { properties } of calendars) {
    const text = oneLine(unescapeText(properties.get(name) ?? ''));
    if (text !== '') return text;
  }
  return null;
}

const methodOf = ({ properties }: ReadCalendar): string => (properties.get('METHOD') ?? '').trim().toUpperCase();

function headOf(
  calendars: readonly ReadCalendar[],
): Pick<CalendarFile, 'name' | 'color' | 'refreshSeconds' | 'timezone'> {
  const first = (...names: string[]): string | null =>
    names.map((name) => propertyOf(calendars, name)).find((value) => value !== null) ?? null;
  const color = first('COLOR', 'X-APPLE-CALENDAR-COLOR');
  return {
    name: first('NAME', 'X-WR-CALNAME'),
    // Apple writes the opacity, too.
    color: color?.replace(/^(#[\da-f]{6})[\da-f]{2}$/i, '$1') ?? null,
    refreshSeconds: secondsOf(first('REFRESH-INTERVAL') ?? '') ?? secondsOf(first('X-PUBLISHED-TTL') ?? ''),
    timezone: first('X-WR-TIMEZONE'),
  };
}

const UNITS: Readonly<Record<string, number>> = { W: 604_800, D: 86_400, H: 3_600, M: 60, S: 1 };

/** The seconds of a duration; null for what is none. */
function secondsOf(duration: string): number | null {
  if (!isDuration(duration) || duration.startsWith('-')) return null;
  let seconds = 0;
  for (const part of duration.match(/\d{1,8}[WDHMS]/g) ?? [])
    seconds += parseInt(part, 10) * (UNITS[part.slice(-1)] ?? 0);
  return seconds;
}

/** METHOD:CANCEL: what it contains is cancelled, whatever it says (RFC 5546 section 3.2.5). */
function* cancel(components: ReadComponent[]): Generator<undefined, void> {
  for (const [index, component] of components.entries()) {
    if (index % STEP === 0) yield;
    let depth = 0;
    const [begin = '', ...others] = unfoldLines(component.text).filter((line) => {
      if (line.startsWith('BEGIN:')) depth++;
      else if (line.startsWith('END:')) depth--;
      return depth !== 1 || !hasName(line, 'STATUS');
    });
    components[index] = { ...component, text: foldLines([begin, 'STATUS:CANCELLED', ...others]) };
  }
}
