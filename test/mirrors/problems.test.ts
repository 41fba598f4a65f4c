import { expect, test } from '@jest/globals';
import type { MirrorStatus } from '../../src/mirrors/managed-mirror.ts';
import { problemsOf } from '../../src/mirrors/problems.ts';
import { NOON } from '../support/make.ts';
import { aConfig } from './support/config.ts';
import { anError, HELD_BACK } from './support/report.ts';

/** Problems of mirrors, as health reports them. */

const aMirror = (status: Partial<MirrorStatus>, config: Parameters<typeof aConfig>[0] = {}) => ({
  config: aConfig(config),
  status: () => ({ failing: null, heldBack: null, nextRun: NOON + 60_000, ...status }) as MirrorStatus,
});
const failing = { error: anError(), since: NOON };

test('what was not done and what is held back, with the mirror and the next run', () => {
  const heldBack = { ...HELD_BACK, count: 1, since: NOON + 5 };
  expect(problemsOf([aMirror({ failing, heldBack }), aMirror({})], null)).toEqual([
    { part: 'mirror', message: 'The mirror "Team": The server did not answer.', since: NOON, until: NOON + 60_000 },
    {
      part: 'mirror',
      message: 'The mirror "Team": 1 deletion is held back. Plane lists nothing at all.',
      since: NOON + 5,
      until: NOON + 60_000,
    },
  ]);
});

test('none of a mirror that is paused, or whose secrets can not be read', () => {
  expect(problemsOf([aMirror({ failing }, { paused: true }), aMirror({ failing }, { secrets: null })], null)).toEqual(
    [],
  );
});

test('settings that can not be applied', () => {
  expect(problemsOf([], { reason: 'No project NOPE.', since: NOON })).toEqual([
    {
      part: 'mirror',
      message: "The settings MIRROR_* can't be applied yet: No project NOPE.",
      since: NOON,
      until: null,
    },
  ]);
});
