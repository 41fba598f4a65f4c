import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { aCalDav, type CalDav } from '../../test/support/caldav.ts';
import { finding, ratios, type Finding } from './figures.ts';
import { startProgram } from './processes.ts';
import { startPlane, TOKEN } from './workspace.ts';

/** A mirror's first run into an empty calendar, over a loop that only puts the same objects there. */

const ITEMS = 1_000;
const ROUNDS = 3;
/** As many at a time as a mirror writes. */
const AT_A_TIME = 4;
const POLL_MS = 5;
const CALENDAR = '/dav/work/';

export async function mirror(nodeArgs: readonly string[]): Promise<Finding[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const dav = await aCalDav();
    try {
      ours.push(await firstRun(dav, nodeArgs));
      const objects = [...dav.objects];
      dav.objects.clear();
      bare.push(await putAll(dav, objects));
    } finally {
      await dav.close();
    }
  }
  return [
    finding('mirror', `first run of ${ITEMS} items, server in memory: over a loop of PUTs`, '×', ratios(ours, bare)),
    finding('mirror', 'first run, with reading the calendar and bookkeeping', 'ms', ours),
    finding('mirror', 'loop of PUTs', 'ms', bare),
  ];
}

/** Milliseconds from the wish for a mirror to the last object, with the calendar's items known before. */
async function firstRun(dav: CalDav, nodeArgs: readonly string[]): Promise<number> {
  const { plane, settings } = await startPlane([{ identifier: 'MIR', items: ITEMS }]);
  const program = await startProgram(settings, nodeArgs);
  try {
    await (await fetch(`${program.origin}/ics/MIR.ics`)).text();
    const { url, username, password } = dav;
    const wish = {
      name: 'bench',
      scope: { projects: ['MIR'] },
      server: { url, username, password },
      calendar: { url: `${url}${CALENDAR}` },
    };
    const startedAt = performance.now();
    const answer = await fetch(`${program.origin}/api/v1/mirrors`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(wish),
    });
    if (!answer.ok) throw new Error(`mirror: not made: ${await answer.text()}`);
    while (dav.objects.size < ITEMS) {
      if (performance.now() - startedAt > 60_000)
        throw new Error(`mirror: only ${dav.objects.size} objects in a minute`);
      await sleep(POLL_MS);
    }
    return performance.now() - startedAt;
  } finally {
    await program.stop();
    await plane.close();
  }
}

async function putAll(dav: CalDav, objects: readonly (readonly [string, string])[]): Promise<number> {
  const pool = new Pool(dav.url);
  const login = Buffer.from(`${dav.username}:${dav.password}`).toString('base64');
  const headers = {
    authorization: `Basic ${login}`,
    'content-type': 'text/calendar; charset=utf-8',
    'if-none-match': '*',
  };
  const left = [...objects];
  const startedAt = performance.now();
  const putSome = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [path, body] = next;
      const answer = await pool.request({ method: 'PUT', path, headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 201) throw new Error(`mirror: a PUT answers ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, putSome));
  const ms = performance.now() - startedAt;
  await pool.destroy();
  return ms;
}
