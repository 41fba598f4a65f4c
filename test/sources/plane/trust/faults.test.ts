import { expect, test } from '@jest/globals';
import { createFaults } from '../../../../src/sources/plane/trust/faults.ts';
import { NOON, uuid } from '../../../support/make.ts';
import { aLog } from '../../../support/log.ts';

const [A, B] = [uuid(1), uuid(2)];

function createFixture() {
  const clock = { now: NOON };
  const log = aLog();
  const version = { read: () => Promise.resolve('v1.3.1'), last: () => 'v1.3.1' };
  const faults = createFaults({ now: () => clock.now, log, version });
  return { clock, log, faults };
}

test('a fault is a problem with its beginning and the version of Plane until it is cleared', async () => {
  const { clock, log, faults } = createFixture();
  faults.set(`labels of ${A}`, { message: 'Wrong.', until: NOON + 1, removal: { projectId: A } });
  clock.now += 60_000;
  faults.set(`labels of ${A}`, { message: 'Wrong.' });
  expect(faults.problems()).toEqual([
    { part: 'plane', message: "Wrong. Plane's version is v1.3.1.", since: NOON, until: null },
  ]);
  expect([faults.has(`labels of ${A}`), faults.affects(A), faults.affects(B)]).toEqual([true, true, false]);
  await Promise.resolve();
  faults.set(`labels of ${A}`, null);
  expect(faults.problems()).toEqual([]);
  expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', "an answer of Plane's was rejected"],
    ['info', "an answer of Plane's is valid again"],
  ]);
});

test('one answer that affects several things is one problem and one log line, until all are cleared', async () => {
  const { log, faults } = createFixture();
  for (const key of [`read of ${A}`, `read of ${B}`]) faults.set(key, { message: 'Wrong.' });
  await Promise.resolve();
  expect([faults.problems().length, log.lines.length]).toEqual([1, 1]);
  faults.forget(A);
  expect([faults.affects(A), faults.problems().length, log.lines.length]).toEqual([false, 1, 1]);
  faults.forget(B);
  expect([faults.problems().length, log.lines.length]).toEqual([0, 2]);
});
