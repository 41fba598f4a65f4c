import { finding, type Finding } from './figures.ts';
import type { IdleInput, IdleReport } from './idle-process.ts';
import { runScript } from './processes.ts';

/** What 20 projects with a reader each minute cost Plane in an hour in which little happens, and how soon a silent change is seen. */

const PROJECTS = 20;
const LIMIT = { perMinute: 30, seconds: 120 };

export async function idle(nodeArgs: readonly string[]): Promise<Finding[]> {
  const run = (webhook: boolean): Promise<IdleReport> =>
    runScript<IdleReport>('idle-process', { projects: PROJECTS, webhook } satisfies IdleInput, nodeArgs);
  // Counts are measured here, not time, so both may run at once.
  const [without, withOne] = await Promise.all([run(false), run(true)]);
  const findings: Finding[] = [];
  for (const { webhook, perMinute, seen } of [
    { webhook: false, ...without },
    { webhook: true, ...withOne },
  ]) {
    const mean = perMinute.reduce((sum, count) => sum + count, 0) / perMinute.length;
    const what = `${PROJECTS} projects, ${webhook ? 'with webhook and edits' : 'no webhook'}`;
    findings.push(
      finding('idle', `${what}: requests a minute, mean of an hour`, 'requests', [mean], LIMIT.perMinute),
      finding('idle', `${what}: requests in each minute`, 'requests', perMinute),
      finding('idle', `${what}: longest until a silent change is seen`, 's', [Math.max(...seen)], LIMIT.seconds),
      finding('idle', `${what}: ${seen.length} silent changes, seen after`, 's', seen),
    );
  }
  return findings;
}
