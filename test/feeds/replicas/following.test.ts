import { describe, expect, test } from '@jest/globals';
import type { Store } from '../../../src/domain/ports.ts';
import { createRevisions } from '../../../src/feeds/revisions.ts';
import { aSnapshot, NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { ALARM, changed, DONE, ITEMS, LABELS, OPEN, PLAIN } from '../fixture.ts';
import { answerOf, expectForward, revisionsIn, someReplicas, type Replicas } from './support.ts';

/** What another server stored, and this one has not seen. */

async function expectSame({ all: [a, b] }: Replicas): Promise<void> {
  const document = await a.get();
  expect(answerOf(await b.get())).toEqual(answerOf(document));
}

/** The first server shows these, a minute each. */
async function shownByFirst(replicas: Replicas, ...snapshots: (typeof PLAIN)[]): Promise<void> {
  for (const snapshot of snapshots) {
    replicas.clock.now += 60_000;
    replicas.show(snapshot);
    await replicas.all[0].get();
  }
}

describe('a change that another server has shown and undone', () => {
  test('is in a calendar in which something else changes', async () => {
    const replicas = someReplicas();
    replicas.show(PLAIN);
    await expectSame(replicas);
    await shownByFirst(replicas, changed(OPEN, { name: 'Other' }), PLAIN);
    replicas.all[1].follow();
    // The item itself is the same object, so its text is copied where that is current.
    replicas.show({ ...PLAIN, items: new Map(PLAIN.items).set(DONE.id, { ...DONE, name: 'Other' }) });
    await expectSame(replicas);
    expectForward(replicas);
  });

  test('moves the date of a calendar that has the same bytes again', async () => {
    const replicas = someReplicas();
    replicas.show(PLAIN);
    await expectSame(replicas);
    await shownByFirst(replicas, aSnapshot({ items: ITEMS.slice(0, 2), labels: LABELS }), PLAIN);
    replicas.all[1].follow();
    await expectSame(replicas);
    expect((await replicas.all[1].get()).version).toBe(3);
  });

  test('is known when the shape of a feed changes, also to a server that does not follow', async () => {
    const replicas = someReplicas();
    replicas.show(PLAIN);
    await expectSame(replicas);
    await shownByFirst(replicas, changed(DONE, { name: 'Other' }), PLAIN);
    const before = revisionsIn(await replicas.all[0].get());
    const after = revisionsIn(await replicas.all[1].get('link:1', ALARM));
    for (const [uid, revision] of before) expect(after.get(uid)).toBeGreaterThanOrEqual(revision);
  });
});

test('a report of what was stored before costs nothing', async () => {
  const replicas = someReplicas();
  const [, b] = replicas.all;
  await expectSame(replicas);
  b.follow();
  await shownByFirst(replicas, changed(OPEN, { name: 'Other' }));
  replicas.rename('Another');
  await expectSame(replicas);
  b.follow(2);
  replicas.rename('Last');
  const writes = replicas.writes();
  await b.get();
  expect(replicas.writes()).toBe(writes + 2);
});

test('of two shapes that a feed gets at the same time, one comes after the other', async () => {
  const replicas = someReplicas();
  const [a, b] = replicas.all;
  await expectSame(replicas);
  let isFirst = true;
  replicas.beforeWrite = async (number) => {
    if (number !== 0 || !isFirst) return;
    isFirst = false;
    await b.get('link:1', { detail: 'brief' });
  };
  await a.get('link:1', ALARM);
  const uses = replicas.history('profile').get('link:1') as { readonly changes: number; readonly from: string }[];
  expect(uses.map(({ changes }) => changes)).toEqual([0, 1, 2]);
});

describe('a pass', () => {
  const block = { uid: 'u', before: 'text', after: '', start: '' };
  const aPass = async () => {
    const store = aMemoryStore();
    const revisions = createRevisions(store, () => NOON);
    const first = await revisions.begin('feed', 'shape');
    const revision = first.assign(block);
    await first.commit();
    const [[id, value]] = (await store.list('revision')) as [[string, [string, number]]];
    return { revisions, revision, later: { kind: 'revision', id, value: [value[0], revision + 5] } };
  };

  test('in which a revision becomes outdated is not published', async () => {
    const { revisions, revision, later } = await aPass();
    const pass = await revisions.begin('feed', 'shape');
    expect(pass.assign(block)).toBe(revision);
    revisions.adopt({ isComplete: false, records: [later] });
    expect(pass.isCurrent()).toBe(false);
    await expect(pass.commit()).rejects.toMatchObject({ code: 'conflict' });
    expect((await revisions.begin('feed', 'shape')).assign(block)).toBe(revision + 5);
  });

  test('knows what is not stored any more', async () => {
    const { revisions, later } = await aPass();
    const pass = await revisions.begin('feed', 'shape');
    revisions.adopt({ isComplete: true, records: [later] });
    revisions.adopt({ isComplete: true, records: [] });
    expect(pass.isCurrent()).toBe(false);
    expect(await revisions.lookUp('feed', 'shape', ['u'])).toEqual([]);
  });

  test('in which a revision becomes outdated, after the copy of it was dropped, is not current either', async () => {
    const { revisions, later } = await aPass();
    const pass = await revisions.begin('feed', 'shape');
    pass.assign(block);
    await pass.commit();
    const other = await revisions.begin('other', 'shape');
    other.assign({ ...block, before: 'other text' });
    await expect(other.commit({ isLatest: () => Promise.resolve(false) })).rejects.toMatchObject({ code: 'conflict' });
    expect(pass.isCurrent()).toBe(true);
    revisions.adopt({ isComplete: false, records: [later] });
    expect(pass.isCurrent()).toBe(false);
  });

  test('that has a text which gets another revision is not current', async () => {
    const { revisions, revision, later } = await aPass();
    const pass = await revisions.begin('feed', 'shape');
    pass.assign(block);
    await pass.commit();
    const otherText = { ...later, value: ['other text', revision + 5] };
    revisions.adopt({ isComplete: false, records: [otherText] });
    expect(pass.isCurrent()).toBe(true);
    expect((await revisions.begin('other', 'shape')).assign(block)).toBe(revision + 6);
    expect(pass.isCurrent()).toBe(false);
  });

  test('in a profile that is replaced while it is read is not current', async () => {
    const store = aMemoryStore();
    let afterReading = (): void => undefined;
    const late: Store = {
      ...store,
      get: async (kind, id) => {
        const value = await store.get(kind, id);
        afterReading();
        return value;
      },
    };
    const revisions = createRevisions(late, () => NOON);
    await (await revisions.begin('feed', 'shape')).commit();
    const use = (await store.get('profile', 'feed')) as object;
    const record = { kind: 'profile', id: 'feed', value: { ...use, shape: 'other', profile: 'other' } };
    afterReading = () => {
      revisions.adopt({ isComplete: false, records: [record] });
    };
    const pass = await revisions.begin('feed', 'shape');
    expect(pass.isCurrent()).toBe(false);
    await expect(pass.commit()).rejects.toMatchObject({ code: 'conflict' });
  });
});
