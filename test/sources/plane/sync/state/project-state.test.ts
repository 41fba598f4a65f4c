import { describe, expect, jest, test } from '@jest/globals';
import { AppError } from '../../../../../src/domain/errors.ts';
import type { WorkItem } from '../../../../../src/domain/plane.ts';
import type { CurrentItems } from '../../../../../src/sources/plane/sync/items/current-items.ts';
import { isWarm, requiredParts } from '../../../../../src/sources/plane/sync/state/freshness.ts';
import { createProjectState, hasPartialNames } from '../../../../../src/sources/plane/sync/state/project-state.ts';
import { storedProjects } from '../../../../../src/sources/plane/sync/state/records.ts';
import { aProject, aSnapshot, aWorkItem, NOON, PROJECT_ID, uuid } from '../../../../support/make.ts';
import { aMemoryStore } from '../../../../support/memory-store.ts';
import { aLog } from '../../../../support/log.ts';

const HOUR = 3_600_000;

function createState(store = aMemoryStore()) {
  const clock = { now: NOON };
  const log = aLog();
  const changes: string[][] = [];
  const changed = (ids: ReadonlySet<string>): void => {
    changes.push([...ids].sort());
  };
  const state = createProjectState({ projectId: PROJECT_ID, store, changed, now: () => clock.now, log });
  return { state, clock, log, changes, store };
}

function currentOf(items: readonly WorkItem[], fields: Partial<CurrentItems> = {}): CurrentItems {
  return {
    items: new Map(items.map((item) => [item.id, item])),
    hidden: new Set(),
    invalid: new Map(),
    mark: { total: items.length, newestId: null, updatedAt: null },
    recheckFrom: null,
    ...fields,
  };
}

const first = aWorkItem({ id: uuid(1), name: 'First', updatedAt: NOON - HOUR });
const second = aWorkItem({ id: uuid(2), name: 'Second', updatedAt: NOON - HOUR });
const snapshot = aSnapshot({ items: [first, second] });
const edited = { ...first, name: 'Edited', updatedAt: NOON };

describe('the content', () => {
  test('is unknown until the first read, and what a read changes is reported by id', () => {
    const { state, clock, changes } = createState();
    expect(state).toMatchObject({ snapshot: null, current: null, gone: null, changedAt: -Infinity });
    state.loaded(snapshot, currentOf([first, second]));
    expect(state).toMatchObject({ changedAt: -Infinity, removedItems: 0 });
    clock.now += HOUR;
    state.loaded(snapshot, state.current!);
    expect(state.changedAt).toBe(-Infinity);
    state.loaded(snapshot, currentOf([edited]));
    expect(changes).toEqual([expect.arrayContaining([uuid(1), uuid(2)]), [uuid(1), uuid(2)]]);
    expect(state).toMatchObject({ changedAt: clock.now, removedItems: 1 });
  });

  test('has not changed when cycles and modules are read for the first time', () => {
    const { state } = createState();
    state.loaded(snapshot, currentOf([first, second]));
    state.updateDetails({ cycles: new Map(), modules: new Map() });
    expect(state.changedAt).toBe(-Infinity);
    state.updateDetails({ cycles: new Map() });
    expect(state.changedAt).toBe(NOON);
  });

  test('has what a delivery changed during a read, unless the read is newer', () => {
    const { state } = createState();
    state.loaded(snapshot, currentOf([first, second], { invalid: new Map([[uuid(1), 'wrong']]) }));
    state.readStarted();
    state.applyDelivery(edited, snapshot);
    expect(state.current).toMatchObject({ invalid: new Map(), recheckFrom: NOON });
    state.loaded(snapshot, currentOf([first, second]));
    expect(state.snapshot?.items.get(uuid(1))?.name).toBe('Edited');
    expect(state.current?.recheckFrom).toBe(NOON);
    state.loaded(snapshot, currentOf([{ ...first, name: 'Newer', updatedAt: NOON + 1 }, second]));
    expect(state.snapshot?.items.get(uuid(1))?.name).toBe('Newer');
    state.readStarted();
    state.loaded(snapshot, currentOf([first, second]));
    expect(state.snapshot?.items.get(uuid(1))?.name).toBe('First');
  });

  test('is not created by a delivery or by details', () => {
    const { state, changes } = createState();
    state.applyDelivery(edited, snapshot);
    state.updateDetails({ project: aProject() });
    expect([state.snapshot, changes]).toEqual([null, []]);
  });

  test('remembers former identifiers, each once', () => {
    const { state } = createState();
    for (const identifier of ['WEB', 'SITE', 'WEB', 'SITE'])
      state.loaded({ ...snapshot, project: aProject({ identifier }) }, currentOf([first]));
    expect(state.formerIdentifiers).toEqual(['WEB', 'SITE']);
  });
});

describe('the freshness', () => {
  test('counts from when a project was checked, until it expires', () => {
    const { state, clock } = createState();
    state.checked(NOON - 5_000);
    state.succeeded(60_000);
    expect(state).toMatchObject({ checkedAt: NOON - 5_000, freshUntil: NOON + 55_000, error: null });
    state.failed(new Error('no'));
    expect(state).toMatchObject({ failedAt: clock.now, error: new Error('no'), freshUntil: NOON + 55_000 });
    state.retryNow();
    state.expire();
    expect(state).toMatchObject({ failedAt: -Infinity, freshUntil: -Infinity });
  });

  test('of a project and of its parts is of interest for two days after a request', () => {
    const { state, clock } = createState();
    expect(isWarm(state, clock.now)).toBe(false);
    state.requested(['cycles']);
    clock.now += 47 * HOUR;
    expect(isWarm(state, clock.now)).toBe(true);
    state.requested(['modules']);
    expect(requiredParts(state, clock.now)).toEqual(new Set(['cycles', 'modules']));
    clock.now += HOUR;
    expect(requiredParts(state, clock.now)).toEqual(new Set(['modules']));
    expect(isWarm(state, clock.now)).toBe(true);
  });

  test('of names is read later only while the project can be read', () => {
    const { state } = createState();
    state.loaded({ ...snapshot, partialNames: ['labels'] }, currentOf([first]));
    expect(hasPartialNames(state)).toBe(true);
    state.markRemoved({ kind: 'lost', since: NOON });
    expect(hasPartialNames(state)).toBe(false);
    state.markPublished();
    state.failed(new Error('no'));
    expect(hasPartialNames(state)).toBe(false);
  });
});

test('one read runs at a time, and the next may start when it ended', async () => {
  const { state } = createState();
  let reads = 0;
  const read = (): Promise<void> => {
    reads++;
    return Promise.resolve();
  };
  const loading = state.load(read);
  expect(state.load(read)).toBe(loading);
  expect(state.loading).toBe(loading);
  await loading;
  expect([reads, state.loading]).toEqual([1, null]);
  await state.load(read);
  expect(reads).toBe(2);
});

describe('a restart', () => {
  test('finds what was saved: content, times and why it was removed', async () => {
    const { state, store, clock } = createState();
    state.requested(['cycles']);
    state.loaded(snapshot, currentOf([first, second], { hidden: new Set([uuid(3)]), recheckFrom: NOON }));
    state.checked(NOON);
    state.markRemoved({ kind: 'lost', since: NOON });
    state.save();
    await state.saved;
    const [stored] = await storedProjects(store);
    const next = createState(store).state;
    next.restored(stored!);
    for (const key of ['snapshot', 'current', 'gone', 'checkedAt', 'requestedAt', 'requiredAt'] as const)
      expect(next[key]).toEqual(state[key]);
    expect(next).toMatchObject({ reconciledAt: -Infinity, freshUntil: -Infinity, requestedAt: clock.now });
  });

  test('are read a few at a time, in the order of the store', async () => {
    const { state, store } = createState();
    state.loaded(snapshot, currentOf([first]));
    state.save();
    await state.saved;
    const record = await store.get('project', PROJECT_ID);
    await store.write(Array.from({ length: 9 }, (_, at) => ({ kind: 'project', id: uuid(at), value: record })));
    const expected = await store.list('project');
    let [now, most] = [0, 0];
    const list = async (kind: string, prefix?: string): Promise<[string, unknown][]> => {
      most = Math.max(most, ++now);
      // The first one is the last to be read.
      await new Promise((resolve) => setTimeout(resolve, prefix === `${expected[0]![0]}/` ? 50 : 1));
      now--;
      return prefix === undefined
        ? expected.map(([id]): [string, unknown] => [id, { ...(record as object), formerIdentifiers: [id] }])
        : store.list(kind, prefix);
    };
    const read = await storedProjects({ ...store, list });
    expect(read.map(({ formerIdentifiers: [id] }) => id)).toEqual(expected.map(([id]) => id));
    expect(most).toBe(2);
  });

  test('writes of later changes only what changed, and nothing for a state that is stored', async () => {
    const { state, store, clock } = createState();
    const write = store.write.bind(store);
    const written: string[][] = [];
    store.write = (changes) => {
      written.push(changes.map(({ kind, id, value }) => `${value === undefined ? 'delete ' : ''}${kind} ${id}`));
      return write(changes);
    };
    const save = async (): Promise<string[]> => {
      state.save();
      await state.saved;
      return written.splice(0).flat();
    };
    expect(await save()).toEqual([]);
    state.loaded(snapshot, currentOf([first, second]));
    state.checked(NOON);
    const [project, item] = [`project ${PROJECT_ID}`, `item ${PROJECT_ID}`];
    expect(await save()).toEqual([project, `${item}/${uuid(1)}`, `${item}/${uuid(2)}`]);
    state.checked((clock.now += 1_000));
    expect(await save()).toEqual([]);
    state.loaded(snapshot, currentOf([edited]));
    expect(await save()).toEqual([project, `${item}/${uuid(1)}`, `delete ${item}/${uuid(2)}`]);
    // Its timestamps are stored now and then.
    state.checked((clock.now += 600_000));
    expect(await save()).toEqual([project]);
  });

  test('after a failed write finds everything of the next one', async () => {
    const { state, store, log } = createState();
    store.isFull = true;
    state.loaded(snapshot, currentOf([first, second]));
    state.save();
    await state.saved;
    expect(log.lines).toEqual([expect.objectContaining({ level: 'error', message: 'snapshot could not be stored' })]);
    store.isFull = false;
    state.save();
    await state.saved;
    expect((await storedProjects(store))[0]?.snapshot.items.size).toBe(2);
  });

  test('removes an item whose removal could not be written, with the next write', async () => {
    const { state, store } = createState();
    const third = { ...second, id: uuid(3) };
    const save = async (items: readonly WorkItem[], isFull: boolean): Promise<string[]> => {
      store.isFull = isFull;
      state.loaded(snapshot, currentOf(items));
      state.save();
      await state.saved;
      return [...((await storedProjects(store))[0]?.snapshot.items.keys() ?? [])];
    };
    expect(await save([first, second], false)).toEqual([uuid(1), uuid(2)]);
    expect(await save([first, third], true)).toEqual([uuid(1), uuid(2)]);
    expect(await save([first], true)).toEqual([uuid(1), uuid(2)]);
    expect(await save([first], false)).toEqual([uuid(1)]);
    expect(state.isSaved).toBe(true);
  });

  test('says so where the store could not be written', async () => {
    const { state, store } = createState();
    const full = new AppError('storage_full', 'no space left');
    const write = jest.spyOn(store, 'write').mockRejectedValueOnce(full);
    state.loaded(snapshot, currentOf([first]));
    state.save();
    await expect(state.saved).rejects.toBe(full);
    write.mockRestore();
    // Rendering waits for another try, not for another read of Plane.
    await expect(state.store()).resolves.toBeUndefined();
    expect(state.isSaved).toBe(true);
  });
});
