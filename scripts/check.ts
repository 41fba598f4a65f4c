import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';

/** `npm run check`: what uses one core each runs at the same time, the longest first; then the tests, which use all cores. */

const STEPS = ['lint', 'typecheck', 'format:check', 'unused'] as const;

/** Whether a script of package.json succeeds; shows what it wrote as a whole, at its end. */
async function passes(script: string): Promise<boolean> {
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = codeOf(child);
  const output = Buffer.concat(await Promise.all([buffer(child.stdout), buffer(child.stderr)]));
  const isFine = (await ended) === 0;
  process.stdout.write(`== ${script}: ${isFine ? 'fine' : 'failed'}\n${output.toString()}`);
  return isFine;
}

function codeOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

const results = await Promise.all(STEPS.map(passes));
const isFine = !results.includes(false) && (await codeOf(spawn('npm', ['test'], { stdio: 'inherit' }))) === 0;
process.exitCode = isFine ? 0 : 1;
