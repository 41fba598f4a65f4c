import { expect, test } from '@jest/globals';
import { SHORT } from '../../scripts/soak/sizes.ts';
import { soak } from '../../scripts/soak/run.ts';

/** `npm run soak` in little: the same faults and judgements, but for those of the event loop, which are the machine's too. */

test('nothing that goes wrong reaches a subscriber, and every calendar is true in the end', async () => {
  const said: string[] = [];
  const run = await soak({ ...SHORT, disk: null, nodeArgs: [], say: (line) => said.push(line) });
  const missed = run.judgements.filter(({ what, isMet }) => !isMet && !what.includes('p99'));
  // The log of the phases is printed beside what was missed.
  expect({ missed, said: missed.length > 0 ? said : [] }).toEqual({ missed: [], said: [] });
  expect(run.judgements.length).toBeGreaterThan(15);
  const disk = String(run.more.disk);
  if (disk.startsWith('skipped')) console.warn(`the full disk: ${disk}`);
  if (process.env.REQUIRE_E2E === '1') expect(disk).not.toMatch(/^skipped/);
}, 300_000);
