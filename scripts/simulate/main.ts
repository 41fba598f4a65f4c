import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runHistory, type History } from '../../test/simulation/history.ts';
import { planOf } from '../../test/simulation/plan.ts';
import { profileOf } from '../../test/simulation/profiles.ts';
import { seedCrypto } from './seeded-crypto.ts';
import { shrink } from './shrink.ts';

/** `npm run simulate`: histories of the whole program in the order of seeds. Exits with code 1 when one fails. See docs/verification.md. */

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    histories: { type: 'string' },
    seconds: { type: 'string' },
    digest: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** Stops at the first failure, as it is. */
    first: { type: 'boolean', default: false },
  },
});

function count(name: 'seed' | 'histories' | 'seconds', text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} must be a whole number, not "${text}".\n`);
  process.exit(1);
}

const first = count('seed', values.seed);
const only = values.only === undefined ? null : new Set(values.only.split(',').filter(Boolean).map(Number));
const most =
  values.histories === undefined ? (values.seconds === undefined ? 1 : Infinity) : count('histories', values.histories);
const seconds = values.seconds === undefined ? Infinity : count('seconds', values.seconds);

const hash = createHash('sha256');
const startedAt = process.hrtime.bigint();
const passed = (): number => Number(process.hrtime.bigint() - startedAt) / 1e9;
let histories = 0;
let failures = 0;
while (histories < most && passed() < seconds) {
  const seed = first + histories;
  const history = await attempt(seed, only);
  histories++;
  hash.update(history.digest);
  if (values.digest) process.stdout.write(`seed ${seed} has ${history.digest}\n`);
  if (history.faults.length === 0) continue;
  failures++;
  await report(seed, history);
  if (values.first) break;
}
process.stdout.write(`${histories} histories in ${passed().toFixed(1)} s, ${failures} failures\n`);
if (values.digest) process.stdout.write(`${hash.digest('hex').slice(0, 32)}\n`);
process.exitCode = failures > 0 ? 1 : 0;

/** An error is a fault like any other. */
async function attempt(seed: number, steps: ReadonlySet<number> | null): Promise<Pick<History, 'digest' | 'faults'>> {
  seedCrypto(seed);
  try {
    return await runHistory(seed, steps);
  } catch (error) {
    return { digest: String(error), faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}

async function report(seed: number, { faults }: Pick<History, 'faults'>): Promise<void> {
  process.stdout.write(
    `seed ${seed}, ${profileOf(seed).name}: ${faults.length} faults\n${faults.map((fault) => `  ${fault}\n`).join('')}`,
  );
  if (only || values.first) return;
  const plan = planOf(seed);
  const fails = async (steps: readonly number[]): Promise<boolean> =>
    (await attempt(seed, new Set(steps))).faults.length > 0;
  const actsOf = (some: readonly number[]): string =>
    plan
      .filter((_step, at) => some.includes(at))
      .map(({ act }) => act)
      .join(', ');
  const steps = await shrink([...plan.keys()], fails);
  process.stdout.write(
    `  The same with ${steps.length} of ${plan.length} steps: ${actsOf(steps)}\n` +
      `  Again: npm run simulate -- --seed ${seed} --only ${steps.join() || 'none'}\n`,
  );
}
