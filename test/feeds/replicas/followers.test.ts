import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CalendarDocument } from '../../../src/domain/feed.ts';
import { OPEN } from '../fixture.ts';
import { answerOf, expectForward, expectStored } from './support.ts';
import { aLeaderAndFollowers, editsByDigest, KEYS, nameOf, type LeaderAndFollowers } from './followers-support.ts';

/** Servers that know what the leader knows a moment later, and decide about revisions nevertheless. */

type Wait = (work: Promise<unknown>) => Promise<unknown>;

const STEPS = fc.array(
  fc.record({
    seconds: fc.constantFrom(-5, 0, 0, 1, 60),
    changes: fc.constantFrom('edit', 'edit', 'edit', 'redefine', null),
    reads: fc.array(fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(...KEYS)), { maxLength: 4 }),
    follows: fc.subarray([0, 1, 2]),
    restarts: fc.constantFrom(0, 1, null, null, null, null),
    // A number of turns rather than of milliseconds, so that a failure can be played again.
    turns: fc.nat(60),
  }),
  { minLength: 1, maxLength: 7 },
);
type Steps = typeof STEPS extends fc.Arbitrary<infer T> ? T : never;

/** The edit that a calendar shows. */
function editIn({ identity }: CalendarDocument): number {
  return Number(/Edit (\d+)/.exec(identity.toString())?.[1]);
}

async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

/** Runs the steps, each of which begins before what the ones before it began has ended. Resolves to the edit of every tag that was answered. */
async function run(servers: LeaderAndFollowers, steps: Steps, wait: Wait): Promise<ReadonlyMap<string, number>> {
  const editsByTag = new Map<string, number>();
  const work: Promise<unknown>[] = [];
  for (const { seconds, changes, reads, follows, restarts, turns } of steps) {
    servers.clock.now += seconds * 1000;
    if (restarts !== null) servers.all[restarts]!.restart();
    for (const number of follows) servers.all[number]!.follow();
    const read = async (number: number, key: string): Promise<void> => {
      const document = await servers.all[number]!.get(key);
      editsByTag.set(document.etag, editIn(document));
      await expectStored(servers, document);
    };
    const begun = reads.map(([number, key]) => read(number, key));
    if (changes !== null) begun.push(servers[changes]());
    work.push(...begun);
    await wait(Promise.race([Promise.all(begun), pass(turns)]));
  }
  await wait(Promise.all(work));
  return editsByTag;
}

/** Nothing changes any more, and everybody knows everything. */
async function expectSame(servers: LeaderAndFollowers, wait: Wait): Promise<void> {
  for (const key of KEYS) {
    for (const server of servers.all) {
      server.follow();
      await wait(server.get(key));
    }
  }
  for (const server of servers.all) server.follow();
  for (const key of KEYS) {
    const answers: unknown[] = [];
    const answer = async (): Promise<void> => {
      for (const server of servers.all) answers.push(answerOf(await server.get(key)));
    };
    await wait(answer());
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
    expect((answers[0] as { text: string }).text).toContain(nameOf(servers.edits()));
  }
}

/** Each text was stamped once, in the order in which the leader had them. */
async function expectInOrder(servers: LeaderAndFollowers, editsByTag: ReadonlyMap<string, number>): Promise<void> {
  const editOf = await editsByDigest(servers.edits());
  for (const [id, values] of servers.history('revision')) {
    if (!id.includes(OPEN.id)) continue;
    const edits = (values as [string, number][]).map(([digest]) => editOf.get(digest));
    expect(edits).toEqual([...new Set(edits)].sort((a, b) => Number(a) - Number(b)));
  }
  for (const values of servers.history('validators').values()) {
    const edits = (values as { etag: string }[]).flatMap(({ etag }) => editsByTag.get(etag) ?? []);
    expect(edits).toEqual([...edits].sort((a, b) => a - b));
  }
}

test('servers that follow late end with the same, and none stores what it decided by something older', async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, fc.scheduler(), async (steps, scheduler) => {
      const servers = aLeaderAndFollowers(scheduler);
      const wait: Wait = (work) => scheduler.waitFor(work);
      const editsByTag = await run(servers, steps, wait);
      await expectSame(servers, wait);
      expectForward(servers);
      await expectInOrder(servers, editsByTag);
    }),
    { numRuns: 100 },
  );
});
