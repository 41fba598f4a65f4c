import { beforeEach, expect, test } from '@jest/globals';
import { createRequests, type Requests } from '../../../../src/sources/plane/followed/requests.ts';
import type { WantedProject } from '../../../../src/sources/followed/wanted.ts';

const HOUR_MS = 3_600_000;

let now: number;
let sent: (readonly WantedProject[])[];
let tick: () => void;
let failure: Error | null;
let requests: Requests;

beforeEach(() => {
  [now, sent, failure] = [0, [], null];
  tick = () => undefined;
  requests = createRequests({
    send: (projects) => {
      sent.push(projects);
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
    now: () => now,
    delay: () => new Promise((resolve) => (tick = resolve)),
  });
});

/** The second is over. */
const pass = async (): Promise<void> => {
  tick();
  await new Promise(setImmediate);
};

test('the requests of a second are one message', async () => {
  requests.requested('a', []);
  requests.requested('b', ['cycles']);
  requests.requested('b', ['modules', 'cycles']);
  expect(sent).toEqual([]);
  await pass();
  expect(sent).toEqual([
    [
      { id: 'a', parts: [] },
      { id: 'b', parts: ['cycles', 'modules'] },
    ],
  ]);
});

test('each project and part is sent once an hour', async () => {
  requests.requested('a', ['cycles']);
  await pass();
  now = HOUR_MS - 1;
  requests.requested('a', ['cycles']);
  await pass();
  expect(sent).toHaveLength(1);
  requests.requested('a', ['cycles', 'modules']);
  await pass();
  expect(sent[1]).toEqual([{ id: 'a', parts: ['modules'] }]);
  now = HOUR_MS;
  requests.requested('a', ['cycles', 'modules']);
  await pass();
  expect(sent[2]).toEqual([{ id: 'a', parts: ['cycles'] }]);
});

test('what could not be sent is sent with the next request', async () => {
  failure = new Error('no');
  requests.requested('a', ['cycles']);
  await pass();
  failure = null;
  requests.requested('a', ['cycles']);
  await pass();
  expect(sent[1]).toEqual([{ id: 'a', parts: ['cycles'] }]);
});

test('the parts of the last hour are known', () => {
  requests.requested('a', ['cycles']);
  now = 1_000;
  requests.requested('a', ['modules']);
  expect(requests.parts('a')).toEqual(['cycles', 'modules']);
  now = HOUR_MS;
  expect(requests.parts('a')).toEqual(['modules']);
  expect(requests.parts('b')).toEqual([]);
});
