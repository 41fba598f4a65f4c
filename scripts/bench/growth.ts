import { setTimeout as sleep } from 'node:timers/promises';
import { deliver, deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import { finding, median, type Finding } from './figures.ts';
import { runScript, startProgram } from './processes.ts';
import type { RenderInput, RenderReport } from './render-process.ts';
import { SECRET, startPlane, type Wanted } from './workspace.ts';

/** How cost grows with items in one project, and with projects in one calendar. There are no limits. */

const MB = 1e6;
const CHANGES = 3;
const CONFIRMED_MS = 3_000;

const many = (count: number): Wanted[] =>
  Array.from({ length: count }, (_, index) => ({ identifier: `P${index + 1}`, items: 50 }));

export async function growth(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const items of [100, 1_000, 10_000]) {
    findings.push(...(await grown(`${items} items in 1 project`, 'P1', [{ identifier: 'P1', items }])));
    const given: RenderInput = { work: 'ours', gzip: false, items, rounds: 5 };
    const { full } = await runScript<RenderReport>('render-process', given);
    findings.push(
      finding('growth', `${items} items in 1 project: rendered again, warm`, 'ms', [median(full.slice(1))]),
    );
  }
  for (const projects of [1, 20, 200])
    findings.push(...(await grown(`${projects} projects of 50 items in all.ics`, 'all', many(projects))));
  return findings;
}

async function grown(what: string, feed: string, projects: readonly Wanted[]): Promise<Finding[]> {
  const { plane, settings } = await startPlane(projects);
  const program = await startProgram(settings, ['--expose-gc']);
  const read = async (): Promise<string> => {
    const answer = await fetch(`${program.origin}/ics/${feed}.ics`);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`growth: ${feed} answers ${answer.status}`);
    return text;
  };
  try {
    await sleep(300);
    const startedAt = performance.now();
    const events = projects.reduce((sum, { items }) => sum + items, 0);
    let text = await read();
    // A calendar that takes too long is given without the rest at first.
    while (text.split('BEGIN:VEVENT').length - 1 < events && performance.now() - startedAt < 60_000) {
      await sleep(50);
      text = await read();
    }
    const coldMs = performance.now() - startedAt;
    const requests = plane.requests.length;
    const [project] = plane.tables.projects.values();
    const [item] = project?.items.values() ?? [];
    if (!item) throw new Error('growth: there is no item');
    const changes: number[] = [];
    for (let round = 0; round < CHANGES; round++) {
      await sleep(CONFIRMED_MS);
      const row = plane.editItem(item.id, { name: `Changed ${round}` });
      const activity = { field: 'name', old_value: item.name, new_value: row.name };
      const body = deliveryBody(plane.tables, 'issue', 'updated', deliveryData(plane.tables, 'issue', row), activity);
      const changedAt = performance.now();
      await deliver({ url: `${program.origin}/webhooks/plane`, secret: SECRET }, 'issue', body);
      if (!(await read()).includes(row.name)) throw new Error('growth: the change was not shown');
      changes.push(performance.now() - changedAt);
    }
    const { rss } = await program.memory();
    return [
      finding('growth', `${what}: first GET`, 'ms', [coldMs]),
      finding('growth', `${what}: requests to Plane for it`, 'requests', [requests]),
      finding('growth', `${what}: one change, webhook to reader`, 'ms', changes),
      finding('growth', `${what}: resident after garbage collection`, 'MB', [rss / MB]),
      finding('growth', `${what}: calendar`, 'kB', [Buffer.byteLength(text) / 1000]),
    ];
  } finally {
    await program.stop();
    await plane.close();
  }
}
