import { spawn } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { runs } from '../support/runs.ts';

/** `npm run simulate`. */

/** Resolves to its exit code and its lines. */
function simulate(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/simulate/simulate.ts', ...args]);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, lines: text.trimEnd().split('\n') });
    });
  });
}

/** Its output: a digest of each history, by seed, and one of all. */
async function digests(seed: number, histories: number) {
  const { code, lines } = await simulate('--seed', String(seed), '--histories', String(histories), '--digest');
  const [count, whole, ...others] = lines.filter((line) => !line.startsWith('seed '));
  expect([code, others]).toEqual([0, []]);
  expect(count).toMatch(new RegExp(`^${histories} histories in \\d+\\.\\d s, 0 failures$`));
  expect(whole).toMatch(/^[\da-f]{32}$/);
  return { whole, each: lines.filter((line) => line.startsWith('seed ')) };
}

test('a seed has one digest, whatever was run before it, and another seed has another one', async () => {
  const { numRuns } = runs(2);
  const [first, second, last] = await Promise.all([digests(1, numRuns), digests(1, numRuns), digests(numRuns, 1)]);
  expect(first).toEqual(second);
  expect(first.each).toHaveLength(numRuns);
  expect(new Set(first.each.map((line) => line.split(' ').at(-1))).size).toBe(numRuns);
  expect(last.each).toEqual(first.each.slice(-1));
  expect(last.whole).not.toBe(first.whole);
});

test('a number that is none is refused', async () => {
  expect(await simulate('--seed', 'x')).toEqual({ code: 1, lines: ['--seed must be a whole number, not "x".'] });
});
