import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { deliver, deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import type { SmallPlane } from '../../src/demo/plane.ts';
import { finding, type Finding } from './figures.ts';
import { startProgram } from './processes.ts';
import { renderChange } from './render.ts';
import { SECRET, startPlane } from './workspace.ts';

/** One changed item in 10,000: in the renderer, and from a signed webhook to the reader. */

const ITEMS = 10_000;
const ROUNDS = 5;
/** A delivery is confirmed by a look two seconds later. */
const CONFIRMED_MS = 2_600;

export async function change(nodeArgs: readonly string[]): Promise<Finding[]> {
  return [...(await renderChange(nodeArgs)), ...(await wholeWay())];
}

async function wholeWay(): Promise<Finding[]> {
  const { plane, settings } = await startPlane([{ identifier: 'BIG', items: ITEMS }]);
  const program = await startProgram(settings);
  const pool = new Pool(program.origin);
  const read = async (): Promise<string> => {
    const path = '/ics/BIG.ics';
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path,
      headers: { 'accept-encoding': 'identity' },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`change: the calendar answers ${statusCode}`);
    return text;
  };
  try {
    await read();
    const answered: number[] = [];
    const shown: number[] = [];
    const asked: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      await sleep(CONFIRMED_MS);
      const name = `Changed in round ${round}`;
      const body = edit(plane, name);
      const before = plane.requests.length;
      const startedAt = performance.now();
      await deliver({ url: `${program.origin}/webhooks/plane`, secret: SECRET }, 'issue', body);
      const answer = performance.now() - startedAt;
      const isShown = (await read()).includes(name);
      if (!isShown) throw new Error('change: the first GET after the webhook did not show the change');
      // The first round warms up.
      if (round === 0) continue;
      shown.push(performance.now() - startedAt);
      answered.push(answer);
      asked.push(plane.requests.length - before);
    }
    return [
      finding('change', 'webhook: requests to Plane until it is shown', 'requests', asked, 0),
      finding('change', 'webhook: answered after', 'ms', answered),
      finding('change', 'webhook: shown to a reader after (with gzip)', 'ms', shown),
    ];
  } finally {
    await pool.destroy();
    await program.stop();
    await plane.close();
  }
}

/** Changes a title without telling anyone, and returns the delivery that Plane would send. */
export function edit(plane: SmallPlane, name: string): string {
  const [project] = plane.tables.projects.values();
  const [old] = project?.items.values() ?? [];
  if (!old) throw new Error('change: there is no item');
  const row = plane.editItem(old.id, { name });
  const activity = { field: 'name', old_value: old.name, new_value: name };
  return deliveryBody(plane.tables, 'issue', 'updated', deliveryData(plane.tables, 'issue', row), activity);
}
