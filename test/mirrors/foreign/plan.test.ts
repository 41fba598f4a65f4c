import { expect, test } from '@jest/globals';
import { makePlan, type DesiredState, type RemoteObject } from '../../../src/mirrors/sync/plan.ts';

/** What a plan says of components of other calendars. */

const nameOf = (number: number): string => `plane-abcd1234-e-${String(number).padStart(32, '0')}.ics`;
const remote = (fields: Partial<RemoteObject> = {}): RemoteObject => ({
  etag: '"1"',
  isOurs: true,
  theirs: 'fp',
  base: 'fp',
  title: 'Stand-up',
  ...fields,
});
const desired = (fields: Partial<DesiredState> = {}): DesiredState => ({
  objects: new Map(),
  lists: () => false,
  total: 20,
  doubt: null,
  doubtOf: () => null,
  ...fields,
});
const plan = (state: DesiredState, objects: readonly RemoteObject[]) =>
  makePlan({
    desired: state,
    remote: new Map(objects.map((object, index) => [nameOf(index), object])),
    known: new Set(),
    refused: new Map(),
    policy: 'plane',
    deletionGuard: { count: 10, percent: 30 },
    owned: objects.length,
  });

test('it says "source" and not "Plane"', () => {
  const object = { name: nameOf(0), planeId: '0', projectId: 'cal', title: 'Stand-up', fp: 'new', text: '' };
  const { steps } = plan(desired({ objects: new Map([[nameOf(0), object]]) }), [remote(), remote()]);
  expect(steps.map(({ action, reason }) => [action, reason])).toEqual([
    ['update', 'It changed at its source'],
    ['delete', 'Its source no longer lists it'],
  ]);
  const { heldBack } = plan(
    desired(),
    Array.from({ length: 12 }, () => remote()),
  );
  expect(heldBack?.reason).toBe(
    'The calendars it shows no longer list 12 of 12 objects, which is more than 10 and more than 30 %.',
  );
});

test('what can not be written is reported, and the object of before stays', () => {
  const { steps, heldBack } = plan(desired({ unwritable: new Map([[nameOf(0), 'Stand-up']]) }), [remote()]);
  expect(steps).toEqual([
    {
      action: 'leave',
      name: nameOf(0),
      title: 'Stand-up',
      reason: 'What its calendar says of it cannot be read as one event',
      blocked: 'refused',
    },
  ]);
  expect(heldBack).toBeNull();
});
