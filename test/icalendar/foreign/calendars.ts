import fc from 'fast-check';
import { component, europeanZone, fixedZone } from './read.ts';

/** Calendars as others may write them: random ones, all valid. */

const characters = (all: string): string[] => Array.from(all);

/** Characters of a value that are safe, which need care, and which are of several bytes. */
const text = fc.string({
  unit: fc.constantFrom(
    ...characters('abc xyz019.-_/\t'),
    '\\,',
    '\\;',
    '\\n',
    '\\\\',
    ':',
    '"',
    '=',
    'ä',
    'é',
    '–',
    '日',
    '👩‍🚀',
    '\u0301',
  ),
  maxLength: 90,
});
const name = fc
  .string({ unit: fc.constantFrom(...characters('ABCXYZ019-')), minLength: 1, maxLength: 12 })
  .map((all) => `X-${all}`);
const quoted = fc
  .string({ unit: fc.constantFrom(...characters('abc :;,=äé日👩')), maxLength: 20 })
  .map((all) => `"${all}"`);
const plain = fc.string({ unit: fc.constantFrom(...characters('abc =äé日/@.')), minLength: 1, maxLength: 12 });
// A list, an X- parameter can't be for ical.js, which the result is compared with.
const parameter = fc.oneof(
  fc.tuple(name, fc.oneof(quoted, plain)).map(([key, value]) => `;${key}=${value}`),
  fc.array(quoted, { minLength: 1, maxLength: 3 }).map((values) => `;MEMBER=${values.join(',')}`),
);
const parameters = fc.array(parameter, { maxLength: 3 }).map((all) => all.join(''));

/** A property that may be there any number of times. */
const property = fc
  .tuple(fc.oneof(name, fc.constantFrom('SUMMARY', 'DESCRIPTION', 'LOCATION', 'COMMENT', 'CONTACT')), parameters, text)
  .map(([key, more, value]) => `${key}${more}:${value}`);
const person = fc
  .tuple(parameters, text)
  .map(([more, value]) => `ATTENDEE${more};CN="x, y":mailto:${encodeURI(value)}`);

export const ZONES = {
  'W. Europe Standard Time': europeanZone('W. Europe Standard Time'),
  '(UTC+05:30) Chennai, Kolkata': fixedZone('(UTC+05:30) Chennai\\, Kolkata', '+0530'),
  'Europe/Berlin': europeanZone('Europe/Berlin').replaceAll('16010101', '19700101'),
};
const day = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().replace(/[-:]|\.\d+Z/g, ''));
const time = fc.oneof(
  day.map((one) => `:${one}Z`),
  day.map((one) => `:${one}`),
  day.map((one) => `;VALUE=DATE:${one.slice(0, 8)}`),
  fc
    .tuple(fc.constantFrom(...Object.keys(ZONES)), day)
    .map(([tzid, one]) => `;TZID=${/[,:]/.test(tzid) ? `"${tzid}"` : tzid}:${one}`),
);
const RULES = [
  'FREQ=DAILY',
  'FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5',
  'FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20301231T000000Z',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;WKST=SU',
];
const rule = fc.constantFrom(...RULES).map((one) => `RRULE:${one}`);
const alarm = fc
  .tuple(fc.constantFrom('-PT15M', 'P0D', '-P1W'), fc.array(property, { maxLength: 2 }))
  .map(([trigger, lines]) => component('VALARM', 'ACTION:DISPLAY', `TRIGGER:${trigger}`, ...lines));

/** A component, as a block of lines. */
const anyComponent = (uid: string): fc.Arbitrary<string> =>
  fc
    .record({
      kind: fc.constantFrom('VEVENT', 'VEVENT', 'VTODO', 'VJOURNAL'),
      start: time,
      ends: fc.option(
        fc.oneof(
          time.map((one) => `DTEND${one}`),
          fc.constant('DURATION:PT1H30M'),
        ),
      ),
      rules: fc.array(
        fc.oneof(
          rule,
          time.map((one) => `EXDATE${one}`),
          time.map((one) => `RDATE${one}`),
        ),
        { maxLength: 3 },
      ),
      others: fc.array(fc.oneof(property, person, alarm), { maxLength: 6 }),
    })
    .map(({ kind, start, ends, rules, others }) =>
      component(
        kind,
        ...others.slice(3),
        `UID:${uid}`,
        'DTSTAMP:20260101T000000Z',
        `DTSTART${start}`,
        ...(ends === null ? [] : [ends]),
        ...rules,
        ...others.slice(0, 3),
      ),
    );

/** Several components, each with a UID of its own. */
export const components: fc.Arbitrary<string[]> = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => anyComponent(`uid-${index}@example.com`))));

/** The bytes of a text with folds at random places, also inside characters, and any line ends. */
export const foldedBytes = (content: string, places: readonly number[], lineEnd: string): Buffer => {
  const lines = Buffer.from(content).toString('latin1').split('\r\n');
  const folded = lines.map((line, index) => {
    const at = 1 + ((places[index % places.length] ?? 0) % Math.max(1, line.length));
    return at >= line.length ? line : `${line.slice(0, at)}${lineEnd} ${line.slice(at)}`;
  });
  return Buffer.from(folded.join(lineEnd), 'latin1');
};
