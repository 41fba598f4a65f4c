import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createReach, isAllowEntry } from '../../../../src/sources/calendars/fetch/reach.ts';
import { unicodeText } from '../../../support/unicode-text.ts';

/** Every range that no source may read from. */
const PRIVATE: readonly (readonly [what: string, ...addresses: string[]])[] = [
  ['this network', '0.0.0.0', '0.1.2.3'],
  ['private', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  ['carrier-grade NAT, where Alibaba has its metadata', '100.64.0.1', '100.100.100.200', '100.127.255.255'],
  ['loopback', '127.0.0.1', '127.1.2.3', '127.255.255.255', '::1'],
  ['link-local, where most clouds have their metadata', '169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0'],
  ['metadata of Azure', '168.63.129.16'],
  ['protocol assignments', '192.0.0.1', '192.0.0.192'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  ['benchmarks', '198.18.0.1', '198.19.255.255', '2001:2::1'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  ['reserved', '240.0.0.1', '255.255.255.254'],
  ['broadcast', '255.255.255.255'],
  ['unspecified', '::'],
  [
    'IPv4-mapped',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '0:0:0:0:0:ffff:a00:1',
  ],
  ['IPv4-compatible', '::127.0.0.1', '::10.0.0.1', '::8.8.8.8', '::2'],
  ['IPv4-translated', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::a00:1'],
  ['6to4 and Teredo', '2002:7f00:1::', '2002:a00:1::1', '2001:0:7f00:1::'],
  ['unique-local, where AWS has its metadata', 'fc00::1', 'fd00:ec2::254', 'fdff:ffff::1'],
  ['site-local', 'fec0::1'],
  ['discard', '100::1'],
  ['never assigned', '4000::1', '8000::1', 'e000::1'],
  ['no address at all', '', 'localhost', '999.1.1.1', '1.2.3', '::gggg'],
];

test.each(PRIVATE)('%s is refused', (_what, ...addresses) => {
  const { permits } = createReach([]);
  expect(addresses.filter((address) => permits('calendar.example.com', address))).toEqual([]);
});

test('public addresses are permitted', () => {
  const { permits } = createReach([]);
  for (const address of [
    '8.8.8.8',
    '1.1.1.1',
    '172.32.0.1',
    '11.0.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
    '::ffff:8.8.8.8',
  ])
    expect([address, permits('calendar.example.com', address)]).toEqual([address, true]);
});

test.each([
  ['nextcloud.lan', 'nextcloud.lan', '192.168.1.5', true],
  ['nextcloud.lan', 'Nextcloud.LAN.', '192.168.1.5', true],
  ['nextcloud.lan', 'evil.nextcloud.lan', '192.168.1.5', false],
  ['nextcloud.lan', 'nextcloud.lan.evil.example', '192.168.1.5', false],
  ['192.168.1.0/24', 'nextcloud.lan', '192.168.1.5', true],
  ['192.168.1.0/24', 'nextcloud.lan', '::ffff:192.168.1.5', true],
  ['192.168.1.0/24', 'nextcloud.lan', '192.168.2.5', false],
  ['127.0.0.1', '127.0.0.1', '127.0.0.1', true],
  ['127.0.0.1', '127.0.0.2', '127.0.0.2', false],
  ['127.0.0.1', '[::1]', '::1', false],
  ['[::1]', '[::1]', '::1', true],
  ['fd00::/8', 'nas.lan', 'fd12::1', true],
  ['fd00::/8', 'nas.lan', '10.0.0.1', false],
  ['0.0.0.0/0', 'nas.lan', '10.0.0.1', true],
  ['0.0.0.0/0', 'nas.lan', '::1', false],
])('with SOURCE_ALLOW=%s, %s at %s: %s', (entry, host, address, expected) => {
  expect(createReach([entry]).permits(host, address)).toBe(expected);
});

test.each([
  ['nextcloud.lan', true],
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['[::1]', true],
  ['my_host', true],
  ['10.0.0.0/33', false],
  ['10/8', false],
  ['10.1/16', false],
  ['010.0.0.0/8', false],
  ['0x7f.0.0.1/8', false],
  ['::ffff:10.0.0.0/104', false],
  ['https://nextcloud.lan', false],
  ['nextcloud.lan:8443', false],
  ['*', false],
  ['10.1', false],
  ['', false],
])('%s can be an entry of SOURCE_ALLOW: %s', (entry, expected) => {
  expect(isAllowEntry(entry)).toBe(expected);
});

test('no text makes it throw, and none but an address is permitted', () => {
  fc.assert(
    fc.property(unicodeText(), fc.string(), (text, host) => {
      expect(isAllowEntry(text)).toBe(createReach([text]).permits('x', 'x') || isAllowEntry(text));
      expect(createReach([]).permits(host, `x${text}`)).toBe(false);
    }),
  );
});

test('however an IPv4 address is written as IPv6, what it is decides', () => {
  const { permits } = createReach([]);
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(permits('x', `::ffff:${address}`)).toBe(permits('x', address));
    }),
  );
});
