import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { soakReplicas } from './replicas.ts';
import { soak } from './run.ts';
import { SHORT, sizeFor } from './sizes.ts';
import { printFigures } from './print.ts';
import type { DiskWay } from './disk.ts';

/** `npm run soak`: minutes of load and faults, described in docs/performance.md under "Soak"; with `--replicas 3` for several servers. */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '4' },
    output: { type: 'string', default: 'soak.json' },
    disk: { type: 'string' },
    short: { type: 'boolean', default: false },
    replicas: { type: 'string' },
    seed: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});
const minutes = Number(values.minutes);
if (!Number.isFinite(minutes) || minutes < 2) fail('--minutes takes a number from 2 on, such as 4.');
const { disk } = values;
if (disk !== undefined && !['tmpfs', 'limit', 'none'].includes(disk)) fail('--disk takes tmpfs, limit or none.');

const replicas = values.replicas === undefined ? null : Number(values.replicas);
if (replicas !== null && !(Number.isInteger(replicas) && replicas >= 2 && replicas <= 9))
  fail('--replicas takes a number from 2 to 9, such as 3.');
const seed = Number(values.seed ?? Date.now() % 100_000);
if (!Number.isInteger(seed)) fail('--seed takes a whole number.');

const at = new Date().toISOString();
const loadBefore = loadavg();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = values['cpu-prof'];
const nodeArgs = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(folder)}`];
const size = values.short ? SHORT : sizeFor(minutes);
const figures =
  replicas === null
    ? await soak({ ...size, disk: (disk ?? null) as DiskWay | null, nodeArgs, say })
    : await soakReplicas({ replicas, minutes, seed, say });
const machine = { node: process.version, cores: availableParallelism(), loadBefore, loadAfter: loadavg() };
await writeFile(values.output, `${JSON.stringify({ at, machine, ...figures }, null, 2)}\n`);
process.stdout.write(`${printFigures(figures)}\n`);
const missed = figures.judgements.filter(({ isMet }) => !isMet).length;
const loads = [...loadBefore.slice(0, 1), ...machine.loadAfter.slice(0, 1)].map((one) => one.toFixed(1));
process.stdout.write(
  `${missed} judgements missed; load of the machine ${loads.join(' → ')} on ${machine.cores} cores; all figures in ${values.output}\n`,
);
process.exit(missed > 0 ? 1 : 0);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
