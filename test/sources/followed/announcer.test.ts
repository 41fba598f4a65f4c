import { beforeEach, expect, test } from '@jest/globals';
import { AppError } from '../../../src/domain/errors.ts';
import type { StoreChange } from '../../../src/domain/ports.ts';
import { createAnnouncer, type Announcement, type Announcer } from '../../../src/sources/followed/announcer.ts';
import { NOTHING_WANTED, type Wanted } from '../../../src/sources/followed/wanted.ts';
import { aLog } from '../../support/log.ts';

let now: number;
let current: Announcement[];
let written: StoreChange[][];
let failure: Error | null;
let answered: Wanted[];
let tick: () => void;
let log: ReturnType<typeof aLog>;
let announcer: Announcer;

beforeEach(() => {
  [now, current, written, failure, answered, log] = [0, [], [], null, [], aLog()];
  announcer = createAnnouncer({
    store: {
      write: (changes) => {
        if (failure) return Promise.reject(failure);
        written.push([...changes]);
        return Promise.resolve();
      },
    },
    announcements: [
      {
        current: () => current,
        answer: (wanted) => {
          answered.push(wanted);
          return Promise.resolve();
        },
      },
    ],
    now: () => now,
    delay: () => new Promise((resolve) => (tick = resolve)),
    log,
  });
});

const turn = (): Promise<void> => new Promise(setImmediate);
const a = (value: unknown, more: Partial<Announcement> = {}): Announcement => ({
  kind: 'freshness',
  id: 'a',
  value,
  ...more,
});
const stored = (value: unknown): StoreChange[] => [{ kind: 'freshness', id: 'a', value }];

test('each second stores what differs, in one batch', async () => {
  current = [a(1), { kind: 'freshness', id: 'b', value: 1 }];
  announcer.start();
  tick();
  await turn();
  current = [a(2), { kind: 'freshness', id: 'b', value: 1 }];
  tick();
  await turn();
  tick();
  await turn();
  expect(written).toEqual([[...stored(1), { kind: 'freshness', id: 'b', value: 1 }], stored(2)]);
});

test('what it is about is stored first', async () => {
  let save = (): void => undefined;
  current = [a(1, { saved: new Promise((resolve) => (save = resolve)) })];
  const flushed = announcer.flush();
  await turn();
  expect(written).toEqual([]);
  save();
  await flushed;
  expect(written).toEqual([stored(1)]);
});

test('while that can not be stored, nothing says that it is fresh', async () => {
  let isSaved = false;
  current = [a(1, { isSaved: () => isSaved })];
  await announcer.flush();
  expect(written).toEqual([]);
  isSaved = true;
  await announcer.flush();
  expect(written).toEqual([stored(1)]);
});

test('what could not be written is written the next time', async () => {
  current = [a(1)];
  failure = new AppError('storage_unavailable', 'The database is down.');
  await announcer.flush();
  expect(log.lines).toEqual([]);
  failure = new Error('no');
  await announcer.flush();
  expect(log.lines).toMatchObject([{ level: 'error', fields: { reason: 'no' } }]);
  failure = null;
  await announcer.flush();
  expect(written).toEqual([stored(1)]);
});

test('what a follower wants is done, and announced at once unless that was done in the last second', async () => {
  current = [a(1)];
  const wanted = { ...NOTHING_WANTED, list: true };
  announcer.answerWanted(wanted);
  await turn();
  expect(answered).toEqual([wanted]);
  expect(written).toEqual([stored(1)]);
  current = [a(2)];
  now = 999;
  announcer.answerWanted(wanted);
  await turn();
  expect(written).toHaveLength(1);
  now = 1_000;
  announcer.answerWanted(wanted);
  await turn();
  expect(written).toHaveLength(2);
});

test('nothing is written once it has stopped', async () => {
  current = [a(1)];
  announcer.start();
  await announcer.stop();
  tick();
  announcer.answerWanted(NOTHING_WANTED);
  await announcer.flush();
  await turn();
  expect(written).toEqual([]);
});
