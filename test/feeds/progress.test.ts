import { beforeEach, expect, test } from '@jest/globals';
import { createProgress, type ProgressOf } from '../../src/feeds/progress.ts';
import { aProject, aSnapshot, NOON, uuid } from '../support/make.ts';
import { aFeed } from '../support/render.ts';
import { aFakeSource, type FakeSource } from './fake-source.ts';

/** How far a calendar of ten projects is. */

const IDS = Array.from({ length: 10 }, (_, at) => uuid(900 + at));
const FEED = aFeed({ scope: { kind: 'projects', projectIds: IDS } });
const NO_PACE = { read: 0, total: 10, secondsLeft: null, checkedAt: null };

let fake: FakeSource;
let progressOf: ProgressOf;
beforeEach(() => {
  fake = aFakeSource();
  progressOf = createProgress(fake.source, () => fake.clock.now);
});

/** The source reads some projects, after a while. */
function read(from: number, to: number, afterMs = 0): void {
  fake.clock.now += afterMs;
  fake.publish(...IDS.slice(from, to).map((id) => aSnapshot({ project: aProject({ id }) })));
}

test('has no estimate before there is a pace, then one from the pace since it was first requested', async () => {
  read(0, 2);
  expect(await progressOf(FEED)).toEqual({ read: 2, total: 10, secondsLeft: null, checkedAt: NOON });
  read(2, 4, 10_000);
  expect(await progressOf(FEED)).toMatchObject({ read: 4, secondsLeft: 30 });
  // Nothing comes for a while: the estimate grows.
  fake.clock.now += 10_000;
  expect(await progressOf(FEED)).toMatchObject({ read: 4, secondsLeft: 60 });
  read(4, 10);
  expect(await progressOf(FEED)).toMatchObject({ read: 10, total: 10, secondsLeft: null });
});

test('has no estimate while the source takes no requests, and none for projects that failed', async () => {
  expect(await progressOf(FEED)).toEqual(NO_PACE);
  read(0, 5, 10_000);
  fake.pause = new Error('paused');
  expect(await progressOf(FEED)).toMatchObject({ read: 5, secondsLeft: null });
  fake.pause = null;
  fake.project(IDS[9] ?? '').error = new Error('down');
  expect(await progressOf(FEED)).toMatchObject({ read: 5, secondsLeft: 8 });
  read(5, 9);
  expect(await progressOf(FEED)).toMatchObject({ read: 9, total: 10, secondsLeft: null });
});

test('leaves out what is no longer published, and has the oldest confirmation', async () => {
  read(0, 1);
  read(1, 9, 60_000);
  fake.project(IDS[9] ?? '').removed = { reason: 'deleted', since: NOON };
  expect(await progressOf(FEED)).toEqual({ read: 9, total: 9, secondsLeft: null, checkedAt: NOON });
});

test('counts only the projects that its audience may see', async () => {
  read(0, 3);
  const audience = { projectIds: [IDS[0] ?? '', IDS[8] ?? '', uuid(1)] };
  expect(await progressOf({ ...FEED, audience })).toMatchObject({ read: 1, total: 2 });
  expect(await progressOf({ ...FEED, key: 'other', audience: null })).toMatchObject({ read: 3, total: 10 });
});

test('of all projects follows the list, and fails while there is none', async () => {
  const all = aFeed({ scope: { kind: 'all' } });
  read(0, 3);
  expect(await progressOf(all)).toMatchObject({ read: 3, total: 3 });
  fake.listError = new Error('down');
  await expect(progressOf(all)).rejects.toThrow('down');
});
