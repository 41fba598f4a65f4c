import { describe, expect, test } from '@jest/globals';
import { digestOf, exceeds, parseDeletionGuard } from '../../../src/mirrors/sync/deletion-guard.ts';
import { makePlan, type RemoteObject, type PlanOptions } from '../../../src/mirrors/sync/plan.ts';
import { originOf } from '../../../src/mirrors/sync/object.ts';
import { items, nameOf, objectsOf } from '../support/fixture.ts';

const GUARD = parseDeletionGuard('10,30%')!;
const remoteObject = (fields: Partial<RemoteObject> = {}): RemoteObject => ({
  etag: '"1"',
  isOurs: true,
  theirs: 'old',
  base: 'old',
  title: 'Old',
  ...fields,
});

function plan(
  count: number,
  there: Readonly<Record<number, RemoteObject>>,
  fields: Partial<PlanOptions> = {},
  listed = count,
) {
  const objects = objectsOf(items(count));
  const ids = new Set(items(listed).map(({ id }) => id));
  const lists = (name: string): boolean => ids.has(originOf(name)?.planeId ?? '');
  return makePlan({
    desired: { objects, lists, total: listed, doubt: null, doubtOf: () => null },
    remote: new Map(Object.entries(there).map(([number, one]) => [nameOf(Number(number)), one])),
    known: new Set(),
    refused: new Map(),
    policy: 'plane',
    deletionGuard: GUARD,
    owned: Object.keys(there).length,
    ...fields,
  });
}

const fp = [...objectsOf(items(1)).values()][0]!.fp;

describe('one desired object, by what is there', () => {
  test.each([
    ['nothing', {}, {}, ['create', 'create']],
    ['the same', { 1: remoteObject({ theirs: fp, base: fp }) }, {}, [undefined, undefined]],
    ['the same, whatever it was before', { 1: remoteObject({ theirs: fp }) }, {}, [undefined, undefined]],
    ['what we wrote', { 1: remoteObject() }, {}, ['update', 'update']],
    ['an edit', { 1: remoteObject({ theirs: 'edit', base: fp }) }, {}, ['update', 'leave']],
    ['an edit, and Plane changed too', { 1: remoteObject({ theirs: 'edit' }) }, {}, ['update', 'leave']],
    ['something foreign', { 1: remoteObject({ isOurs: false }) }, {}, ['leave', 'leave']],
    ['nothing any more', {}, { known: new Set([nameOf(1)]) }, ['create', 'leave']],
    ['what was refused', {}, { refused: new Map([[nameOf(1), { fp, reason: 'no' }]]) }, ['leave', 'leave']],
    [
      'what was refused before it changed',
      {},
      { refused: new Map([[nameOf(1), { fp: 'x', reason: 'no' }]]) },
      ['create', 'create'],
    ],
  ])('%s', (_, there, fields, expected) => {
    const actions = (['plane', 'keep'] as const).map(
      (policy) => plan(1, there, { policy, ...fields }).steps[0]?.action,
    );
    expect(actions).toEqual(expected);
  });
});

describe('one object that is no longer desired', () => {
  test.each([
    ['ours', remoteObject(), ['delete', 'delete']],
    ['ours and edited', remoteObject({ theirs: 'edit' }), ['delete', 'leave']],
    ['foreign', remoteObject({ isOurs: false }), ['leave', 'leave']],
  ])('%s', (_, there, expected) => {
    const actions = (['plane', 'keep'] as const).map(
      (policy) => plan(1, { 1: remoteObject({ theirs: fp, base: fp }), 2: there }, { policy }).steps[0]?.action,
    );
    expect(actions).toEqual(expected);
  });
});

test.each([
  [10, 10, false],
  [11, 100, false],
  [30, 100, false],
  [31, 100, true],
  [10, 20, false],
  [11, 20, true],
  [11, 36, true],
  [12, 40, false],
])('%i of %i missing in Plane: held back %p', (missing, owned, isHeld) => {
  expect(exceeds(GUARD, missing, owned)).toBe(isHeld);
  const remote = Object.fromEntries(items(owned).map((_, at) => [at + 1, remoteObject()]));
  const { steps, heldBack } = plan(owned - missing || 1, remote, {}, owned - missing || 1);
  if (owned > missing) {
    expect(steps.filter(({ action }) => action === 'delete')).toHaveLength(isHeld ? 0 : missing);
    expect(heldBack?.deletions.length ?? 0).toBe(isHeld ? missing : 0);
  }
});

test('deletions by a changed definition are not held back, and only the same set can be forced', () => {
  const remote = Object.fromEntries(items(100).map((_, at) => [at + 1, remoteObject()]));
  // 10 desired, 40 more listed, 50 missing.
  const waiting = plan(10, remote, {}, 50);
  expect(waiting.steps.filter(({ action }) => action === 'delete')).toHaveLength(40);
  expect(waiting.steps.filter(({ action }) => action === 'update')).toHaveLength(10);
  const { heldBack } = waiting;
  expect(heldBack?.deletions).toHaveLength(50);
  expect(heldBack?.reason).toBe('Plane no longer lists 50 of 100 objects, which is more than 10 and more than 30 %.');
  expect(heldBack?.digest).toBe(digestOf(items(50, 51).map(({ number }) => nameOf(number))));
  const force = heldBack!.digest!;
  expect(plan(10, remote, { force }, 50).heldBack).toBeNull();
  expect(plan(10, remote, { force }, 49).heldBack?.deletions).toHaveLength(51);
});

test.each([
  ['empty', 0, null, 'Plane lists nothing at all.'],
  ['incomplete', 3, 'Not all could be read.', 'Not all could be read.'],
])('an %s source deletes nothing of 500 own and 500 foreign objects, by no force', (_, listed, doubt, reason) => {
  const own = items(500).map((_, at) => [at + 1, remoteObject()] as const);
  const foreign = items(500).map((_, at) => [at + 501, remoteObject({ isOurs: false })] as const);
  const remote = Object.fromEntries([...own, ...foreign]);
  const force = digestOf(own.map(([number]) => nameOf(number)));
  const desired = { objects: new Map(), lists: () => listed > 0, total: listed, doubt, doubtOf: () => null };
  const { steps, heldBack } = plan(0, remote, { desired, force, owned: 500 });
  expect(steps.filter(({ action }) => action !== 'leave')).toEqual([]);
  expect(heldBack).toMatchObject({ reason, digest: null });
  expect(heldBack?.deletions).toHaveLength(500);
});

describe('what is no longer listed, by the doubts about its project', () => {
  const EMPTY = { reason: 'Plane lists nothing in WEB.', canForce: true };
  const STALE = { reason: 'Plane could not be asked about APP just now.', canForce: false };
  /** Of 30 objects 15 are desired; the doubts are those about the rest, the first ones. */
  function judged(doubts: readonly (typeof EMPTY)[], fields: Partial<PlanOptions> = {}) {
    const remote = Object.fromEntries(
      items(30).map((_, at) => [at + 1, remoteObject({ theirs: fp, project: String(at + 1) })]),
    );
    const objects = new Map([...objectsOf(items(30)).values()].slice(15).map((one) => [one.name, one]));
    const doubtOf = (_: string, project: string | null) => doubts[Number(project) - 1] ?? null;
    const desired = { objects, lists: () => false, total: 15, doubt: null, doubtOf };
    const { steps, heldBack } = plan(0, remote, {
      desired,
      deletionGuard: parseDeletionGuard('10,60%')!,
      owned: 30,
      ...fields,
    });
    return { deleted: steps.filter(({ action }) => action === 'delete').length, heldBack };
  }

  test('only the objects of a doubtful project wait', () => {
    expect(judged([])).toEqual({ deleted: 15, heldBack: null });
    const { deleted, heldBack } = judged([EMPTY, EMPTY, STALE]);
    expect([deleted, heldBack?.deletions.length]).toEqual([12, 3]);
    expect(heldBack?.reason).toBe('Plane could not be asked about APP just now. Plane lists nothing in WEB.');
  });

  test('those of an empty project can be applied by hand, those of one that was not read can not', () => {
    const { heldBack } = judged([EMPTY, EMPTY, STALE]);
    expect(heldBack?.digest).toBe(digestOf([nameOf(1), nameOf(2)]));
    const forced = judged([EMPTY, EMPTY, STALE], { force: heldBack!.digest! });
    expect([forced.deleted, forced.heldBack]).toEqual([
      14,
      { deletions: [expect.objectContaining({ name: nameOf(3) })], reason: STALE.reason, digest: null },
    ]);
    expect(judged([STALE]).heldBack?.digest).toBeNull();
  });

  test('the guard counts them, too', () => {
    const { deleted, heldBack } = judged([EMPTY], { deletionGuard: GUARD });
    expect([deleted, heldBack?.deletions.length]).toEqual([0, 15]);
    expect(heldBack?.reason).toBe(
      'Plane lists nothing in WEB. Plane no longer lists 15 of 30 objects, which is more than 10 and more than 30 %.',
    );
    expect(judged([EMPTY], { deletionGuard: GUARD, force: heldBack!.digest! })).toEqual({
      deleted: 15,
      heldBack: null,
    });
  });
});
