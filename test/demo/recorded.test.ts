import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { createSmallPlane, type SmallPlane } from '../../src/demo/plane.ts';
import { ACME_KEY, acmeTables, ALPHA } from '../support/acme.ts';
import {
  recordedActions,
  recordedAnswer,
  recordedAnswers,
  recordedDeliveries,
  type RecordedAnswer,
} from '../support/recorded.ts';

/** The small Plane against the real one: the same questions, the same answers. */

let plane: SmallPlane;
let address: string;
const others: SmallPlane[] = [];

beforeAll(async () => {
  plane = createSmallPlane({ tables: acmeTables(), now: Date.now, requestsPerMinute: 1_000_000 });
  address = await plane.listen();
});
afterAll(() => Promise.all([plane, ...others].map((one) => one.close())));

/** Why a recording can't be asked of the small Plane holding project ALPHA as it was listed. */
function reasonToLeaveOut({ name, key, request: { path } }: RecordedAnswer): string | undefined {
  if (key !== null && !/^(?:<redacted:ada>|plane_api_0+|)$/.test(key)) return 'another user, or a key of its own';
  if (/^(?:archived-project-2|cycle-issues-expand|module-issues-expand)/.test(name))
    return 'other rows than were listed';
  if (/^(?:paging-shift|rate-limit|cors|state-detail|label-detail|user-timezone)/.test(name))
    return 'a moment of its own';
  if (name.startsWith('work-item-after') || name.startsWith('work-item-detail')) return 'recorded at other moments';
  if (/cycles-list-|cycle-issue-detail|work-items-filter-external-id$/.test(name))
    return 'not played: nobody here asks for it';
  if (/order-(?:target_date|minus-target_date|assignees|labels|state|injection|priority|minus-priority)/.test(name))
    return 'orders over relations, or with ties that Plane breaks by all columns';
  if (/expand-(?:all|unknown|cycle-module|with-space)|projects-list-(?:order|expand)/.test(name))
    return 'expansions not played';
  if (/after-removal|after-deactivation|archived|states-list-initial|-wh$|gzip|cond-if/.test(name))
    return 'a later or earlier state';
  if (path.includes('fafe3117') || path.includes('dd753638')) return 'another project';
  return undefined;
}

/** Plane lists the people and labels of an item in no order of its own. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const isSet = (name === 'assignees' || name === 'labels') && Array.isArray(one);
      return [name, isSet ? one.map((entry) => JSON.stringify(entry)).sort() : unordered(one)];
    }),
  );
}

const asked = recordedAnswers().filter((one) => reasonToLeaveOut(one) === undefined);

test('most recordings can be asked', () => {
  expect(asked.length).toBeGreaterThan(80);
});

describe('answers as Plane does', () => {
  test.each(asked.map((one) => [one.name, one] as const))(
    '%s',
    async (_name, { request: { method, path, query }, key, response }) => {
      const answer = await request(`${address}${path}${query === null ? '' : `?${query}`}`, {
        method: method as 'GET',
        headers: {
          accept: 'application/json',
          ...(key === null ? {} : { 'x-api-key': key.replace('<redacted:ada>', ACME_KEY) }),
        },
      });
      const text = await answer.body.text();
      expect(answer.statusCode).toBe(response.status);
      for (const name of ['content-type', 'allow', 'location'])
        expect([name, answer.headers[name]]).toEqual([name, response.headers[name]]);
      expect('x-ratelimit-remaining' in answer.headers).toBe('x-ratelimit-remaining' in response.headers);
      if (method === 'GET' && response.body !== null)
        expect(unordered(JSON.parse(text))).toEqual(unordered(response.body));
    },
  );
});

test('a cursor without per_page falls back to the largest page, and skips', async () => {
  const big = createSmallPlane({ tables: acmeTables(), now: Date.now });
  for (let count = 0; count < 1966; count++) big.createItem(ALPHA);
  const url = await big.listen();
  others.push(big);
  const path = `/api/v1/workspaces/acme/projects/${ALPHA}/work-items/`;
  for (const name of [
    'work-items-cursor-without-per-page',
    'work-items-cursor-value-differs-from-per-page',
    'work-items-page-last',
    'work-items-page-beyond-last',
  ]) {
    const { request: recorded, response } = recordedAnswer(name);
    const answer = await request(`${url}${path}?${recorded.query}`, { headers: { 'x-api-key': ACME_KEY } });
    const { results, ...envelope } = (await answer.body.json()) as { results: unknown[] };
    const { results: recordedResults, ...recordedEnvelope } = response.body as { results: unknown[] };
    expect(envelope).toEqual(recordedEnvelope);
    expect(results).toHaveLength(recordedResults.length);
  }
});

test('the rate limit counts in a sliding window and says how long to wait', async () => {
  let now = 1_795_173_814_000;
  const limited = createSmallPlane({ tables: acmeTables(), now: () => now, requestsPerMinute: 60 });
  const url = await limited.listen();
  others.push(limited);
  const ask = async (): Promise<{ status: number; headers: Record<string, unknown>; body: unknown }> => {
    const answer = await request(`${url}/api/v1/users/me/`, { headers: { 'x-api-key': ACME_KEY } });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
  };
  expect((await ask()).headers).toMatchObject({ 'x-ratelimit-remaining': '59', 'x-ratelimit-reset': '1795173874' });
  now += 2_000;
  for (let count = 0; count < 59; count++) await ask();
  const refused = await ask();
  expect(refused).toMatchObject({
    status: 429,
    headers: { 'retry-after': '58' },
    body: recordedAnswer('rate-limit-429').response.body,
  });
  expect(refused.headers).not.toHaveProperty('x-ratelimit-remaining');
  now += 58_000;
  expect((await ask()).status).toBe(200);
  expect((await ask()).status).toBe(429);
});

test('every recorded delivery is signed over its raw bytes', () => {
  const all = recordedActions().map(recordedDeliveries);
  const deliveries = all.flatMap(({ secret, deliveries: some }) => some.map((one) => ({ secret, ...one })));
  expect(deliveries.length).toBeGreaterThan(60);
  for (const { secret, headers, body } of deliveries) {
    expect(createHmac('sha256', secret).update(body).digest('hex')).toBe(headers['X-Plane-Signature']);
  }
});

describe('deliveries', () => {
  interface Received {
    readonly headers: Record<string, unknown>;
    readonly body: string;
  }
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
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    plane.hook = { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`, secret: 'plane_wh_test' };
  });
  afterAll(() => {
    plane.hook = null;
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
      // eslint-disable-next-line no-control-regex -- ASCII is the point
      expect(body).toMatch(/^[\x00-\x7f]*$/);
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
  ] as const)('a new and an edited %s are told, shaped as recorded', async (event, created, updated, edit) => {
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

  const second = (): string => [...plane.tables.projects.get(ALPHA)!.items.keys()][1]!;
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
        plane.archiveItem([...plane.tables.projects.get(ALPHA)!.items.keys()][0]!);
      },
    ],
    [
      'dragging on the timeline',
      'ui-issue-dates-bulk',
      () => {
        plane.dragItem([...plane.tables.projects.get(ALPHA)!.items.keys()][1]!, { target_date: '2027-01-01' });
      },
    ],
    [
      'renaming a label',
      'api-label-rename',
      () => {
        plane.editLabel([...plane.tables.projects.get(ALPHA)!.labels.keys()][0]!, { name: 'other' });
      },
    ],
    [
      'deleting a label',
      'api-label-delete',
      () => {
        plane.deleteLabel([...plane.tables.projects.get(ALPHA)!.labels.keys()][0]!);
      },
    ],
    [
      'renaming a state',
      'api-state-rename',
      () => {
        plane.editState([...plane.tables.projects.get(ALPHA)!.states.keys()][0]!, { name: 'other' });
      },
    ],
    [
      'adding to a cycle',
      'api-cycle-issue-add',
      () => {
        plane.addToCycle(SPRINT, second());
      },
    ],
    [
      'removing from a cycle',
      'api-cycle-issue-remove',
      () => {
        plane.removeFromCycle(SPRINT, second());
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
        plane.addToModule(LAUNCH, second());
      },
    ],
    [
      'removing from a module',
      'api-module-issue-remove',
      () => {
        plane.removeFromModule(LAUNCH, second());
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
  test.each(silent)('%s is told to nobody, as recorded', async (_what, action, edit) => {
    expect(recordedDeliveries(action).deliveries).toHaveLength(0);
    received.length = 0;
    edit();
    await plane.delivered();
    expect(received).toHaveLength(0);
  });
});
