import { expect } from '@jest/globals';
import fc from 'fast-check';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { begin, commands, quiet, read, type Command } from './commands.ts';
import { fill } from './edits.ts';
import { createWatch } from './watch.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** Whatever users, Plane, its webhooks, the network and restarts do: after a quiet time the feed is Plane, and readers never notice the rest. */

const settings = fc.record({
  further: fc.constantFrom(0, 0, 60, 270),
  maxPageSize: fc.constantFrom(10, 100, 1000),
  mode: fc.constantFrom('due' as const, 'span' as const, 'both' as const),
  done: fc.constantFrom('keep' as const, 'hide' as const, 30, 3),
  cancelled: fc.constantFrom('keep' as const, 'hide' as const),
});

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

type Stores = NonNullable<WorldOptions['stores']>;

/** Lives of a server over stores. */
export interface Lives {
  /** Checks that many, each over stores of its own, as long as there is time. */
  check(runs: number, limitMs: number): Promise<void>;
  /** Ends what a failure left open. */
  close(): Promise<void>;
}

/** `openStores` returns empty ones; without it they are in memory. */
export function createLives(openStores?: () => Promise<Stores>): Lives {
  const open: World[] = [];

  /** One life of a server, from the first read to a quiet time. */
  async function life(
    { further, maxPageSize, mode, done, cancelled }: Settings,
    all: Iterable<Command>,
  ): Promise<void> {
    const tables = acmeTables();
    fill(tables.projects.get(ALPHA)!, further);
    const stores = await openStores?.();
    const world = await createWorld({
      tables,
      maxPageSize,
      options: { mode, done, cancelled },
      ...(stores && { stores }),
    });
    open.push(world);
    const real = begin(world, createWatch());
    await read(real);
    await fc.asyncModelRun(() => ({ model: {}, real }), all);
    await quiet(real);
    open.splice(open.indexOf(world), 1);
    await world.close();
  }

  return {
    check: async (runs, limitMs) => {
      let latest = Promise.resolve();
      const property = fc.asyncProperty(
        settings,
        fc.commands([...commands], { maxCommands: 60, size: '+1' }),
        (given, all) => (latest = life(given, all)),
      );
      await fc.assert(property, { numRuns: runs, interruptAfterTimeLimit: limitMs });
      // At the limit one is still under way.
      await latest;
      expect(open).toEqual([]);
    },
    close: async () => {
      await Promise.all(open.splice(0).map((world) => world.close()));
    },
  };
}
