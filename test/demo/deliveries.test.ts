import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { recordedActions, recordedDeliveries } from '../support/recorded.ts';

/** Of which changes the small Plane sends deliveries, and of which none, as the real one. */

interface Received {
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** The small Plane, and the receiver of its deliveries. */
const plane = createSmallPlane({ tables: acmeTables(), now: Date.now });
const received: Received[] = [];
const receiver = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    received.push({ headers: incoming.headers, body: Buffer.concat(chunks).toString() });
    response.end();
  });
});
beforeAll(async () => {
  await plane.listen();
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  plane.hook = { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`, secret: 'plane_wh_test' };
});
afterAll(async () => {
  await plane.close();
  receiver.close();
});

const [SPRINT, LAUNCH] = ['8f710fa8-9c32-408e-9b6b-44ef9ab9bcb0', '374a7ac6-3682-4ae2-b561-f1c6a5de4d01'];
const full = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';

test('two changed fields are two deliveries with the same full item, signed, in ASCII, shaped as recorded', async () => {
  received.length = 0;
  plane.editItem(full, { start_date: '2026-12-01', name: 'Emoji ✏️ here' });
  await plane.delivered();
  expect(received).toHaveLength(2);
  const recorded = recordedDeliveries('api-issue-update-start-and-target').deliveries[0]!;
  for (const { headers, body } of received) {
    expect(headers['x-plane-signature']).toBe(createHmac('sha256', 'plane_wh_test').update(body).digest('hex'));
    expect(headers).toMatchObject({
      'user-agent': 'Autopilot',
      'x-plane-event': 'issue',
      'content-type': 'application/json',
    });
    // Only ASCII takes one byte for each character.
    expect(Buffer.byteLength(body)).toBe(body.length);
    const ours = JSON.parse(body) as { data: object; activity: object };
    const theirs = JSON.parse(recorded.body.toString()) as { data: object; activity: object };
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect(Object.keys(ours.data).sort()).toEqual(Object.keys(theirs.data).sort());
    expect(Object.keys(ours.activity).sort()).toEqual(Object.keys(theirs.activity).sort());
    expect(body.startsWith(recorded.body.toString().slice(0, 42))).toBe(true);
  }
  expect(
    received.map(({ body }) => (JSON.parse(body) as { activity: { field: string } }).activity.field).sort(),
  ).toEqual(['name', 'start_date']);
});

test.each([
  ['cycle', 'api-cycle-create', 'api-cycle-update-name', () => plane.editCycle(SPRINT, { name: 'other' })],
  ['module', 'api-module-create', 'api-module-update', () => plane.editModule(LAUNCH, { name: 'other' })],
] as const)('a new and an edited %s are delivered, shaped as recorded', async (event, created, updated, edit) => {
  for (const action of [created, updated]) {
    received.length = 0;
    if (action === updated) edit();
    else if (event === 'cycle') plane.createCycle(ALPHA);
    else plane.createModule(ALPHA);
    await plane.delivered();
    expect(received.map(({ headers }) => headers['x-plane-event'])).toEqual([event]);
    const ours = JSON.parse(received[0]!.body) as { action: string; data: object };
    const theirs = JSON.parse(recordedDeliveries(action).deliveries[0]!.body.toString()) as typeof ours;
    expect(ours.action).toBe(theirs.action);
    expect(Object.keys(ours.data).sort()).toEqual(Object.keys(theirs.data).sort());
  }
});

/** Rows of the project that are there at the moment. */
const alpha = () => plane.tables.projects.get(ALPHA)!;
const item = (at: number): string => [...alpha().items.keys()][at]!;
const label = (): string => [...alpha().labels.keys()][0]!;
const state = (): string => [...alpha().states.keys()][0]!;

const silent: [string, string, () => void][] = [
  [
    'deleting an item',
    'api-issue-delete',
    () => {
      plane.deleteItem(full);
    },
  ],
  [
    'archiving an item',
    'ui-issue-archive',
    () => {
      plane.archiveItem(item(0));
    },
  ],
  [
    'dragging on the timeline',
    'ui-issue-dates-bulk',
    () => {
      plane.dragItem(item(1), { target_date: '2027-01-01' });
    },
  ],
  [
    'renaming a label',
    'api-label-rename',
    () => {
      plane.editLabel(label(), { name: 'other' });
    },
  ],
  [
    'deleting a label',
    'api-label-delete',
    () => {
      plane.deleteLabel(label());
    },
  ],
  [
    'renaming a state',
    'api-state-rename',
    () => {
      plane.editState(state(), { name: 'other' });
    },
  ],
  [
    'adding to a cycle',
    'api-cycle-issue-add',
    () => {
      plane.addToCycle(SPRINT, item(1));
    },
  ],
  [
    'removing from a cycle',
    'api-cycle-issue-remove',
    () => {
      plane.removeFromCycle(SPRINT, item(1));
    },
  ],
  [
    'deleting a cycle',
    'api-cycle-delete',
    () => {
      plane.deleteCycle(SPRINT);
    },
  ],
  [
    'adding to a module',
    'api-module-issue-add',
    () => {
      plane.addToModule(LAUNCH, item(1));
    },
  ],
  [
    'removing from a module',
    'api-module-issue-remove',
    () => {
      plane.removeFromModule(LAUNCH, item(1));
    },
  ],
  [
    'deleting a module',
    'api-module-delete',
    () => {
      plane.deleteModule(LAUNCH);
    },
  ],
  [
    'archiving a project',
    'api-project-archive',
    () => {
      plane.archiveProject(ALPHA);
    },
  ],
];
test.each(silent)('%s is not delivered, as recorded', async (_what, action, edit) => {
  expect(recordedDeliveries(action).deliveries).toHaveLength(0);
  received.length = 0;
  edit();
  await plane.delivered();
  expect(received).toHaveLength(0);
});

test('every recorded delivery is signed over its raw bytes', () => {
  const all = recordedActions().map(recordedDeliveries);
  const deliveries = all.flatMap(({ secret, deliveries: some }) => some.map((one) => ({ secret, ...one })));
  expect(deliveries.length).toBeGreaterThan(60);
  for (const { secret, headers, body } of deliveries) {
    expect(createHmac('sha256', secret).update(body).digest('hex')).toBe(headers['X-Plane-Signature']);
  }
});
