import { expect } from '@jest/globals';
import { aBench, items, type Bench } from './fixture.ts';

/** A mirror of this many items, after its first run. */
export async function aFilled(count: number, options: Parameters<typeof aBench>[0] = {}): Promise<Bench> {
  const bench = aBench(options);
  bench.world.items = items(count);
  await bench.run();
  bench.calendar.asked();
  return bench;
}

/** The calendar contains exactly the desired objects of the mirror. */
export function expectEqual({ calendar, desired }: Bench): void {
  expect([...calendar.texts().keys()].sort()).toEqual([...desired().keys()].sort());
  for (const [name, { text }] of desired()) expect(calendar.texts().get(name)).toBe(text);
}
