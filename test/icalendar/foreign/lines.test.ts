import { describe, expect, test } from '@jest/globals';
import { calendar, component, event, linesOf, read, reasonsIn, STAMP, uidsIn } from './read.ts';

const NAME = 'Ärger im Café';
const one = calendar(event('a', `SUMMARY:${NAME}`), event('b'));
const summaryOf = (content: string | Uint8Array, charset: string | null = null): string | undefined =>
  linesOf(read(content, { charset }), 'a').find((line) => line.startsWith('SUMMARY'));

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('the characters of a file', () => {
  test.each<[string, Uint8Array, string | null]>([
    ['UTF-8', Buffer.from(one), null],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${one}`), null],
    ['UTF-8 that is said to be Latin-1', Buffer.from(`\ufeff${one}`), 'iso-8859-1'],
    ['UTF-8 that is said to be another charset', Buffer.from(one), 'iso-8859-2'],
    ['Latin-1', Buffer.from(one, 'latin1'), null],
    ['Latin-1 that says so', Buffer.from(one, 'latin1'), 'ISO-8859-1'],
    ['Latin-1 that is said to be UTF-8', Buffer.from(one, 'latin1'), 'utf-8'],
    ['Latin-1 with a charset that nobody knows', Buffer.from(one, 'latin1'), 'x-unknown'],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${one}`, 'utf16le'), null],
    ['UTF-16, the other way round', utf16be(`\ufeff${one}`), null],
    ['UTF-16 that says so', Buffer.from(one, 'utf16le'), 'utf-16'],
  ])('are read from %s', (_what, bytes, charset) => {
    expect(summaryOf(bytes, charset)).toBe(`SUMMARY:${NAME}`);
    expect(uidsIn(read(bytes, { charset }))).toEqual(['a', 'b']);
  });

  test('are read from another charset', () => {
    const bytes = Buffer.from(calendar(event('a', 'SUMMARY:\xf0\xd2\xc9\xd7\xc5\xd4')), 'latin1');
    expect(summaryOf(bytes, 'koi8-r')).toBe('SUMMARY:Привет');
    expect(summaryOf(Buffer.from(calendar(event('a', 'SUMMARY:5 \x80')), 'latin1'))).toBe('SUMMARY:5 €');
  });

  test('are right in every line but the one with a wrong byte', () => {
    const text = calendar(event('a', `SUMMARY:${NAME}`, 'LOCATION:K\xffln'));
    const bytes = Buffer.from(text).toString('latin1').replace('\xc3\xbf', '\xf6');
    const lines = linesOf(read(Buffer.from(bytes, 'latin1')), 'a');
    expect(lines).toContain(`SUMMARY:${NAME}`);
    expect(lines).toContain('LOCATION:Köln');
  });

  test('are kept where a text was cut inside one', () => {
    const bytes = Buffer.from(calendar(event('a', 'SUMMARY:Größe für Ö\r\nLOCATION:x'))).toString('latin1');
    const cut = bytes.replace('\xc3\x96\r\n', '\xc3\r\n');
    expect(summaryOf(Buffer.from(cut, 'latin1'))).toBe('SUMMARY:Größe für \ufffd');
  });

  test('do not break readers: controls are removed', () => {
    const file = read(calendar(event('a', 'SUMMARY:a\0b\u0001c\u007fd\u0085e\u2028f\ufeffg\ufdd0h\ti'), event('b\0')));
    expect(linesOf(file, 'a')).toContain('SUMMARY:abcde fgh\ti');
    expect(uidsIn(file)).toEqual(['a', 'b']);
  });
});

describe('the lines of a file', () => {
  const wanted = ['BEGIN:VEVENT', 'UID:a', STAMP, 'DTSTART:20261201T090000Z', `SUMMARY:${NAME}`, 'END:VEVENT'];

  test.each<[string, (text: string) => string]>([
    ['CRLF', (text) => text],
    ['LF', (text) => text.replaceAll('\r\n', '\n')],
    ['CR', (text) => text.replaceAll('\r\n', '\r')],
    ['CR CR LF', (text) => text.replaceAll('\r\n', '\r\r\n')],
    ['nothing after the last one', (text) => text.trimEnd()],
    ['empty lines between them', (text) => text.replaceAll('\r\n', '\r\n\r\n')],
    ['spaces after BEGIN and END', (text) => text.replaceAll('VEVENT', 'VEVENT  ')],
    ['BEGIN and END in lower case', (text) => text.replace(/(BEGIN|END):(\w+)/g, (all) => all.toLowerCase())],
    ['NUL everywhere', (text) => text.replaceAll('\r', '\0\r\0').replaceAll('a', '\0a\0')],
    ['spaces before the first one', (text) => `  ${text}`],
  ])('end with %s', (_what, change) => {
    const file = read(change(one));
    expect(linesOf(file, 'a')).toEqual(wanted);
    expect(file).toMatchObject({ isComplete: true, dropped: [] });
  });

  test.each<[string, string]>([
    ['with a space', 'SUMMARY:Ärger \r\n im Café'],
    ['with a tab', 'SUMMARY:Ärger\r\n\t im Café'],
    ['with LF alone', 'SUMMARY:Ärger\n  im \n Café'],
    ['in the name', 'SUMM\r\n ARY:Ärger im Café'],
    ['after an empty line', 'SUMMARY:Ärger\r\n\r\n  im Café'],
    ['with nothing in between', 'SUMMARY:Ärger\r\n \r\n  im Café'],
  ])('are unfolded %s', (_what, line) => {
    expect(summaryOf(calendar(event('a', line)))).toBe(`SUMMARY:${NAME}`);
  });

  test('are unfolded inside a character', () => {
    const bytes = Buffer.from(one)
      .toString('latin1')
      .replace('\xc3\x84', '\xc3\r\n \x84')
      .replace('\xc3\xa9', '\xc3\n\t\xa9');
    expect(summaryOf(Buffer.from(bytes, 'latin1'))).toBe(`SUMMARY:${NAME}`);
  });

  test('are put together where the space of a fold is missing', () => {
    const head = `DESCRIPTION:${'x'.repeat(63)}`;
    const file = read(calendar(event('a', `${head}\r\nand so on`, 'SUMMARY:b')));
    expect(head).toHaveLength(75);
    expect(linesOf(file, 'a')).toContain(`${head}and so on`);
    expect(file.dropped).toEqual([]);
  });

  test('have the numbers that an editor shows', () => {
    const text = calendar(event('a', 'SUMMARY:a\r\n b\r\n c', 'no line'), '', event('b', 'DTEND:never'));
    expect(reasonsIn(read(text))).toEqual([
      '10: A line can\'t be read: "no line".',
      '17: DTEND can\'t be read: "never".',
    ]);
  });

  test('may be as long as the file', () => {
    const data = 'QUJD'.repeat(500_000);
    const line = `ATTACH;ENCODING=BASE64;VALUE=BINARY:${data}`;
    expect(linesOf(read(calendar(event('a', line), event('b'))), 'a')).toContain(line);
    const folded = line.replace(/.{74}/g, '$&\r\n ');
    expect(linesOf(read(calendar(event('a', folded), event('b'))), 'a')).toContain(line);
  });
});

describe('a file', () => {
  test('without an end is read as far as it goes', () => {
    const text = calendar(event('a'), event('b'), event('c'));
    const file = read(text.slice(0, text.indexOf('UID:c') + 6));
    expect(uidsIn(file)).toEqual(['a', 'b']);
    expect(file.isComplete).toBe(false);
    expect(reasonsIn(file)).toEqual(['13: A VEVENT has no end.']);
    expect([...file.unreadable]).toEqual(['c']);
  });

  test('that ends between two components is not complete', () => {
    const file = read(calendar(event('a')).replace('END:VCALENDAR', ''));
    expect(uidsIn(file)).toEqual(['a']);
    expect(file.isComplete).toBe(false);
  });

  test.each([
    ['', 'The calendar is empty: there is no text at this address.'],
    ['\r\n \r\n', 'The calendar is empty: there is no text at this address.'],
    ['<!DOCTYPE html><html><body>Sign in</body></html>', 'This is a web page (HTML), not a calendar.'],
    [
      '\ufeff\n<html>\n<pre>\nBEGIN:VCALENDAR\nEND:VCALENDAR\n</pre></html>',
      'This is a web page (HTML), not a calendar.',
    ],
    ['<?xml version="1.0"?><feed/>', 'This is a web page (HTML), not a calendar.'],
    ['{"error":"not found"}', 'This is not a calendar: there is no BEGIN:VCALENDAR in it.'],
    ['UID:a\nSUMMARY:b', 'This is not a calendar: there is no BEGIN:VCALENDAR in it.'],
  ])('that is %j is no calendar', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('may have text around the calendar', () => {
    const file = read(`<br />\n<b>Warning</b>: x in y.php\n${one}\nbye`);
    expect(uidsIn(file)).toEqual(['a', 'b']);
    expect(file.isComplete).toBe(true);
  });

  test('without events is a calendar', () => {
    expect(read(calendar())).toMatchObject({ groups: new Map(), zones: new Map(), dropped: [], isComplete: true });
  });

  test('says what the calendar is called, its colour, its time zone and how often to read it', () => {
    const head = ['NAME:Team\\, all', 'X-WR-CALNAME:No', 'COLOR:tomato', 'REFRESH-INTERVAL;VALUE=DURATION:P1DT1H'];
    expect(read(calendar(...head, 'X-WR-TIMEZONE:Europe/Berlin', event('a')))).toMatchObject({
      name: 'Team, all',
      color: 'tomato',
      refreshSeconds: 90_000,
      timezone: 'Europe/Berlin',
    });
    const other = ['x-wr-calname:B', 'X-APPLE-CALENDAR-COLOR:#FF2968FF', 'X-PUBLISHED-TTL:PT15M'];
    expect(read(calendar(...other))).toMatchObject({
      name: 'B',
      color: '#FF2968',
      refreshSeconds: 900,
      timezone: null,
    });
    expect(read(calendar('X-PUBLISHED-TTL:soon', 'NAME:'))).toMatchObject({ name: null, refreshSeconds: null });
  });

  test('lists no more than a thousand of its faults', () => {
    const { dropped } = read(calendar(event('a', ...Array.from({ length: 3_000 }, () => 'no line'))));
    expect(dropped).toHaveLength(1_000);
    expect(dropped.at(-1)?.reason).toBe('And 2001 more.');
  });

  test('has components by the names that pass; others are listed', () => {
    const file = read(
      calendar(
        component('VTODO', 'UID:t', STAMP),
        component('VJOURNAL', 'UID:j', STAMP),
        component('VFREEBUSY', 'UID:f', STAMP),
        component('VAVAILABILITY', 'UID:v', component('AVAILABLE', 'UID:w', 'DTSTART:20260101T000000Z')),
        component('X-OWN', 'UID:x'),
        event('e'),
      ),
    );
    expect(uidsIn(file)).toEqual(['t', 'j', 'e']);
    expect(reasonsIn(file)).toEqual([
      '11: VFREEBUSY components are not shown.',
      '15: VAVAILABILITY components are not shown.',
      '22: X-OWN components are not shown.',
    ]);
  });
});
