import { expect, test } from '@jest/globals';
import { aBench, items } from './support/fixture.ts';

/** A mirror on a server that may no longer be the one that runs it. */

test('begins nothing while another server may be running it, and is an error until it can go on', async () => {
  let isLeader = false;
  const bench = aBench({ isLeader: () => isLeader });
  bench.world.items = items(3);
  const report = await bench.run();
  expect(report.error).toMatchObject({ code: 'storage_unavailable' });
  expect(bench.calendar.calls).toEqual([]);
  isLeader = true;
  expect((await bench.run()).error).toBeNull();
  expect(bench.calendar.texts().size).toBe(3);
});

test('ends before the next write when another server may have taken over during a run', async () => {
  let writes = 0;
  const bench = aBench({ isLeader: () => writes < 5 });
  bench.world.items = items(20);
  const put = bench.calendar.put;
  Object.assign(bench.calendar, {
    put: (...given: Parameters<typeof put>) => {
      writes++;
      return put(...given);
    },
  });
  const report = await bench.run();
  expect(report.error).toMatchObject({ code: 'storage_unavailable' });
  expect(bench.calendar.texts().size).toBe(writes);
  expect(writes).toBe(5);
});
