import { createHash } from 'node:crypto';
import type { Zone } from '../../domain/calendar.ts';
import { parametersOf, valueStart } from '../../icalendar/foreign/content-line.ts';
import { isDateOrTime, isDuration, isInteger } from '../../icalendar/foreign/values.ts';
import { foldLines } from '../../icalendar/text.ts';
import { nameOf, valueOf } from './lines.ts';

/** Components and zones of a private feed: times and transparency, and nothing that a person wrote. Each value is checked, not only its name. */

/** The title of every component. */
export const PRIVATE_SUMMARY = 'Busy';

/** The UID in private feeds: UIDs hold names of people, companies and servers. */
export function privateUid(sourceId: string, uid: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([sourceId, uid]))
    .digest('hex');
  return `busy-${digest.slice(0, 32)}@plane-ics`;
}

const isTimes = (value: string): boolean =>
  value.split(/[,/]/).every((one) => isDateOrTime(one.toUpperCase()) || isDuration(one.toUpperCase()));

const WEEKDAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
const NUMBERS = /^[-+]?\d{1,3}(?:,[-+]?\d{1,3})*$/;
const NUMBER_PARTS = ['BYSECOND', 'BYMINUTE', 'BYHOUR', 'BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYSETPOS'];
const RULE_PARTS: ReadonlyMap<string, RegExp> = new Map([
  ...NUMBER_PARTS.map((name) => [name, NUMBERS] as const),
  ...Object.entries({
    FREQ: /^(?:YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY|SECONDLY)$/,
    UNTIL: /^[\dTZ]{8,16}$/,
    COUNT: /^\+?\d{1,10}$/,
    INTERVAL: /^\+?\d{1,10}$/,
    BYDAY: new RegExp(`^[-+]?\\d{0,2}${WEEKDAY}(?:,[-+]?\\d{0,2}${WEEKDAY})*$`),
    BYMONTH: /^\d{1,2}L?(?:,\d{1,2}L?)*$/,
    WKST: new RegExp(`^${WEEKDAY}$`),
    RSCALE: /^(?:GREGORIAN|CHINESE|HEBREW|ETHIOPIC|INDIAN|DANGI|COPTIC|PERSIAN|JAPANESE|BUDDHIST)$/,
    SKIP: /^(?:OMIT|BACKWARD|FORWARD)$/,
  }),
]);

/** The parts of a rule that RFC 5545 knows. */
function plainRule(value: string): string | null {
  const parts = value
    .toUpperCase()
    .split(';')
    .filter((part) => {
      const [name = '', ...rest] = part.split('=');
      return RULE_PARTS.get(name)?.test(rest.join('=')) === true;
    });
  return parts.some((part) => part.startsWith('FREQ=')) ? parts.join(';') : null;
}

type Plain = (value: string) => string | null;

const ifItIs =
  (isAllowed: (value: string) => boolean): Plain =>
  (value) =>
    isAllowed(value) ? value.toUpperCase() : null;
const times = ifItIs(isTimes);
const one = (...allowed: string[]): Plain => ifItIs((value) => allowed.includes(value.toUpperCase()));

/** What is left of a value, by property; null for nothing. */
const PROPERTIES: ReadonlyMap<string, Plain> = new Map(
  Object.entries({
    DTSTART: times,
    DTEND: times,
    DUE: times,
    DURATION: times,
    RRULE: plainRule,
    EXRULE: plainRule,
    RDATE: times,
    EXDATE: times,
    'RECURRENCE-ID': times,
    TRANSP: one('OPAQUE', 'TRANSPARENT'),
    STATUS: one('CANCELLED'),
    DTSTAMP: times,
    'LAST-MODIFIED': times,
    SEQUENCE: ifItIs(isInteger),
  }),
);

const VALUES = ['DATE', 'DATE-TIME', 'PERIOD'];

/** The lines of a component in a private feed; `zoneName` says what its zones are called there. */
export function privateLines(
  lines: readonly string[],
  uid: string,
  zoneName: (tzid: string) => string | null,
): readonly string[] {
  const [begin = '', ...rest] = lines;
  const kept = [begin, `UID:${uid}`, `SUMMARY:${PRIVATE_SUMMARY}`];
  let depth = 1;
  for (const line of rest) {
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    else if (depth === 1) {
      const plain = plainLine(line, zoneName);
      if (plain !== null) kept.push(plain);
    }
  }
  return [...kept, ...lines.slice(-1)];
}

function plainLine(line: string, zoneName: (tzid: string) => string | null): string | null {
  const name = nameOf(line);
  const value = PROPERTIES.get(name)?.(valueOf(line).trim()) ?? null;
  if (value === null) return null;
  const params = parametersOf(line, valueStart(line));
  const zone = params.get('TZID');
  const plainZone = zone === undefined ? null : zoneName(zone);
  const type = params.get('VALUE')?.toUpperCase() ?? '';
  const isRange = name === 'RECURRENCE-ID' && params.get('RANGE')?.toUpperCase() === 'THISANDFUTURE';
  return [
    name,
    plainZone === null ? '' : `;TZID=${plainZone}`,
    VALUES.includes(type) ? `;VALUE=${type}` : '',
    isRange ? ';RANGE=THISANDFUTURE' : '',
    `:${value}`,
  ].join('');
}

const OFFSET: Plain = (value) => {
  const [, sign = '', digits] = /^([-+]?)(\d\d:?\d\d(?::?\d\d)?)$/.exec(value) ?? [];
  // Some zones have colons, or no sign: without its offset, a time would be another one.
  return digits === undefined ? null : (sign === '' ? '+' : sign) + digits.replaceAll(':', '');
};
const ZONE_PROPERTIES: ReadonlyMap<string, Plain> = new Map(
  Object.entries({
    DTSTART: times,
    RDATE: times,
    RRULE: plainRule,
    TZOFFSETFROM: OFFSET,
    TZOFFSETTO: OFFSET,
  }),
);
const ZONE_PARTS = /^(?:BEGIN|END):(?:STANDARD|DAYLIGHT)$/i;

const privateZones = new WeakMap<Zone, Zone>();

/** A zone with its offsets alone. Its name is a number made of them, so that two zones of a feed have one name only where they are the same. */
export function privateZone(zone: Zone): Zone {
  let known = privateZones.get(zone);
  if (known === undefined) {
    const body = zone.text
      .replace(/\r\n[ \t]/g, '')
      .split('\r\n')
      .flatMap((line) => {
        if (ZONE_PARTS.test(line)) return [line.toUpperCase()];
        const name = nameOf(line);
        const value = ZONE_PROPERTIES.get(name)?.(valueOf(line).trim()) ?? null;
        return value === null ? [] : [`${name}:${value}`];
      });
    const number = createHash('sha256').update(body.join('\n')).digest().readUIntBE(0, 6);
    const tzid = `zone-${number}`;
    known = { tzid, text: foldLines(['BEGIN:VTIMEZONE', `TZID:${tzid}`, ...body, 'END:VTIMEZONE']) };
    privateZones.set(zone, known);
  }
  return known;
}
