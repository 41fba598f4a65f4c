import { expect, test } from '@jest/globals';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { NOON } from '../support/make.ts';
import { CALDAV_HOST, createSimulatedCalDav } from './models/caldav.ts';
import { createSimulatedDatabase } from './models/database.ts';
import { createSimulatedPlane } from './models/plane.ts';
import { createScheduler } from './scheduler.ts';
import { startServer } from './server.ts';

/** One server with a mirror into a calendar that others use too, whose server has habits and faults, in the order of a seed. */

const FIRST = Number(process.env.PLANE_ICS_SEED ?? 1);
const SEEDS = Number(process.env.PLANE_ICS_SEEDS ?? 5);
const seeds = Array.from({ length: SEEDS }, (_, at) => FIRST + at);
const MINUTE_MS = 60_000;
const EVENTS = 10;
const QUIET_RUNS = 6;

/** What should not be after the history of a seed: sentences. */
async function runMirror(seed: number): Promise<string[]> {
  const scheduler = createScheduler(seed, NOON);
  const { random, until, run } = scheduler;
  const [database, plane] = [createSimulatedDatabase(scheduler), createSimulatedPlane(scheduler, acmeTables())];
  const dav = createSimulatedCalDav(random);
  const parts = { scheduler, database, plane, hosts: new Map([[CALDAV_HOST, dav.host]]) };
  const server = await until(startServer('one', parts));
  const wish = {
    name: 'Team',
    scope: { projects: ['ALPHA'] },
    server: { url: dav.url, username: dav.username, password: dav.password },
    calendar: { url: dav.calendar },
    max_delete: '1000,100%',
  };
  const { status, text } = await until(server.ask('/api/v1/mirrors', 'POST', wish));
  expect([status, text]).toEqual([201, expect.any(String)]);
  const { id } = JSON.parse(text) as { id: string };

  const items = [...plane.plane.tables.projects.get(ALPHA)!.items.keys()];
  const acts = [
    dav.addForeign,
    dav.editForeign,
    dav.removeForeign,
    dav.editOurs,
    () => {
      const item = items[Math.floor(random() * items.length)]!;
      plane.plane.editItem(item, { name: `Edited at ${scheduler.now() - NOON}` });
    },
  ];
  dav.setFaults(0.2);
  for (let count = 0; count < EVENTS; count++) {
    acts[Math.floor(random() * acts.length)]!();
    if (random() < 0.3) await until(server.ask(`/api/v1/mirrors/${id}/run`, 'POST', {}));
    await run(Math.floor(random() * 20_000));
  }
  const touched = dav.touched();
  dav.setFaults(0);
  for (let count = 0; count < QUIET_RUNS; count++) {
    await run(MINUTE_MS);
    await until(server.ask(`/api/v1/mirrors/${id}/run`, 'POST', {}));
  }
  await run(MINUTE_MS);
  const feed = await until(server.ask('/ics/ALPHA.ics'));
  server.process.kill();
  const faults = [...touched, ...dav.touched(), ...dav.differences(feed.text)];
  return faults.length === 0 ? [] : [dav.habits, ...faults];
}

test.each(seeds)('seed %i: in the end the calendar shows the feed, and nobody else’s object changed', async (seed) => {
  expect(await runMirror(seed)).toEqual([]);
});
