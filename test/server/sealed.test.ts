import { expect, test } from '@jest/globals';
import type { MirrorRegistry as AllMirrors } from '../../src/mirrors/registry.ts';
import { createSealed } from '../../src/server/sealed.ts';
import type { ManagedSource } from '../../src/sources/calendars/managed-source.ts';
import { aSourceConfig } from '../sources/calendars/fixture.ts';
import { NOON } from '../support/make.ts';
import { aLog } from '../support/log.ts';

test('what is unreadable is logged once, and once when it is over', () => {
  const log = aLog();
  let isUnreadable = true;
  const locked: Pick<AllMirrors, 'known'> = { known: () => [] };
  const sealed = createSealed({
    secrets: { isUnreadable: () => isUnreadable },
    mirrors: locked,
    calendars: { known: () => [] },
    now: () => NOON,
    log,
  });
  for (let checks = 0; checks < 3; checks++) sealed.check();
  isUnreadable = false;
  for (let checks = 0; checks < 3; checks++) sealed.check();
  expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "error a stored secret can't be decrypted",
    'info a stored secret was replaced',
  ]);
});

test('a calendar whose address was sealed with another key is named', () => {
  const calendars = {
    known: () => [{ config: { ...aSourceConfig({ name: 'Team' }), secrets: null } } as ManagedSource],
  };
  const secrets = { isUnreadable: () => false };
  const sealed = createSealed({ secrets, mirrors: { known: () => [] }, calendars, now: () => NOON, log: aLog() });
  expect(sealed.problems()).toMatchObject([{ part: 'source', message: expect.stringContaining('"Team"') }]);
});
