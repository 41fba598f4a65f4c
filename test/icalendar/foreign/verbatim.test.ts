import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readVerbatim } from '../../../src/icalendar/foreign/verbatim.ts';
import { foldLines } from '../../../src/icalendar/text.ts';
import { runs } from '../../support/runs.ts';
import { components, ZONES } from './calendars.ts';
import { calendar, event, read } from './read.ts';

/** What is in a file as it would be written here is taken as it is. The same with LF alone has to be read line by line. */

const lineByLine = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');

const folded = (text: string): Buffer => Buffer.from(foldLines(text.trimEnd().split('\r\n')));

/** What writers do, and what happens to files on their way. */
const DIRT = [
  '\r\n ',
  '\r\n\t',
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  ' ',
  '\t',
  '\0',
  '\x7f',
  ':',
  ';',
  '"',
  ';TZID=Nowhere',
  '\xe4',
  '\xc3',
  '\xc2\x85',
  '\xe2\x80\xa8',
  '\xef\xbb\xbf',
  '\xef\xbf\xbd',
  '\r\nBEGIN:VALARM',
  '\r\nEND:VALARM',
  '\r\nBEGIN:X-INNER\r\nEND:X-INNER',
  '\r\nbegin:valarm\r\nend:valarm',
  '\r\nEND:VEVENT',
  '\r\nBEGIN:VTODO',
  '\r\nUID:another',
  '\r\nUID: ',
  '\r\nstatus: confirmed ',
  '\r\nSEQUENCE:x',
  '\r\nDTSTART:20261301',
  '\r\nRDATE:',
  '\r\nX-PLANE-MIRROR:1',
  `\r\nX-LONG:${'x'.repeat(80)}`,
  `\r\nX-CUT:${'x'.repeat(69)}\r\n(it goes on)`,
  `\r\nX-TAB:${'x'.repeat(69)}\r\n\tx`,
  `\r\nX-SHORT:${'x'.repeat(66)}\r\n x`,
  '\r\nX-LATIN:\xe4',
  '\r\nX-LF:1\nX-MORE:1',
  '\r\n:no name',
  '\r\nX-NO-VALUE',
  '\r\nUID:stray\r\nBEGIN:VEVENT\r\nSUMMARY:no start\r\nEND:VEVENT',
  '\r\nBEGIN:VALARM\r\nEND:X-OTHER\r\nEND:VALARM',
  '\r\nEND:VEVENT\r\nUID:stray\r\nBEGIN:VEVENT\r\nDTSTART:20260101\r\nEND:VEVENT\r\nEND:VALARM',
  `\r\nX-FULL:${'x'.repeat(68)}\r\n \r\nX-NEXT:1`,
];

/** Where in thousandths, what is inserted, and how many bytes are removed. */
const change = fc.tuple(
  fc.integer({ min: 0, max: 999 }),
  fc.constantFrom(...DIRT, ''),
  fc.constantFrom(0, 0, 1, 3, 40),
);

/** Mostly at the end of a line, where it does most harm. */
function damaged(bytes: Buffer, changes: readonly (readonly [number, string, number])[], isAnywhere: boolean): Buffer {
  return changes.reduce((before, [place, dirt, removed]) => {
    const any = Math.floor((place / 1000) * before.length);
    const at = isAnywhere ? any : Math.max(0, before.indexOf('\r\n', any));
    return Buffer.concat([before.subarray(0, at), Buffer.from(dirt, 'latin1'), before.subarray(at + removed)]);
  }, bytes);
}

/** What is read, or why nothing can be. */
function result(bytes: Buffer): unknown {
  try {
    return read(bytes);
  } catch (error) {
    return String(error);
  }
}

test('a calendar says the same whether its components are taken as they are or read line by line', () => {
  const property = fc.property(
    components,
    fc.array(change, { maxLength: 4 }),
    fc.boolean(),
    // Longer than what is read at once.
    fc.constantFrom(0, 0, 15_000, 17_000),
    (all, changes, isAnywhere, length) => {
      const padding = length === 0 ? [] : [event('padding', `X-PADDING:${'x'.repeat(length)}`)];
      const bytes = folded(calendar(...Object.values(ZONES), ...padding, ...all, ...all));
      const dirty = damaged(bytes, changes, isAnywhere);
      expect(result(dirty)).toEqual(result(lineByLine(dirty)));
    },
  );
  fc.assert(property, runs(1000));
});

const taken = (text: string) => {
  const content = Buffer.from(text);
  const isPlain = content.length === text.length;
  return readVerbatim({ text: content.toString('latin1'), isPlain, content, offset: 0 }, 0, 1);
};

const TEXTS = [
  event('plain', 'SUMMARY:a', 'BEGIN:VALARM', 'TRIGGER:-PT5M', 'END:VALARM'),
  event('long', `DESCRIPTION:${'x'.repeat(200)}`, `COMMENT:${'x'.repeat(67)}`),
  event('other', `DESCRIPTION:${'ä'.repeat(50)}日${'👩‍🚀'.repeat(20)}`),
];

test.each(TEXTS)('a component that is as it would be written here is taken as it is', (text) => {
  const whole = foldLines(text.split('\r\n'));
  expect(taken(whole)).toMatchObject({ component: { text: whole }, end: Buffer.byteLength(whole) });
  expect(taken(whole.slice(0, -1))).toBeUndefined();
});

test.each([
  event('a', 'SUMMARY:a').replace('SUMMARY', '\r\nSUMMARY'),
  event('a', `DESCRIPTION:${'x'.repeat(80)}`),
  event('a', 'SUMMARY:fol\r\n ded'),
  event('a', `COMMENT:${'x'.repeat(67)}\r\n `),
  event('a', `COMMENT:${'x'.repeat(67)}\r\n\tx`),
  event('a', 'begin:VALARM', 'END:VALARM'),
  event('a', 'SUMMARY:a').replaceAll('\r\n', '\n'),
  event('a', 'no property'),
  event('a', 'STATUS:CONFIRMED '),
  event('a', 'SEQUENCE:first'),
  event('a', 'SUMMARY:\u2028'),
  event('a', 'DTSTART:20261202'),
])('one that would be written in another way is read line by line', (text) => {
  expect(taken(`${text}\r\n`)).toBeNull();
});

test('one without an end goes on after the chunk only where no other begins in it', () => {
  const open = event('a').replace('\r\nEND:VEVENT', '\r\n');
  expect(taken(open)).toBeUndefined();
  expect(taken(open + open)).toBeNull();
});
