/** Which properties and components are allowed where, and with which values. */

/** Returns what is wrong with a value; undefined for nothing. */
type Check = (value: string) => string | undefined;

/** The rules of one property. */
export interface Rule {
  readonly check: Check;
  readonly required?: boolean;
  /** All parameters, to the letter; none when left out. */
  readonly parameters?: string;
}

/** The properties of a component. */
export type Rules = Readonly<Record<string, Rule>>;

const matches =
  (pattern: RegExp, fault: string): Check =>
  (value) =>
    pattern.test(value) ? undefined : fault;
const integer =
  (least: number, most: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `is not a number from ${least} to ${most}`;
const exactly =
  (...allowed: string[]): Check =>
  (value) =>
    allowed.includes(value) ? undefined : `is not ${allowed.join(' or ')}`;

const text = matches(/^(?:[^\\;,]|\\[\\;,nN])*$/, 'has an unescaped or wrongly escaped character');
const textList = matches(/^(?:[^\\;,]|\\[\\;,nN])+(?:,(?:[^\\;,]|\\[\\;,nN])+)*$/, 'is not a list of TEXT');
const uri = matches(/^https?:\/\/[A-Za-z0-9\-._~:/?#[\]@!$&'()*+=%]+$/, 'is not a URI that every reader takes');
const colorName = matches(/^[a-z]+$/, 'is not a CSS3 name');
const uid = matches(
  /^plane-(?:issue-[0-9a-f-]+(?:-start)?|(?:cycle|module|note|overdue)-[0-9a-f-]+)@plane-ics$/,
  'is no UID of ours',
);
/** RFC 5545 section 3.3.6: weeks can't be combined, and no unit between two others may be left out. */
const duration = matches(
  /^[+-]?P(?:\d+W|\d+D|(?:\d+D)?T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))$/,
  'is not a duration',
);
const date: Check = (value) => (isRealDay(value) ? undefined : 'is not a real day');
const utc: Check = (value) =>
  /^\d{8}T(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ$/.test(value) && isRealDay(value.slice(0, 8))
    ? undefined
    : 'is not a UTC date-time';

const CALENDAR: Rules = {
  VERSION: { check: exactly('2.0'), required: true },
  PRODID: { check: text, required: true },
  CALSCALE: { check: exactly('GREGORIAN') },
  NAME: { check: text, required: true },
  'X-WR-CALNAME': { check: text, required: true },
  DESCRIPTION: { check: text, required: true },
  'X-WR-CALDESC': { check: text, required: true },
  COLOR: { check: colorName, required: true },
  'X-APPLE-CALENDAR-COLOR': { check: matches(/^#[0-9a-f]{6}$/, 'is not #rrggbb'), required: true },
  'REFRESH-INTERVAL': { check: exactly('PT1H'), required: true, parameters: ';VALUE=DURATION' },
  'X-PUBLISHED-TTL': { check: exactly('PT1H'), required: true },
  URL: { check: uri },
};

/** What events and to-dos have in common. */
const COMPONENT: Rules = {
  UID: { check: uid, required: true },
  DTSTAMP: { check: utc, required: true },
  'LAST-MODIFIED': { check: utc, required: true },
  CREATED: { check: utc },
  SEQUENCE: { check: integer(0, 2 ** 31 - 1), required: true },
  SUMMARY: { check: text, required: true },
  DESCRIPTION: { check: text },
  CATEGORIES: { check: textList },
  URL: { check: uri, parameters: ';VALUE=URI' },
  COLOR: { check: colorName },
};

const EVENT: Rules = {
  ...COMPONENT,
  DTSTART: { check: date, required: true, parameters: ';VALUE=DATE' },
  DTEND: { check: date, parameters: ';VALUE=DATE' },
  STATUS: { check: exactly('CONFIRMED'), required: true },
  TRANSP: { check: exactly('TRANSPARENT'), required: true },
  'X-MICROSOFT-CDO-BUSYSTATUS': { check: exactly('FREE'), required: true },
  'X-MICROSOFT-CDO-ALLDAYEVENT': { check: exactly('TRUE') },
  PRIORITY: { check: integer(1, 9) },
};

const TODO: Rules = {
  ...COMPONENT,
  DTSTART: { check: date, parameters: ';VALUE=DATE' },
  DUE: { check: date, parameters: ';VALUE=DATE' },
  STATUS: { check: exactly('NEEDS-ACTION', 'IN-PROCESS', 'COMPLETED', 'CANCELLED'), required: true },
  PRIORITY: { check: integer(0, 9), required: true },
  'PERCENT-COMPLETE': { check: integer(0, 100) },
  COMPLETED: { check: utc },
  'RELATED-TO': { check: uid },
};

const ALARM: Rules = {
  ACTION: { check: exactly('DISPLAY'), required: true },
  DESCRIPTION: { check: text, required: true },
  TRIGGER: { check: duration, required: true },
};

const TODO_ALARM: Rules = {
  ...ALARM,
  TRIGGER: { check: duration, required: true, parameters: ';RELATED=END' },
};

/** Which component may contain which, and the rules there. */
export const PLACES: Readonly<Record<string, Readonly<Record<string, Rules>>>> = {
  '': { VCALENDAR: CALENDAR },
  VCALENDAR: { VEVENT: EVENT, VTODO: TODO },
  VEVENT: { VALARM: ALARM },
  VTODO: { VALARM: TODO_ALARM },
};

function isRealDay(value: string): boolean {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(value);
  if (!match) return false;
  const day = new Date(`${match[1]}-${match[2]}-${match[3]}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(`${match[1]}-${match[2]}-${match[3]}`);
}
