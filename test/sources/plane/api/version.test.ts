import { expect, test } from '@jest/globals';
import { MockAgent } from 'undici';
import { createPlaneVersion } from '../../../../src/sources/plane/api/version.ts';
import { NOON } from '../../../support/make.ts';

const ORIGIN = 'http://plane.test';

function createFixture() {
  const agent = new MockAgent();
  agent.disableNetConnect();
  const clock = { now: NOON };
  const version = createPlaneVersion({
    apiUrl: `${ORIGIN}/api/v1`,
    dispatcher: agent,
    budget: { run: (_urgency, request) => request() },
    signal: new AbortController().signal,
    now: () => clock.now,
  });
  const answer = (status: number, body: unknown): void => {
    agent
      .get(ORIGIN)
      .intercept({ path: '/api/instances/' })
      .reply(status, JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
  };
  return { version, answer, clock, agent };
}

test("Plane's version is read once an hour, however many ask", async () => {
  const { version, answer, clock, agent } = createFixture();
  expect(version.last()).toBeNull();
  answer(200, { instance: { current_version: 'v1.3.1' } });
  expect(await Promise.all([version.read(), version.read()])).toEqual(['v1.3.1', 'v1.3.1']);
  expect([await version.read(), version.last()]).toEqual(['v1.3.1', 'v1.3.1']);
  clock.now += 3_600_000;
  answer(200, { instance: { current_version: 'v1.4.0' } });
  expect(await version.read()).toBe('v1.4.0');
  agent.assertNoPendingInterceptors();
  await agent.close();
});

test.each<[string, number, unknown]>([
  ['an error', 404, { error: 'Page not found.' }],
  ['another shape', 200, { instance: { current_version: 7 } }],
  ['an endless name', 200, { instance: { current_version: 'v'.repeat(61) } }],
])('after %s the version is unknown, and that is no failure', async (_what, status, body) => {
  const { version, answer, agent } = createFixture();
  answer(status, body);
  expect(await version.read()).toBeNull();
  await agent.close();
});
