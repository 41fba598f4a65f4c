import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createAccessLog, type AccessLog } from '../../../src/feeds/links/access-log.ts';
import type { LinkAddress } from '../../../src/feeds/links/link.ts';
import { NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';

const FIRST: LinkAddress = { index: 0, isCurrent: true, endsAt: null };

function aBook() {
  const clock = { now: NOON };
  const store = aMemoryStore();
  const reported: unknown[] = [];
  let writes = 0;
  const counted = {
    ...store,
    write: (...args: Parameters<typeof store.write>) => {
      writes++;
      return store.write(...args);
    },
  };
  const open = async (): Promise<AccessLog> => {
    const fetches = createAccessLog(
      counted,
      () => clock.now,
      (error) => reported.push(error),
    );
    await fetches.restore();
    return fetches;
  };
  return { clock, store, open, reported, writes: () => writes };
}

test('the last fetch of each kind of app is listed, newest first', async () => {
  const { clock, open } = aBook();
  const fetches = await open();
  expect(fetches.of('link')).toEqual([]);
  fetches.record('link', 'Google Calendar', 1, FIRST);
  clock.now += 1_000;
  fetches.record('link', 'Thunderbird', 2, FIRST);
  fetches.record('other', 'Thunderbird', 7, FIRST);
  clock.now += 1_000;
  fetches.record('link', 'Google Calendar', 2, FIRST);
  expect(fetches.of('link')).toEqual([
    { client: 'Google Calendar', at: NOON + 2_000, version: 2, address: 0 },
    { client: 'Thunderbird', at: NOON + 1_000, version: 2, address: 0 },
  ]);
});

test('twelve kinds of client are remembered', async () => {
  const fetches = await aBook().open();
  for (let n = 0; n < 20; n++) fetches.record('link', `client ${n}`, 1, FIRST);
  expect(fetches.of('link').map(({ client }) => client)).toEqual(
    Array.from({ length: 12 }, (_, index) => `client ${19 - index}`),
  );
});

test('all of it survives an orderly restart; a crash costs a minute of what is no news', async () => {
  const { clock, open } = aBook();
  const fetches = await open();
  fetches.record('link', 'Google Calendar', 1, FIRST);
  await turn();
  clock.now += 59_999;
  fetches.record('link', 'Google Calendar', 1, FIRST);
  expect((await open()).of('link')).toEqual([{ client: 'Google Calendar', at: NOON, version: 1, address: 0 }]);
  await fetches.flush();
  expect((await open()).of('link')).toEqual(fetches.of('link'));
});

test('a fetch without news is stored once a minute, one with news at once', async () => {
  const { clock, open, writes } = aBook();
  const fetches = await open();
  for (let second = 0; second < 120; second++) {
    fetches.record('link', 'Google Calendar', 1, FIRST);
    clock.now += 1_000;
  }
  await fetches.flush();
  expect(writes()).toBe(3);
  fetches.record('link', 'Google Calendar', 2, FIRST);
  fetches.record('link', 'Thunderbird', 2, FIRST);
  await fetches.flush();
  expect(writes()).toBe(5);
});

test('a failed write is reported, and retried later', async () => {
  const { store, open, reported } = aBook();
  const fetches = await open();
  store.isFull = true;
  fetches.record('link', 'Google Calendar', 1, FIRST);
  await fetches.flush();
  expect(reported).toEqual([new Error('no space left')]);
  store.isFull = false;
  await fetches.flush();
  expect((await open()).of('link')).toEqual(fetches.of('link'));
});
