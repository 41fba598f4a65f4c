import { describe, expect, test } from '@jest/globals';
import { aSnapshot, aWorkItem } from './make.ts';
import { lint } from './linter.ts';
import { render } from './render.ts';

/** The judge is judged: each fault put into a clean calendar is found. */

const clean = (
  await render(
    aSnapshot({
      items: [aWorkItem({ labelIds: ['x'] }), aWorkItem({ id: '20000000-0000-4000-8000-000000000009', number: 9 })],
      labels: [{ id: 'x', name: 'a,b' }],
    }),
  )
).identity.toString();

test('a clean calendar has no faults', () => {
  expect(lint(Buffer.from(clean))).toEqual([]);
});

describe('finds', () => {
  test.each<[string, (text: string) => string | Buffer]>([
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['a bare line feed', (text) => text.replace('VERSION:2.0\r\n', 'VERSION:2.0\n')],
    ['a missing end of line', (text) => text.slice(0, -2)],
    ['a long line', (text) => text.replace('SUMMARY:', `SUMMARY:${'x'.repeat(70)}`)],
    [
      'a split character',
      (text) =>
        Buffer.concat([
          Buffer.from(text.replace(/SUMMARY:.*\r\n[^]*/, 'SUMMARY:')),
          Buffer.from([0xe2, 0x9c]),
          Buffer.from('\r\n '),
          Buffer.from([0x93]),
          Buffer.from('\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'),
        ]),
    ],
    ['a control character', (text) => text.replace('Fix', 'F\u0001ix')],
    ['a line separator', (text) => text.replace('Fix', 'F\u2028ix')],
    ['a blank line', (text) => text.replace('SUMMARY', '\r\nSUMMARY')],
    ['a line that is none', (text) => text.replace('SUMMARY:', 'SUMMARY ')],
    ['an unclosed component', (text) => text.replace('END:VEVENT\r\n', '')],
    ['a missing property', (text) => text.replace(/TRANSP:.*\r\n/, '')],
    ['a property twice', (text) => text.replace(/(TRANSP:.*\r\n)/, '$1$1')],
    ['an unknown property', (text) => text.replace('TRANSP', 'X-OTHER:1\r\nTRANSP')],
    ['METHOD', (text) => text.replace('CALSCALE', 'METHOD:PUBLISH\r\nCALSCALE')],
    ['ATTENDEE', (text) => text.replace('TRANSP', 'ATTENDEE:mailto:a@b.c\r\nTRANSP')],
    ['an unescaped comma', (text) => text.replace('Fix login', 'Fix, login')],
    ['a wrong escape', (text) => text.replace('Fix login', 'Fix \\login')],
    ['an empty value', (text) => text.replace(/SUMMARY:.*\r\n/, 'SUMMARY:\r\n')],
    ['a backslash in a URL', (text) => text.replace('browse', 'brow\\,se')],
    ['a day that is none', (text) => text.replaceAll('20260304', '20260231')],
    ['an end before the start', (text) => text.replaceAll('DTEND;VALUE=DATE:20260305', 'DTEND;VALUE=DATE:20260304')],
    ['a time without zone', (text) => text.replace(/(DTSTAMP:\w+)Z/, '$1')],
    ['stamps that differ', (text) => text.replace(/DTSTAMP:2026/, 'DTSTAMP:2025')],
    ['STATUS:CANCELLED', (text) => text.replace('CONFIRMED', 'CANCELLED')],
    ['a priority out of range', (text) => text.replace('TRANSP', 'PRIORITY:12\r\nTRANSP')],
    ['a sequence out of range', (text) => text.replace(/SEQUENCE:\d+/, 'SEQUENCE:2147483648')],
    ['a UID twice', (text) => text.replace('000000000009@', '000000000001@')],
    ['no component at all', (text) => text.replace(/BEGIN:VEVENT[^]*END:VEVENT\r\n/, '')],
    ['HTML', () => '<!doctype html>\r\n'],
  ])('%s', (_what, spoil) => {
    const spoilt = spoil(clean);
    expect(lint(Buffer.from(spoilt))).not.toEqual([]);
  });
});
