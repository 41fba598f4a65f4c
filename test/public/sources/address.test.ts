import { describe, expect, test } from '@jest/globals';

/** What the page's module exports; it has no types of its own here. */
interface Addresses {
  withScheme(address: string): string;
  addressError(text: string, kind: 'ics' | 'caldav', isOptional: boolean): string;
}

const MODULE = '../../../public/sources/address.js';
const { addressError, withScheme } = (await import(MODULE)) as Addresses;

describe('the address of a source', () => {
  test.each([
    ['https://example.org/a.ics', 'https://example.org/a.ics'],
    ['example.org/a.ics', 'https://example.org/a.ics'],
    ['webcal://example.org/a.ics', 'webcal://example.org/a.ics'],
    ['WEBCALS://example.org/a.ics', 'WEBCALS://example.org/a.ics'],
    ['http://example.org:8080/a.ics', 'http://example.org:8080/a.ics'],
    ['example.org/open?next=https://example.com/', 'https://example.org/open?next=https://example.com/'],
  ])('%s is valid, and sent as %s', (text, sent) => {
    expect(addressError(text, 'ics', false)).toBe('');
    expect(withScheme(text)).toBe(sent);
  });

  test.each(['ftp://example.org/a.ics', 'file:///etc/passwd', 'javascript:alert(1)', 'no address', 'https://'])(
    '%s is refused with an example',
    (text) => {
      expect(addressError(text, 'ics', false)).toMatch(/^Enter a web address, such as https:/);
    },
  );

  test('of a CalDAV server has no webcal scheme', () => {
    expect(addressError('webcal://example.org/', 'caldav', false)).not.toBe('');
  });

  test('may be left out only where one is stored', () => {
    expect(addressError(' ', 'ics', true)).toBe('');
    expect(addressError(' ', 'ics', false)).toBe('Enter the address.');
  });
});
