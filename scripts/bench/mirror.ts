import { setTimeout as sleep } from 'node:timers/promises';
import { aCalDav, type CalDav } from '../../test/support/caldav.ts';
import { finding, ratios, type Finding } from './figures.ts';
import { runScript, startProgram } from './processes.ts';
import type { PutInput } from './put-process.ts';
import { startPlane, TOKEN } from './workspace.ts';

/**
 * A mirror's first run into an empty calendar, over a loop that only puts the same objects there. Each is in a new process, which has loaded
 * its code, and in turn; the calendar's server is in this one.
 */

const ITEMS = 1_000;
const ROUNDS = 5;
const LIMIT = 1.5;
const LONGEST_MS = 60_000;
const CALENDAR = '/dav/work/';

export async function mirror(nodeArgs: readonly string[]): Promise<Finding[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const dav = await aCalDav();
    try {
      ours.push(await firstRun(dav, nodeArgs));
      const { url, username, password } = dav;
      const objects = [...dav.objects];
      dav.objects.clear();
      bare.push(
        (await runScript<{ ms: number }>('put-process', { url, username, password, objects } satisfies PutInput)).ms,
      );
    } finally {
      await dav.close();
    }
  }
  return [
    finding(
      'mirror',
      `first run of ${ITEMS} items, server in memory: over a loop of PUTs`,
      '×',
      ratios(ours, bare),
      LIMIT,
    ),
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
    const filled = whenFilled(dav);
    const startedAt = performance.now();
    const answer = await fetch(`${program.origin}/api/v1/mirrors`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(wish),
    });
    if (!answer.ok) throw new Error(`mirror: not made: ${await answer.text()}`);
    const filledAt = await Promise.race([filled, sleep(LONGEST_MS, null, { ref: false })]);
    if (filledAt === null) throw new Error(`mirror: only ${dav.objects.size} objects in a minute`);
    return filledAt - startedAt;
  } finally {
    await program.stop();
    await plane.close();
  }
}

/** Resolves to the time at which the calendar has all objects. */
function whenFilled(dav: CalDav): Promise<number> {
  return new Promise((resolve) => {
    dav.alter = (reply) => {
      if (dav.objects.size === ITEMS) resolve(performance.now());
      return reply;
    };
  });
}
