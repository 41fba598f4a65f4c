import { expect, test } from '@jest/globals';
import { isShown } from '../../../src/feeds/stored/shown.ts';
import type { Link } from '../../../src/feeds/links/link.ts';
import { aSnapshot, NOON, PROJECT_ID } from '../../support/make.ts';
import { aFeed } from '../../support/render.ts';
import { aFakeSource } from '../fake-source.ts';

const DAY_MS = 86_400_000;
const FEED = aFeed({ key: 'link:a' });
const ENDED = aFeed({ key: 'link:a', ended: { reason: 'expired', since: NOON } });

function aFixture(feed: typeof FEED | null) {
  const { source, project, publish } = aFakeSource();
  publish(aSnapshot());
  const links = {
    find: () => (feed ? ({ id: 'a' } as Link) : undefined),
    feedOf: () => feed ?? FEED,
  };
  const stored = { feedKey: FEED.key, revision: FEED.revision, eventsByProject: [[PROJECT_ID, 3]] as const };
  return {
    project: project(PROJECT_ID),
    stored,
    is: (one = stored) => isShown(one, { links, source, now: () => NOON }),
  };
}

test.each([
  ['as it was', FEED, true],
  ['with other options', aFeed({ key: 'link:a', options: { past: 1 } }), false],
  ['that has ended', ENDED, false],
  ['that does not exist any more', null, false],
])('of a link %s', (_what, feed, expected) => {
  const { is, stored } = aFixture(feed);
  expect(is()).toBe(expected);
  // Of a public feed no link says anything.
  expect(is({ ...stored, feedKey: 'open:all?' })).toBe(true);
});

test.each([
  [{ reason: 'deleted', since: NOON }, false],
  [{ reason: 'unpublished', since: NOON }, false],
  [{ reason: 'access lost', since: NOON }, true],
  [{ reason: 'access lost', since: NOON - 7 * DAY_MS }, false],
] as const)('of a project that is not published any more: %j', (removed, expected) => {
  const { is, project } = aFixture(FEED);
  project.removed = removed;
  expect(is()).toBe(expected);
});

test('of a project or calendar that is unknown', () => {
  const { is, project } = aFixture(FEED);
  project.snapshot = null;
  expect(is()).toBe(false);
});
