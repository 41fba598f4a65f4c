import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { isMet, table, type Finding } from './figures.ts';
import { change } from './change.ts';
import { cold } from './cold.ts';
import { growth } from './growth.ts';
import { http } from './http.ts';
import { idle } from './idle.ts';
import { links } from './links.ts';
import { memory } from './memory.ts';
import { mirror } from './mirror.ts';
import { peers } from './peers.ts';
import { render } from './render.ts';
import { replicas } from './replicas.ts';
import { source } from './source.ts';

/**
 * `npm run bench`: what section "Limits" of docs/performance.md asks for, as ratios of one run.
 * `npm run bench -- http render` runs those rows alone.
 */

/** `nodeArgs` are for the process that is measured. */
type Row = (nodeArgs: readonly string[]) => Promise<Finding[]>;

const ROWS: Readonly<Record<string, Row>> = {
  http,
  render,
  source,
  links,
  change,
  cold,
  idle,
  memory,
  mirror,
  growth,
  peers,
  replicas,
};
/** Takes minutes of its own, or servers of Debian, so it runs only when it is named. */
const ON_DEMAND: ReadonlySet<string> = new Set(['growth', 'peers', 'replicas']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', default: 'bench.json' },
    strict: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !(name in ROWS));
if (unknown.length > 0) {
  process.stderr.write(`There is no row "${unknown.join('", "')}". The rows are: ${Object.keys(ROWS).join(', ')}.\n`);
  process.exit(1);
}
const folder = values['cpu-prof'];
const nodeArgs = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
const chosen = positionals.length > 0 ? positionals : Object.keys(ROWS).filter((name) => !ON_DEMAND.has(name));

const findings: Finding[] = [];
const failures: string[] = [];
const startedAt = Date.now();
for (const name of chosen) {
  process.stderr.write(`${name} …\n`);
  try {
    findings.push(...((await ROWS[name]?.(nodeArgs)) ?? []));
  } catch (error) {
    failures.push(
      `${name} could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
}
const seconds = Math.round((Date.now() - startedAt) / 1000);
const missed = findings.filter((one) => !isMet(one)).length;
const result = { at: new Date(startedAt).toISOString(), node: process.version, seconds, findings, failures };
await writeFile(values.output, `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${table(findings)}\n\n`);
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.stdout.write(`${missed} limits missed; ${seconds} s; all figures in ${values.output}\n`);
process.exit(failures.length > 0 || (values.strict && missed > 0) ? 1 : 0);
