import { expect, test } from '@jest/globals';
import { hasSourceOn } from '../../../src/mirrors/target/locate.ts';
import { aProject } from '../../support/make.ts';

/** What is known of other calendars where a mirror writes. */

test.each([
  ['on the same server', 'https://dav.example.com/ada/rota/', true],
  ['on another server', 'https://other.example.com/rota.ics', false],
  ['whose address can not be known', null, true],
])('a source %s may have the grant of a mirror, or not', (_what, address, expected) => {
  const calendars = { all: () => [aProject({ id: 'cal-1' })], addressOf: () => address };
  expect(hasSourceOn('https://dav.example.com/ada/work/', { calendars })).toBe(expected);
  expect(hasSourceOn('https://dav.example.com/ada/work/', {})).toBe(false);
});
