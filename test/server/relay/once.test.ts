import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../src/domain/errors.ts';
import { perform } from '../../../src/server/relay/perform.ts';
import { createRelay } from '../../../src/server/relay/relay.ts';
import { serveTasks } from '../../../src/server/relay/serve-tasks.ts';
import { aLog } from '../../support/log.ts';
import { aSharedDatabase, type Step } from '../../support/replicas.ts';
import { VAULT } from './support.ts';
import { runs } from '../../support/runs.ts';

/**
 * A follower and leaders that are replaced, that freeze and that lose their connection, in any order. A change is made at most once, and what
 * the follower answers about it is true.
 */

const SIGNAL = new AbortController().signal;
const LIMITS = { maxBytes: 1_000_000, signal: SIGNAL };
const method = fc.constantFrom('POST', 'POST', 'GET', 'HEAD');
const event = fc.constantFrom('a leader begins', 'a leader dies', 'a leader ends', 'time passes');

/** What happens at one step of a server: nothing for most. */
const luck = fc.infiniteStream(fc.nat(40));

test('a change is made at most once, and one that is said not to be made never is', async () => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(method, { minLength: 1, maxLength: 4 }),
    fc.array(event, { minLength: 3, maxLength: 12 }),
    luck,
    async (scheduler, methods, events, chance) => {
      const database = aSharedDatabase('cache');
      let elapsed = 0;
      let isCalm = false;
      const turn = (what: string): Promise<void> => scheduler.schedule(Promise.resolve(), what);
      /** Time passes with pauses: the long ones end what waits, and only an event ends those. */
      const delay = async (ms: number): Promise<void> => {
        if (ms >= 30_000) return new Promise(() => undefined);
        elapsed += ms;
        await new Promise((resolve) => setImmediate(resolve));
        return turn(`pause of ${ms}`);
      };
      const performed = methods.map(() => 0);

      function aServer() {
        let isDead = false;
        const step: Step = async (what) => {
          await turn(what);
          const isLost = isDead || (!isCalm && chance.next().value === 0);
          if (isLost) throw new AppError('storage_unavailable', `lost: ${what}`);
        };
        const { store, catchUp } = database.replica(step);
        /** As a server reads what others wrote. */
        const read = async (times: number): Promise<void> => {
          for (let at = 0; at < times; at++) await catchUp().catch(() => undefined);
        };
        return { store, read, die: () => void (isDead = true) };
      }

      async function aLeader() {
        const server = aServer();
        const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
          const at = Number(incoming.url?.slice(1));
          performed[at]!++;
          void turn('performing').then(() => response.end(`made ${at}`));
        };
        const tasks = await serveTasks({
          store: server.store,
          vault: VAULT,
          perform: { answer, answerLocal: answer },
          now: () => elapsed,
          elapsed: () => elapsed,
          delay,
          log: aLog(),
        }).catch(() => null);
        return { ...server, tasks };
      }

      async function play(): Promise<void> {
        const follower = aServer();
        isCalm = true;
        const relay = await createRelay({
          store: follower.store,
          vault: VAULT,
          replica: 'follower',
          now: () => elapsed,
          elapsed: () => elapsed,
          delay,
          log: aLog(),
        });
        isCalm = false;
        const listener = (incoming: IncomingMessage, response: ServerResponse): void =>
          void relay.answer(incoming, response, false, '192.0.2.1');
        const answers = Promise.all(
          methods.map((one, at) =>
            perform(
              listener,
              { method: one, url: `/${at}`, headers: ['Host', 'a'], body: null, address: '', isLocal: false },
              LIMITS,
            ),
          ),
        );
        let leaders = [await aLeader()];
        for (const one of events) {
          if (one === 'a leader begins') leaders.push(await aLeader());
          else if (one === 'time passes') elapsed += 20_000;
          else {
            const [gone] = leaders;
            leaders = leaders.slice(1);
            if (one === 'a leader dies') gone?.die();
            // It may go on for a while.
            else void gone?.tasks?.stop();
          }
          await new Promise((resolve) => setImmediate(resolve));
          for (const { read } of leaders) await read(1);
        }
        const state = { isAnswered: false };
        void answers.then(() => {
          state.isAnswered = true;
        });
        while (!state.isAnswered) {
          elapsed += 5_000;
          for (const { read } of leaders) await read(1);
          // Requests and answers are real, and take their time.
          await new Promise((resolve) => setImmediate(resolve));
          await turn('waiting');
        }
        const got = await answers;
        const counts = [...performed];
        // A leader that comes later finds nothing that was withdrawn.
        isCalm = true;
        const last = await aLeader();
        await last.read(5);
        for (const [at, { status, body }] of got.entries()) check(methods[at]!, status, body.toString(), at, counts);
      }

      function check(one: string, status: number, text: string, at: number, counts: readonly number[]): void {
        const said = status === 200 ? 'made' : /"message":"([^"]*)/.exec(text)?.[1];
        // An answer to HEAD has no body.
        if (one !== 'POST' || said === undefined) return;
        expect(performed[at]).toBeLessThanOrEqual(1);
        if (status === 200) expect([text, counts[at]]).toEqual([`made ${at}`, 1]);
        else expect(status).toBe(503);
        if (said.includes('Nothing was changed')) expect(performed[at]).toBe(0);
      }

      await scheduler.waitFor(play());
    },
  );
  await fc.assert(property, { ...runs(50), endOnFailure: true });
});
