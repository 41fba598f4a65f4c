import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { begin, commands, quiet, read, type Command } from './commands.ts';
import { fill } from './edits.ts';
import { createWatch } from './watch.ts';
import { createWorld, type World } from './world.ts';

/** Whatever users, Plane, its webhooks, the network and restarts do: after a quiet time the feed is Plane, and readers never notice the rest. */

const RUNS = Number(process.env.PLANE_ICS_MODEL_RUNS ?? 20);

/** Then a failing run is reported as far as it was shrunk. */
const LIMIT_MS = Math.max(300_000, RUNS * 4_000);

const open: World[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((world) => world.close()));
});

const settings = fc.record({
  further: fc.constantFrom(0, 0, 60, 270),
  maxPageSize: fc.constantFrom(10, 100, 1000),
  mode: fc.constantFrom('due' as const, 'span' as const, 'both' as const),
  done: fc.constantFrom('keep' as const, 'hide' as const, 30, 3),
  cancelled: fc.constantFrom('keep' as const, 'hide' as const),
});

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

/** One life of a server, from the first read to a quiet time. */
async function life({ further, maxPageSize, mode, done, cancelled }: Settings, all: Iterable<Command>): Promise<void> {
  const tables = acmeTables();
  fill(tables.projects.get(ALPHA)!, further);
  const world = await createWorld({ tables, maxPageSize, options: { mode, done, cancelled } });
  open.push(world);
  const real = begin(world, createWatch());
  await read(real);
  await fc.asyncModelRun(() => ({ model: {}, real }), all);
  await quiet(real);
  open.splice(open.indexOf(world), 1);
  await world.close();
}

test(
  'whatever happens, a feed is Plane after a quiet time, and its revisions and validators move exactly with it',
  async () => {
    let latest = Promise.resolve();
    const property = fc.asyncProperty(
      settings,
      fc.commands([...commands], { maxCommands: 60, size: '+1' }),
      (given, all) => (latest = life(given, all)),
    );
    await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS });
    // At the limit one is still under way.
    await latest;
    expect(open).toEqual([]);
  },
  LIMIT_MS + 120_000,
);
