import { parseArgs } from 'node:util';
import { runSimulation } from './run-simulation.ts';
import { MUTANTS } from './mutants.ts';

/**
 * `npm run simulate:mutants`: plants one fault after another into the program, and says after how many histories the simulation finds it. Exits
 * with code 1 when one is not found. See docs/verification.md.
 */

const { values } = parseArgs({ options: { histories: { type: 'string', default: '5000' }, only: { type: 'string' } } });

let missed = 0;
for (const [index, { rule, also, ...first }] of MUTANTS.entries()) {
  if (values.only !== undefined && !values.only.split(',').includes(String(index))) continue;
  const args = ['--histories', values.histories, '--first'];
  const { text } = await runSimulation(args, 'pipe', also ? [first, also] : [first]);
  const [, seed, kind = ''] = /^seed (\d+), (.*): \d+ faults$/m.exec(text) ?? [];
  if (seed === undefined) missed++;
  const result = seed === undefined ? `NOT FOUND in ${values.histories}` : `found after ${seed}`;
  process.stdout.write(`${String(index).padStart(2)} ${result.padEnd(20)} ${rule}${kind && ` (${kind})`}\n`);
}
process.stdout.write(`${missed} not found\n`);
process.exitCode = missed > 0 ? 1 : 0;
