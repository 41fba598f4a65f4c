import { beforeEach, expect, test } from '@jest/globals';
import { createQuestions, type Questions } from '../../../src/sources/followed/questions.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { aLog } from '../../support/log.ts';

let now: number;
let sent: string[][];
let wake: (() => void)[];
let log: ReturnType<typeof aLog>;
let send: () => Promise<void>;
let questions: Questions;

beforeEach(() => {
  [now, sent, wake, log] = [0, [], [], aLog()];
  send = () => Promise.resolve();
  questions = createQuestions({
    send: (about) => {
      sent.push([...about]);
      return send();
    },
    now: () => now,
    delay: () => new Promise((resolve) => wake.push(resolve)),
    log,
  });
});

const turn = (): Promise<void> => new Promise(setImmediate);
const isSettled = async (promise: Promise<void>): Promise<boolean> => {
  let settled = false;
  void promise.then(() => (settled = true));
  await turn();
  return settled;
};
/** Ten seconds pass. */
const pass = (): void => {
  now += 10_000;
  for (const one of wake.splice(0)) one();
};

test('what is asked at once is sent at once, and each question once for all who wait', async () => {
  const asked = [questions.ask('a'), questions.ask('b'), questions.ask('a')];
  await turn();
  expect(sent).toEqual([['a', 'b']]);
  questions.answered('a');
  expect(await Promise.all(asked.map(isSettled))).toEqual([true, false, true]);
});

test('a question that was answered is sent again the next time', async () => {
  const first = questions.ask('a');
  await turn();
  questions.answered('a');
  await first;
  void questions.ask('a');
  await turn();
  expect(sent).toEqual([['a'], ['a']]);
});

test('after ten seconds without an answer nobody waits, for ten seconds', async () => {
  const asked = questions.ask('a');
  expect(await isSettled(asked)).toBe(false);
  pass();
  expect(await isSettled(asked)).toBe(true);
  now += 9_999;
  expect(await isSettled(questions.ask('a'))).toBe(true);
  expect(sent).toHaveLength(1);
  now += 1;
  expect(await isSettled(questions.ask('a'))).toBe(false);
  expect(sent).toHaveLength(2);
});

test('a late answer ends that', async () => {
  void questions.ask('a');
  await turn();
  pass();
  questions.answered('a');
  expect(await isSettled(questions.ask('a'))).toBe(false);
});

test('the end of an earlier wait does not end a later one', async () => {
  void questions.ask('a');
  await turn();
  questions.answered('a');
  const later = questions.ask('a');
  wake[0]?.();
  expect(await isSettled(later)).toBe(false);
});

test('a question that can not be stored is not waited for', async () => {
  send = () => Promise.reject(new AppError('storage_unavailable', 'The database is down.'));
  expect(await isSettled(questions.ask('a'))).toBe(true);
  expect(await isSettled(questions.ask('a'))).toBe(true);
  expect(sent).toHaveLength(1);
  // The store itself reports that.
  expect(log.lines).toEqual([]);
});

test('any other error is logged', async () => {
  send = () => Promise.reject(new Error('no'));
  expect(await isSettled(questions.ask('a'))).toBe(true);
  expect(log.lines).toMatchObject([{ level: 'error', fields: { reason: 'no' } }]);
});
