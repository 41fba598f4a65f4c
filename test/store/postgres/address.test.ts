import { describe, expect, test } from '@jest/globals';
import { isUnprotected, nameOfDatabase, parseDatabaseAddress } from '../../../src/store/postgres/address.ts';

/** DATABASE_URL. */

const BASE = { host: 'db.example.com', port: 5432, user: 'ada', password: 'pw', database: 'plane_ics', tls: null };

test.each([
  ['postgres://ada:pw@db.example.com/plane_ics', BASE],
  [
    'postgresql://ada:pw@db.example.com:6432/plane_ics?sslmode=verify-full',
    { ...BASE, port: 6432, tls: 'verify-full' },
  ],
  ['postgres://ada:p%40w%2F%3A%3F@[::1]/plane_ics', { ...BASE, host: '::1', password: 'p@w/:?' }],
  ['postgres://ada@localhost/plane_ics?host=/run/postgresql', { ...BASE, host: '/run/postgresql', password: '' }],
])('%s', (text, expected) => {
  expect(parseDatabaseAddress(text)).toEqual(expected);
});

test.each([
  'db.example.com/plane_ics',
  'mysql://ada:pw@db.example.com/plane_ics',
  'postgres://db.example.com/plane_ics',
  'postgres://ada:pw@db.example.com',
  'postgres://ada:pw@one,two/plane_ics',
  'postgres://ada:p#w@db.example.com/plane_ics',
  'postgres://ada:p%w@db.example.com/plane_ics',
  'postgres://ada:pw@db.example.com/plane_ics?sslmode=prefer',
  'postgres://ada:pw@db.example.com/plane_ics?sslrootcert=/ca.pem',
])('%s is refused, and not shown', (text) => {
  expect(() => parseDatabaseAddress(text)).toThrow(/^(?:must|has) [^]*$/);
  expect(() => parseDatabaseAddress(text)).not.toThrow('pw@');
});

describe('for people', () => {
  test.each([
    ['postgres://ada:pw@db.example.com/plane_ics', 'plane_ics at db.example.com:5432', true],
    ['postgres://ada:pw@db.example.com/plane_ics?sslmode=disable', 'plane_ics at db.example.com:5432', false],
    ['postgres://ada:pw@[::1]:6432/plane_ics', 'plane_ics at [::1]:6432', false],
    ['postgres://ada@localhost/plane_ics?host=/run/postgresql', 'plane_ics at /run/postgresql', false],
  ])('%s has neither user nor password', (text, name, unprotected) => {
    const address = parseDatabaseAddress(text);
    expect([nameOfDatabase(address), isUnprotected(address)]).toEqual([name, unprotected]);
  });
});
