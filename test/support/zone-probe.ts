import { createHash } from 'node:crypto';
import { isCurrent } from '../../src/http/feed/validators.ts';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { listedItems } from '../../src/demo/rows.ts';
import { itemOf } from './decoded.ts';
import { aProject, aSnapshot } from './make.ts';
import { render } from './render.ts';

/** Prints digests of the demo's calendar and which dates count, for a process whose time zone and locale are set from outside. */
const now = Date.UTC(2026, 2, 28, 23, 30);
const plane = createSmallPlane({ tables: seedDemo(now), now: () => now });
for (const mode of ['due', 'span', 'both'] as const) {
  const [project] = plane.tables.projects.values();
  const items = project ? listedItems(project).flatMap((row) => itemOf(row) ?? []) : [];
  const { identity, events } = await render(aSnapshot({ project: aProject(), items }), { mode, done: 'keep' });
  process.stdout.write(`${mode} ${events} ${createHash('sha256').update(identity).digest('hex')}\n`);
}
const validators = { etag: '', lastModifiedMs: Date.UTC(2026, 10, 20, 12) };
const dates = ['Fri Nov 20 12:00:00 2026', 'Fri Nov 20 11:59:59 2026', 'Friday, 20-Nov-26 12:00:00 GMT', '2026-11-21'];
for (const ifModifiedSince of dates)
  process.stdout.write(`${isCurrent({ ifNoneMatch: '', ifModifiedSince }, validators, now) ? 304 : 200}\n`);
