import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Environment } from '../../src/config/config.ts';
import { BAD, files, PLANE, problems } from '../support/config.ts';
import { runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

describe('an invalid value is reported by name, with its fix', () => {
  test.each(BAD.flatMap(([name, values, fix]) => values.map((value) => [name, value, fix] as const)))(
    '%s=%s',
    (name, value, fix) => {
      expect(problems({ ...PLANE, [name]: value })).toEqual([`${name} ${fix}`]);
    },
  );

  test('CA_FILE that can not be read, or holds no certificate', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n';
    expect([...problems({ CA_FILE: '/ca' }), ...problems({ CA_FILE: '/ca' }, files({ '/ca': key }))]).toEqual([
      "CA_FILE names /ca, which can't be read: check the path and its permissions.",
      'CA_FILE names a file without a certificate: it must be PEM text.',
    ]);
  });

  test('and all of them at once', () => {
    const wrong = Object.fromEntries(BAD.map(([name, values]) => [name, values[0]]));
    const all = problems({ ...wrong, CA_FILE: '/nowhere', FEED_OPTIONS: 'mode=later' });
    const ofOptions = all.filter((problem) => problem.startsWith('FEED_OPTIONS'));
    expect(ofOptions).toEqual([expect.stringMatching(/^FEED_OPTIONS is invalid\. .*"mode"/)]);
    expect(all.filter((problem) => !ofOptions.includes(problem)).toSorted()).toEqual(
      [
        ...BAD.map(([name, , fix]) => `${name} ${fix}`),
        "CA_FILE names /nowhere, which can't be read: check the path and its permissions.",
      ].sort(),
    );
  });
});

test('any value is accepted or reported, and a report never includes a secret', () => {
  const secret = fc.string({ minLength: 4 }).map((text) => `plane_api_${text}_end`);
  const value = fc.oneof(
    fc.constantFrom('', '1', 'open', PLANE.PLANE_URL, '/key', 'SECRET', 'https://ada:SECRET@plane.example.com'),
    unicodeText(),
  );
  const name = fc.constantFrom(...BAD.flatMap(([one]) => [one, `${one}_FILE`]), 'https_proxy', 'no_proxy');
  const key = fc.constantFrom({ PLANE_API_KEY: 'SECRET' }, { PLANE_API_KEY_FILE: '/key' }, {});
  fc.assert(
    fc.property(secret, fc.dictionary(name, value), key, (text, settings, more) => {
      const filled = Object.entries({ ...settings, ...more }).map(([one, given]) => [
        one,
        given.replace('SECRET', () => text),
      ]);
      const told = problems(Object.fromEntries(filled) as Environment, files({ '/key': text }));
      expect(told.filter((one) => one.includes(text) || !/^[A-Z].{20,}\.$/.test(one))).toEqual([]);
    }),
    runs(125),
  );
});

test('a proxy setting in lower case is called by both names', () => {
  expect(problems({ ...PLANE, https_proxy: 'socks5://ada:pw@proxy.example.com', HTTPS_PROXY: 'http://proxy' })).toEqual(
    [
      'HTTPS_PROXY (set as https_proxy) must be the http or https address of a proxy such as http://proxy.example.com:3128.',
    ],
  );
});
