import { afterEach, describe, expect, test } from '@jest/globals';
import { createDeliveries } from '../../../../../src/sources/plane/webhook/deliveries.ts';
import { createReceiver } from '../../../../../src/sources/plane/webhook/receiver.ts';
import { createRenames } from '../../../../../src/sources/plane/sync/names/renames.ts';
import { namesIn } from '../../../../../src/sources/plane/decode/expanded.ts';
import { readDelivery } from '../../../../../src/sources/plane/webhook/webhook.ts';
import { acmeTables, ALPHA } from '../../../../support/acme.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../../support/snapshots-fixture.ts';
import { uuid } from '../../../../support/make.ts';
import { recordedDeliveries } from '../../../../support/recorded.ts';
import { recorded } from '../../webhook/recorded-deliveries.ts';

/** Names that Plane changes in silence, and that a webhook of something else gives away. */

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const LABELS = 'labels/ per_page=1000';
const STATES = 'states/ per_page=1000';

/** Project ALPHA with its lists of names read; `deliver` takes a body in, lets the probe that confirms it end, and returns its requests. */
async function aProject(tables = acmeTables()) {
  const fixture = await createSnapshotsFixture(null, { tables });
  open.push(fixture);
  const { snapshots, store, clock, now, log, asked } = fixture;
  const waits: (() => void)[] = [];
  const delay = (): Promise<void> => new Promise((end) => waits.push(end));
  const deliveries = createDeliveries(store, now, () => undefined);
  const wrongSecret = { note: () => undefined };
  const receiver = createReceiver({ secrets: () => [], snapshots, deliveries, wrongSecret, now, delay, log });
  const entry = snapshots.project(ALPHA);
  snapshots.requested(ALPHA, []);
  await snapshots.refresh(ALPHA, 'reader');
  await snapshots.refresh(ALPHA, 'reader');
  asked();
  const deliver = async (body: Buffer): Promise<string[]> => {
    clock.now += 1_000;
    receiver.receive(body);
    for (const end of waits.splice(0)) end();
    await new Promise((resolve) => setImmediate(resolve));
    await entry.loading;
    return asked().filter((line) => !line.startsWith('work-items/'));
  };
  return { ...fixture, entry, deliver, receiver };
}

const bodyOf = (action: string): Buffer => recordedDeliveries(action).deliveries[0]!.body;
const namesOf = (action: string) => readDelivery(bodyOf(action)).names;
const first = <T>(map: ReadonlyMap<string, T>): [string, T] => [...map][0]!;

describe('a recorded delivery with a name that is not ours has the names read', () => {
  test('of a state', async () => {
    const tables = acmeTables();
    const [id, state] = first(namesOf('api-issue-update-state').states);
    const row = tables.projects.get(ALPHA)!.states.get(id)!;
    tables.projects.get(ALPHA)!.states.set(id, { ...row, name: 'Before' });
    const { deliver, entry, plane } = await aProject(tables);
    expect(entry.snapshot?.states.get(id)?.name).toBe('Before');
    plane.editState(id, { name: state.name });
    expect(await deliver(bodyOf('api-issue-update-state'))).toEqual([STATES, LABELS]);
    expect(entry.snapshot?.states.get(id)).toEqual(state);
  });

  test('of a state whose group is another one', async () => {
    const tables = acmeTables();
    const [id, state] = first(namesOf('api-issue-update-state').states);
    const row = tables.projects.get(ALPHA)!.states.get(id)!;
    tables.projects.get(ALPHA)!.states.set(id, { ...row, group: 'backlog' });
    const { deliver, entry, plane } = await aProject(tables);
    plane.editState(id, { group: state.group });
    expect(await deliver(bodyOf('api-issue-update-state'))).toEqual([STATES, LABELS]);
    expect(entry.snapshot?.states.get(id)).toEqual(state);
  });

  test('of a label', async () => {
    const tables = acmeTables();
    const [id, label] = first(namesOf('api-issue-update-labels-set').labels);
    const row = tables.projects.get(ALPHA)!.labels.get(id)!;
    tables.projects.get(ALPHA)!.labels.set(id, { ...row, name: 'Before' });
    const { deliver, entry, plane } = await aProject(tables);
    plane.editLabel(id, { name: label.name });
    expect(await deliver(bodyOf('api-issue-update-labels-set'))).toEqual([STATES, LABELS]);
    expect(entry.snapshot?.labels.get(id)).toEqual(label);
  });

  test.each(['api-issue-update-assignees-set', 'api-issue-comment-create', 'api-module-update'])(
    'of a person (%s), in all projects for one request',
    async (action) => {
      const tables = acmeTables();
      const [id, person] = first(namesOf(action).members);
      tables.people.set(id, { ...tables.people.get(id)!, display_name: 'Before' });
      const { deliver, entry, plane, snapshots, clock, asked } = await aProject(tables);
      const other = [...tables.projects.values()].find(({ row }) => row.identifier === 'BIG')!.row.id;
      await snapshots.refresh(other, 'reader');
      await snapshots.refresh(other, 'reader');
      expect(snapshots.project(other).snapshot?.members.get(id)?.displayName).toBe('Before');
      plane.renamePerson(id, person.displayName);
      asked();
      expect(await deliver(bodyOf(action))).toEqual(['members/']);
      expect(entry.snapshot?.members.get(id)).toEqual(person);
      clock.now += 61_000;
      await snapshots.refresh(other, 'reader');
      expect(asked()).not.toContain('members/');
      expect(snapshots.project(other).snapshot?.members.get(id)).toEqual(person);
    },
  );

  test('also while the names are being read, which may have been answered before', async () => {
    const tables = acmeTables();
    const [id, label] = first(namesOf('api-issue-update-labels-set').labels);
    const row = tables.projects.get(ALPHA)!.labels.get(id)!;
    tables.projects.get(ALPHA)!.labels.set(id, { ...row, name: 'Before' });
    const { deliver, entry, plane, clock, snapshots, receiver, asked } = await aProject(tables);
    clock.now += 600_000;
    let isSent = false;
    plane.onRequest = ({ path }) => {
      if (!path.endsWith('/labels/') || isSent) return undefined;
      isSent = true;
      // When the answer is made, and before it reaches us.
      queueMicrotask(() => {
        plane.editLabel(id, { name: label.name });
        receiver.receive(bodyOf('api-issue-update-labels-set'));
      });
      return undefined;
    };
    await snapshots.refresh(ALPHA, 'reader');
    expect(entry.snapshot?.labels.get(id)?.name).toBe('Before');
    asked();
    expect(await deliver(bodyOf('api-issue-update-title'))).toContain(LABELS);
    expect(entry.snapshot?.labels.get(id)).toEqual(label);
  });
});

test('names that are ours, in every recorded delivery, have nothing read', async () => {
  const { deliver, entry } = await aProject();
  const isOurs = (body: Buffer): boolean => {
    const { names } = readDelivery(body);
    return (['states', 'labels', 'members'] as const).every((kind) =>
      [...names[kind]].every(([id, name]) => JSON.stringify(entry.snapshot?.[kind].get(id)) === JSON.stringify(name)),
    );
  };
  const ours = recorded.map(({ body }) => body).filter(isOurs);
  expect(ours).toHaveLength(recorded.length - 3);
  const asked: string[] = [];
  for (const body of ours) asked.push(...(await deliver(body)));
  expect(asked.filter((line) => !line.startsWith('projects/'))).toEqual([]);
});

test('an old delivery has them read once, however often it comes', async () => {
  const tables = acmeTables();
  const [id] = first(namesOf('api-issue-update-labels-set').labels);
  const row = tables.projects.get(ALPHA)!.labels.get(id)!;
  tables.projects.get(ALPHA)!.labels.set(id, { ...row, name: 'After' });
  const { deliver, entry } = await aProject(tables);
  const requests = [];
  for (let count = 0; count < 5; count++) requests.push(...(await deliver(bodyOf('api-issue-update-labels-set'))));
  expect(requests).toEqual([STATES, LABELS]);
  expect(entry.snapshot?.labels.get(id)?.name).toBe('After');
});

test('a person whom Plane does not list has people read once', async () => {
  const { deliver, receiver } = await aProject();
  const json = JSON.parse(bodyOf('api-issue-update-title').toString()) as { activity: { actor: object } };
  json.activity.actor = { id: uuid(5), display_name: 'Nobody' };
  const body = Buffer.from(JSON.stringify(json));
  expect(await deliver(body)).toEqual(['members/']);
  expect(await deliver(body)).toEqual([]);
  receiver.receive(body);
});

describe('differences', () => {
  const named = (name: string, id = 1) => namesIn([{ labels: [{ id: uuid(id), name }] }]);

  test('count again after a further rename, and by kind', () => {
    const { notice } = createRenames();
    expect([...notice(named('a'), named('a'))]).toEqual([]);
    expect([...notice(named('a'), named('b'))]).toEqual(['labels']);
    expect([...notice(named('a'), named('b'))]).toEqual([]);
    expect([...notice(named('b'), named('c'))]).toEqual(['labels']);
    expect([...notice(namesIn([]), named('c'))]).toEqual(['labels']);
  });

  test('are remembered within bounds', () => {
    const { notice } = createRenames();
    for (let count = 0; count < 10_000; count++) notice(named('a'), named(`b${count}`));
    expect([...notice(named('a'), named('one more'))]).toEqual([]);
  });
});

test('no delivery brings an e-mail address', () => {
  for (const { body } of recorded) {
    const { states, labels, members } = readDelivery(body).names;
    expect(JSON.stringify([[...states], [...labels], [...members]])).not.toMatch(/@\w/);
  }
});
