import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uriValue } from '../../src/icalendar/text.ts';
import { planeLinks } from '../../src/views/plane-links.ts';
import { unicodeText } from '../support/unicode-text.ts';

test('the address of an item is a URI value, whatever its key', () => {
  const root = fc.constantFrom(
    'https://plane.example.com',
    'http://PLANE.example:80/a,b',
    'https://plané.example/../x',
  );
  const identifier = fc.oneof(unicodeText(), fc.string(), fc.constantFrom('..', '.', '?', '#', '%2e', "a';b,c|^`{}"));
  fc.assert(
    fc.property(root, identifier, (webUrl, text) => {
      const address = planeLinks(webUrl, 'acme').item(`${text}-1`);
      expect(uriValue(address)).toBe(address);
      expect(address).toBe(uriValue(`${webUrl}/acme/browse/${encodeURIComponent(`${text}-1`.toWellFormed())}/`));
    }),
  );
});

test('a root that is no web address is refused', () => {
  expect(() => planeLinks('javascript:alert(1)', 'acme')).toThrow('no web address');
});
