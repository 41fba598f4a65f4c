import { describe, expect, test } from '@jest/globals';
import type { DefineFeed } from '../../src/feeds/definition.ts';
import { rejectSharedNames } from '../../src/mirrors/mirror.ts';
import { createConfig, patchConfig } from '../../src/mirrors/request.ts';
import { errorOf } from '../caldav/support.ts';
import { NOON, PROJECT_ID } from '../support/make.ts';
import { aConfig } from './support/config.ts';

/** From requests of the API to configurations of mirrors. */

const SCOPE = { kind: 'projects', projectIds: [PROJECT_ID] } as const;
const defineFeed: DefineFeed = ({ name }, old) =>
  Promise.resolve({ options: {}, pins: {}, scope: SCOPE, ...old, name: name ?? old?.name ?? '' });
const { server, secrets } = aConfig();
const NEW = {
  name: 'Team',
  scope: { projects: [PROJECT_ID] },
  login: { server, secrets: secrets! },
  calendar: { url: null, name: 'Plane' },
};
const create = (more: object = {}) =>
  createConfig({ ...NEW, ...more }, { defineFeed, workspace: 'acme', now: () => NOON });

describe('a new mirror', () => {
  test('has the defaults of what is left out, and an id made from workspace and scope', async () => {
    const one = await create();
    expect(one).toMatchObject({
      policy: 'plane',
      deletionGuard: { count: 10, percent: 30 },
      checkSeconds: 900,
      paused: false,
      from: 'api',
      anchor: 'Plane',
      createdAt: NOON,
    });
    expect(one.mirrorId).toMatch(/^[0-9a-f]{8}$/);
    expect([(await create()).mirrorId, (await create()).id === one.id]).toEqual([one.mirrorId, false]);
    expect(one).not.toHaveProperty('path');
  });

  test('has what is given', async () => {
    const given = { policy: 'keep', deletionGuard: { count: 1, percent: 2 }, checkSeconds: 60, paused: true };
    expect(await create({ ...given, mirrorId: 'mine' })).toMatchObject({ ...given, mirrorId: 'mine' });
  });
});

describe('a change', () => {
  test('moves what it names, and leaves the rest', async () => {
    const config = aConfig();
    expect(await patchConfig(config, { checkSeconds: 60 }, defineFeed)).toEqual({ ...config, checkSeconds: 60 });
    expect(await patchConfig(config, { name: 'Other' }, defineFeed)).toEqual({ ...config, name: 'Other' });
    const calendar = { url: 'https://dav.example.com/c/', name: 'C' };
    expect(await patchConfig(config, { calendar }, defineFeed)).toEqual({ ...config, calendar, anchor: '' });
  });

  test('of a mirror of the settings pauses and resumes it, and nothing else', async () => {
    const config = aConfig({ from: 'settings' });
    expect(await patchConfig(config, { paused: true, name: undefined }, defineFeed)).toEqual({
      ...config,
      paused: true,
    });
    expect((await errorOf(patchConfig(config, { paused: true, checkSeconds: 60 }, defineFeed))).code).toBe('invalid');
  });
});

test('two mirrors do not write into one account under the same names', () => {
  const other = aConfig({ id: 'b2', name: 'Other' });
  expect(() => {
    rejectSharedNames(aConfig(), [aConfig(), other]);
  }).toThrow('The mirror "Other" writes into this account under the same names ("abcd1234").');
  const bob = { ...other, server: { ...server, username: 'bob' } };
  const elsewhere = { ...other, server: { ...server, url: 'https://other.example/' } };
  for (const one of [aConfig({ id: 'b2', mirrorId: 'efgh5678' }), bob, elsewhere])
    expect(() => {
      rejectSharedNames(aConfig(), [one]);
    }).not.toThrow();
});
