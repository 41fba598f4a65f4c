import { isIPv6 } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isNear, visitorOf } from '../../../src/http/middleware/visitor.ts';
import { unicodeText } from '../../support/unicode-text.ts';

describe('a visitor', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0000::ffff:1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:192.0.2.7', '2001:db8:1:2::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
    ['192.0.2.7:1234', '192.0.2.7'],
    ['[2001:db8::1]:1234', '2001:db8:0:0::/64'],
    ['[2001:db8::1]', '2001:db8:0:0::/64'],
    ['[::ffff:192.0.2.7]:1234', '192.0.2.7'],
    ['_hidden', '_hidden'],
    ['[', '['],
    ['', ''],
    ['x'.repeat(300), 'x'.repeat(60)],
  ])('%s counts as %s', (address, visitor) => {
    expect(visitorOf(address)).toBe(visitor);
  });

  test('has every address of an IPv6 network of 64 bits, however each is written, and no other', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const groups = (count: number): fc.Arbitrary<number[]> => fc.array(group, { minLength: count, maxLength: count });
    /** As written out, and as a URL's host: with the longest run of zeros left out. */
    const forms = (all: readonly number[]): string[] => {
      const long = all.map((one) => one.toString(16).padStart(4, '0')).join(':');
      return [long, long.toUpperCase(), new URL(`http://[${long}]`).hostname.slice(1, -1)];
    };
    fc.assert(
      fc.property(groups(4), groups(4), groups(4), groups(4), (network, host, other, otherNetwork) => {
        const same = [...forms([...network, ...host]), ...forms([...network, ...other])];
        expect(same.every(isIPv6)).toBe(true);
        expect(new Set(same.map(visitorOf)).size).toBe(1);
        const isSame = network.join() === otherNetwork.join();
        expect(visitorOf(forms([...otherNetwork, ...host])[0]!) === visitorOf(same[0]!)).toBe(isSame);
      }),
    );
  });

  test('is some short text, whatever a proxy passes on', () => {
    fc.assert(
      fc.property(unicodeText(), (text) => {
        expect(visitorOf(text).length).toBeLessThanOrEqual(60);
        expect(typeof isNear(text)).toBe('boolean');
      }),
    );
  });
});

test.each([
  ['127.0.0.1', true],
  ['::ffff:127.0.0.1', true],
  ['::1', true],
  ['127.0.0.2', false],
  ['10.1.2.3', true],
  ['172.17.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['100.64.0.1', true],
  ['fd00::1', true],
  ['fe80::1%eth0', true],
  ['203.0.113.9', false],
  ['::ffff:203.0.113.9', false],
  ['2001:db8::1', false],
  ['unknown', false],
])('%s is of this machine or a private network: %s', (address, expected) => {
  expect(isNear(address)).toBe(expected);
});
