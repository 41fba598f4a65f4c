import { describe, expect, test } from '@jest/globals';
import { createRunHistory } from '../../src/mirrors/backup/history.ts';
import { createRunRecorder } from '../../src/mirrors/outcome.ts';
import type { RunReport } from '../../src/mirrors/sync/report.ts';
import { NOON } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aLog } from '../support/log.ts';
import { aReport, anError, HELD_BACK } from './support/report.ts';

/** What is stored, logged and shown of runs. */

function aRecorder(stored: readonly RunReport[] = []) {
  const store = aMemoryStore();
  const history = createRunHistory(store, 'abcd1234');
  const log = aLog();
  return { store, history, log, ...createRunRecorder({ id: 'a1', history, stored, log }) };
}

const messages = ({ log }: ReturnType<typeof aRecorder>): string[] => log.lines.map(({ message }) => message);

describe('the outcome of runs', () => {
  test('is nothing before the first one', () => {
    expect(aRecorder().current()).toEqual({
      last: null,
      failing: null,
      heldBack: null,
      writes: { created: 0, updated: 0, deleted: 0 },
      lastSuccessAt: null,
    });
  });

  test('fails since the first failed run in a row, until a full run succeeds', async () => {
    const { record, current } = aRecorder();
    await record(aReport({ error: anError() }));
    await record(aReport({ error: anError('caldav_refused'), endedAt: NOON + 9_000 }));
    expect(current().failing).toEqual({ error: anError('caldav_refused'), since: NOON + 1_000 });
    await record(aReport({ kind: 'items', counts: { updated: 1 } }));
    expect([current().failing?.since, current().last?.error?.code, current().lastSuccessAt]).toEqual([
      NOON + 1_000,
      'caldav_refused',
      null,
    ]);
    await record(aReport({ endedAt: NOON + 20_000 }));
    expect([current().failing, current().lastSuccessAt]).toEqual([null, NOON + 20_000]);
  });

  test('has held-back deletions until a full run knows better', async () => {
    const { record, current } = aRecorder();
    await record(aReport({ heldBack: HELD_BACK, counts: { heldBack: 30 } }));
    await record(aReport({ kind: 'items', counts: { created: 1 } }));
    await record(aReport({ error: anError('caldav_unavailable') }));
    expect(current().heldBack).toEqual({ ...HELD_BACK, count: 30, since: NOON + 1_000 });
    await record(aReport({ error: anError('caldav_refused') }));
    expect(current().heldBack).toBeNull();
  });

  test('begins with the stored runs, whose writes are not counted', async () => {
    const stored = [aReport({ error: anError(), endedAt: NOON + 5_000 }), aReport({ counts: { created: 7 } })];
    const { record, current } = aRecorder(stored);
    expect([current().failing?.since, current().lastSuccessAt]).toEqual([NOON + 5_000, NOON + 1_000]);
    await record(aReport({ counts: { created: 2, updated: 1 } }));
    expect(current().writes).toEqual({ created: 2, updated: 1, deleted: 0 });
  });
});

describe('a run', () => {
  test('is stored once, and not at all where a change in Plane changed nothing', async () => {
    const { record, current, history } = aRecorder();
    await record(aReport({ counts: { created: 1 } }));
    await record(aReport({ kind: 'items', counts: { unchanged: 1 } }));
    expect((await history.runs()).map(({ kind }) => kind)).toEqual(['full']);
    expect(current().last?.kind).toBe('full');
  });

  test('that a full one follows counts its writes, and decides nothing else', async () => {
    const { record, current, history } = aRecorder();
    await record(
      aReport({ kind: 'items', counts: { updated: 1, conflicts: 1 }, error: anError('caldav_refused') }),
      false,
    );
    expect([current().failing, current().writes.updated, (await history.runs()).length]).toEqual([null, 1, 1]);
  });

  test('is logged, and a problem when it begins and when it ends', async () => {
    const one = aRecorder();
    for (const error of [anError(), anError(), null]) await one.record(aReport({ error }));
    expect(messages(one)).toEqual([
      'mirror: run incomplete',
      'mirror: run',
      'mirror: run',
      'mirror: runs complete again',
      'mirror: run',
    ]);
    const stopped = aRecorder();
    await stopped.record(aReport({ error: anError('stopping') }));
    expect(messages(stopped)).toEqual(['mirror: run']);
  });

  test('whose report can not be stored counts nevertheless', async () => {
    const { record, current, store } = aRecorder();
    store.isFull = true;
    await expect(record(aReport({ error: anError() }))).rejects.toThrow();
    expect(current().failing?.error.code).toBe('caldav_unavailable');
  });
});
