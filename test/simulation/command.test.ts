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

const HISTORIES = String(runs(2).numRuns);

test('one seed twice gives one digest, and another seed another one', async () => {
  const runs = await Promise.all([
    simulate('--seed', '1', '--histories', HISTORIES, '--digest'),
    simulate('--seed', '1', '--histories', HISTORIES, '--digest'),
    simulate('--seed', '2', '--histories', HISTORIES, '--digest'),
  ]);
  for (const { code, lines } of runs) {
    expect({ code, count: lines.length }).toEqual({ code: 0, count: 2 });
    expect(lines[0]).toMatch(/^\d+ histories in \d+\.\d s, 0 failures$/);
    expect(lines[1]).toMatch(/^[\da-f]{32}$/);
  }
  const [first, second, other] = runs.map(({ lines }) => lines[1]);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

test('a number that is none is refused', async () => {
  expect(await simulate('--seed', 'x')).toEqual({ code: 1, lines: ['--seed must be a whole number, not "x".'] });
});
