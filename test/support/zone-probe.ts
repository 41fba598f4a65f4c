import { createHash } from 'node:crypto';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { listedItems } from '../../src/demo/rows.ts';
import { itemOf } from './decoded.ts';
import { aProject, aSnapshot } from './make.ts';
import { render } from './render.ts';

/** Prints a digest of the demo's calendar, for a process whose time zone and locale are set from outside. */
const now = Date.UTC(2026, 2, 28, 23, 30);
const plane = createSmallPlane({ tables: seedDemo(now), now: () => now });
for (const mode of ['due', 'span', 'both'] as const) {
  const [project] = plane.tables.projects.values();
  const items = project ? listedItems(project).flatMap((row) => itemOf(row) ?? []) : [];
  const { identity, events } = await render(aSnapshot({ project: aProject(), items }), { mode, done: 'keep' });
  process.stdout.write(`${mode} ${events} ${createHash('sha256').update(identity).digest('hex')}\n`);
}
