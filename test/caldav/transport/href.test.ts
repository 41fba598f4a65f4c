import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  hrefKey,
  isLoopback,
  isSamePath,
  nameIn,
  onOrigin,
  resolveHref,
  trustedUrl,
} from '../../../src/caldav/transport/href.ts';
import { storedText } from '../../../src/caldav/xml/resource.ts';

const BASE = 'https://dav.example.com/cal/';

describe('the key of an address', () => {
  const segment = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !/^\.{1,2}$/.test(text));

  test('is one for all spellings of a path', () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const well = segments.map((text) => text.toWellFormed());
        const path = `/${well.map(encodeURIComponent).join('/')}`;
        const key = hrefKey(path, BASE);
        const lower = path.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
        const every = `/${well.map((text) => Buffer.from(text).reduce((all, byte) => `${all}%${byte.toString(16).padStart(2, '0')}`, '')).join('/')}`;
        expect(hrefKey(lower, BASE)).toBe(key);
        expect(hrefKey(every, BASE)).toBe(key);
        expect(hrefKey(`https://elsewhere.example${path}?x#y`, BASE)).toBe(key);
        expect(hrefKey(key, BASE)).toBe(key);
        expect(key.split('/').slice(1).map(decodeURIComponent)).toEqual(well);
      }),
    );
  });

  test('is what servers mean', () => {
    expect(hrefKey('/a%40b/%2Bx%c3%bc.ics', BASE)).toBe(hrefKey('/a@b/+x%C3%BC.ics', BASE));
    expect(hrefKey('x.ics', BASE)).toBe('/cal/x.ics');
    expect(hrefKey('/a%2Fb', BASE)).not.toBe(hrefKey('/a/b', BASE));
    expect(hrefKey('/50%', BASE)).toBe('/50%25');
  });
});

test.each([
  ['https://dav.example.com/x', BASE, 'https://dav.example.com/x'],
  ['https://user:pass@dav.example.com/x', BASE, 'https://dav.example.com/x'],
  ['http://dav.example.com/x', BASE, 'https://dav.example.com/x'],
  ['http://dav.example.com:8080/x', BASE, null],
  ['https://dav.example.com:8443/x', BASE, null],
  ['https://dav.example.com/x', 'http://dav.example.com/', 'https://dav.example.com/x'],
  ['https://evil.example/x', BASE, null],
  ['https://dav.example.com.evil.example/x', BASE, null],
  ['file:///etc/passwd', BASE, null],
  ['https://p07-caldav.icloud.com/x', 'https://caldav.icloud.com/', 'https://p07-caldav.icloud.com/x'],
  ['http://p07-caldav.icloud.com/x', 'https://caldav.icloud.com/', null],
  ['https://p07-caldav.icloud.com:8443/x', 'https://caldav.icloud.com/', null],
  ['https://p07-caldav.icloud.com.evil.example/', 'https://caldav.icloud.com/', null],
  ['https://p07-caldav.icloud.com/x', BASE, null],
])('%s, named by %s, is requested as %s', (target, base, expected) => {
  expect(trustedUrl(new URL(target), new URL(base))?.href ?? null).toBe(expected);
});

test('an address that Xandikos escaped too far is unescaped', () => {
  expect(resolveHref('http%3A//127.0.0.1%3A8080/a%40b/', new URL(BASE))?.href).toBe('http://127.0.0.1:8080/a%40b/');
  expect(resolveHref('http%3A//[', new URL(BASE))).toBeNull();
});

test.each([
  ['/c/a.ics', 'a.ics'],
  ['http://elsewhere.example/c/a%40b.ics', 'a@b.ics'],
  ['/c/a%2Fb.ics', 'a/b.ics'],
  ['/c/', ''],
  ['/c', ''],
  ['/c/sub/', null],
  ['/c/sub/a.ics', null],
  ['/cc/a.ics', null],
  ['/', null],
  ['/c/../d', null],
])('of %s is left in /c/: %j', (href, name) => {
  for (const folder of ['/c', '/c/'])
    expect(nameIn(new URL(folder, BASE), resolveHref(href, new URL(BASE))!)).toBe(name);
});

test('a folder is the same in both normal forms of Unicode, a resource in it is not', () => {
  const [nfc, nfd] = ['Café'.normalize('NFC'), 'Café'.normalize('NFD')].map((name) => new URL(`/${name}/`, BASE));
  expect(isSamePath(nfc!, nfd!)).toBe(true);
  expect(nameIn(nfc!, new URL(`${nfd!.pathname}x.ics`, BASE))).toBe('x.ics');
  const names = [nfc!, nfd!].map((url) => nameIn(new URL('/', BASE), new URL(url.pathname.slice(0, -1), BASE)));
  expect(names[0]).not.toBe(names[1]);
});

test('a path with two slashes names no host', () => {
  const url = onOrigin(new URL('http://dav.example.com//evil.example/x'), new URL(BASE));
  expect(url.origin).toBe('https://dav.example.com');
});

test('loopback is this machine and nothing similar', () => {
  const judged = [
    'http://localhost:1/',
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://127.0.0.1.example/',
    'http://10.0.0.1/',
  ];
  expect(judged.map((url) => isLoopback(new URL(url)))).toEqual([true, true, true, false, false]);
});

test('line ends become CRLF, nothing else changes', () => {
  expect(storedText('\uFEFFA\nB\r\nC\rD\u0008 \n\n')).toBe('A\r\nB\r\nC\r\nD \r\n\r\n');
});
