import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import { errorCode } from '../../src/errors.ts';
import { decodeWorkItem, ITEM_FIELDS } from '../../src/plane/decode.ts';
import { isSigned, readDelivery, type Delivery, type ItemDelivery } from '../../src/plane/webhook.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { recordedActions, recordedAnswer, recordedDeliveries } from '../support/recorded.ts';

const WORKSPACE = 'd777e4d1-c52e-4f9c-b5c7-a5c53212ed45';

interface Recorded {
  readonly action: string;
  readonly secret: string;
  readonly signature: string;
  readonly event: string;
  readonly body: Buffer;
}

const recorded: Recorded[] = recordedActions().flatMap((action) => {
  const { secret, deliveries } = recordedDeliveries(action);
  return deliveries.map(({ headers, body }) => ({
    action,
    secret,
    signature: headers['X-Plane-Signature']!,
    event: headers['X-Plane-Event']!,
    body,
  }));
});

const read = (json: unknown): Delivery => readDelivery(Buffer.from(JSON.stringify(json)));

function itemOf(body: Buffer): ItemDelivery {
  const delivery = readDelivery(body);
  if (delivery.kind !== 'item') throw new Error(`not an item but ${delivery.kind}`);
  return delivery;
}

const decoded = (row: unknown): unknown => decodeWorkItem(row, 'ALPHA', () => undefined);

describe('a signature', () => {
  test('of every recorded delivery is right for its bytes, and wrong when one of them differs', () => {
    expect(recorded.length).toBeGreaterThan(60);
    for (const { secret, signature, body } of recorded) {
      expect(isSigned(body, signature, [secret])).toBe(true);
      const spoilt = Buffer.from(body);
      spoilt[Math.floor(body.length / 2)]! ^= 1;
      expect(isSigned(spoilt, signature, [secret])).toBe(false);
      expect(isSigned(Buffer.from(JSON.stringify(JSON.parse(body.toString()))), signature, [secret])).toBe(false);
      const flipped = (signature.startsWith('0') ? '1' : '0') + signature.slice(1);
      expect(isSigned(body, flipped, [secret])).toBe(false);
    }
  });

  test('may be made with any one of several secrets', () => {
    const { secret, signature, body } = recorded[0]!;
    expect(isSigned(body, signature, ['older', secret])).toBe(true);
    expect(isSigned(body, signature, [secret, 'newer'])).toBe(true);
    expect(isSigned(body, signature, ['older', 'newer'])).toBe(false);
    expect(isSigned(body, signature, [])).toBe(false);
  });

  test('is read in either case, and nothing but 64 hex digits is one', () => {
    const { secret, signature, body } = recorded[0]!;
    expect(isSigned(body, signature.toUpperCase(), [secret])).toBe(true);
    for (const wrong of ['', signature.slice(1), `${signature}00`, `sha256=${signature}`, 'z'.repeat(64)])
      expect(isSigned(body, wrong, [secret])).toBe(false);
  });

  test('with an empty secret never counts', () => {
    const body = Buffer.from('{}');
    expect(isSigned(body, createHmac('sha256', '').update(body).digest('hex'), [''])).toBe(false);
  });

  test('of any bytes survives any text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), fc.array(fc.string()), (bytes, signature, secrets) => {
        expect(isSigned(Buffer.from(bytes), signature, secrets)).toBe(false);
      }),
    );
  });
});

describe('recorded deliveries', () => {
  test('about items hold a whole item, all others are news of its project', () => {
    for (const { event, body } of recorded) {
      const json = JSON.parse(body.toString()) as { action: string; data: Record<string, string> };
      const delivery = readDelivery(body);
      expect(delivery).toMatchObject({
        kind: event === 'issue' ? 'item' : 'project',
        action: json.action,
        workspaceId: WORKSPACE,
        projectId: event === 'project' ? json.data.id : json.data.project,
        itemId: event === 'issue' ? json.data.id : event === 'issue_comment' ? json.data.issue : null,
      });
    }
  });

  test('about items are decoded without a fault, and keep no e-mail address', () => {
    for (const { event, body } of recorded) {
      if (event !== 'issue') continue;
      const { row, isDraft, isArchived, updatedAt } = itemOf(body);
      const faults: unknown[] = [];
      const item = decodeWorkItem(row, 'ALPHA', (fault) => faults.push(fault));
      expect(faults).toEqual([]);
      expect(item === null).toBe(isDraft || isArchived);
      if (item) expect(item.updatedAt).toBe(updatedAt);
      expect(Object.keys(row as object).sort()).toEqual(ITEM_FIELDS.split(',').sort());
      expect(JSON.stringify(row)).not.toMatch(/@\w/);
    }
  });

  test('of a draft and of an archived item say so', () => {
    const flags = (action: string): boolean[] => {
      const { isDraft, isArchived } = itemOf(recordedDeliveries(action).deliveries[0]!.body);
      return [isDraft, isArchived];
    };
    expect(flags('api-issue-create-draft')).toEqual([true, false]);
    expect(flags('api-issue-update-archived-item')).toEqual([false, true]);
    expect(flags('issue-create')).toEqual([false, false]);
  });

  test('say in which group the state is', () => {
    const group = (action: string): unknown => itemOf(recordedDeliveries(action).deliveries[0]!.body).stateGroup;
    expect(group('api-issue-update-state-done')).toBe('completed');
    expect(group('issue-create')).toBe('backlog');
  });

  test('give the same item as the API a moment later', () => {
    const { body } = recordedDeliveries('api-issue-update-labels-same-set-other-order').deliveries[0]!;
    const answer = recordedAnswer('user-timezone-kolkata-item').response.body;
    expect(decoded(itemOf(body).row)).toEqual(decoded(answer));
  });

  test.each([
    ['issue-create', 'work-item-detail-minimal'],
    ['issue-create-full', 'by-identifier-ALPHA-2'],
    ['api-issue-update-all-in-one', 'work-item-detail-wh'],
  ])('of %s give the same item as the API, but for the time of a later touch', (action, name) => {
    const answer = decoded(recordedAnswer(name).response.body) as object;
    for (const { body } of recordedDeliveries(action).deliveries)
      expect(decoded(itemOf(body).row)).toEqual({ ...answer, updatedAt: itemOf(body).updatedAt });
  });

  test('are what the small Plane sends too', () => {
    const tables = acmeTables();
    const row = [...tables.projects.get(ALPHA)!.items.values()].find((item) => item.labels.length > 1)!;
    const activity = { field: 'name', old_value: 'a', new_value: 'b' };
    const body = deliveryBody(tables, 'issue', 'updated', deliveryData(tables, 'issue', row), activity);
    expect(decoded(itemOf(Buffer.from(body)).row)).toEqual(decoded(row));
  });
});

const ITEM = '9b8a7c6d-5e4f-4031-a2b3-c4d5e6f70804';
const PROJECT = '5e0d9c8b-7a69-4857-b463-524130f0e103';
const EXAMPLES = new URL('../recorded/plane/webhook-examples/', import.meta.url);

function example(name: string): { action: string; data: Record<string, unknown>; activity: Record<string, unknown> } {
  return JSON.parse(readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8')) as ReturnType<typeof example>;
}

describe('example deliveries of all versions', () => {
  const expected: Record<string, [kind: Delivery['kind'], action: string, itemId: string | null]> = {
    'cycle.created': ['project', 'created', null],
    'cycle.delete.only-v0.14-to-v0.19': ['workspace', 'deleted', null],
    'cycle.updated.end_date': ['project', 'updated', null],
    'issue.created': ['item', 'created', ITEM],
    'issue.deleted.only-v0.25-to-v0.26.0': ['workspace', 'deleted', ITEM],
    'issue.updated.assignees.from-web-app': ['item', 'updated', ITEM],
    'issue.updated.due-date-cleared': ['item', 'updated', ITEM],
    'issue.updated.state.from-public-api': ['item', 'updated', ITEM],
    'issue.updated.state.from-web-app': ['item', 'updated', ITEM],
    'issue.updated.target_date': ['item', 'updated', ITEM],
    'issue_comment.created': ['project', 'created', ITEM],
    'issue_comment.deleted.only-v0.25-to-v0.26.0': ['workspace', 'deleted', null],
    'issue_comment.updated': ['project', 'updated', ITEM],
    'module.created': ['project', 'created', null],
    'module.delete.only-v0.14-to-v0.19': ['workspace', 'deleted', null],
    'module.updated.status': ['project', 'updated', null],
    'project.created': ['project', 'created', null],
    'project.deleted': ['project', 'deleted', null],
    'project.updated': ['project', 'updated', null],
    'v2-unverified.cycle.deleted': ['project', 'deleted', null],
    'v2-unverified.workitem.archived': ['project', 'archived', ITEM],
    'v2-unverified.workitem.created': ['project', 'created', ITEM],
    'v2-unverified.workitem.deleted': ['project', 'deleted', ITEM],
    'v2-unverified.workitem.updated': ['project', 'updated', ITEM],
    'v2-unverified.workitem.updated.quirky-as-documented': ['project', 'updated', ITEM],
  };

  test('are all expected here', () => {
    const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'));
    expect(files.map((file) => file.replace(/\.json$/, '')).sort()).toEqual(Object.keys(expected).sort());
  });

  test.each(Object.entries(expected))('%s is read as it is meant', (name, [kind, action, itemId]) => {
    expect(read(example(name))).toMatchObject({
      kind,
      action,
      itemId,
      workspaceId: '7a1f0c52-3c1e-4a0b-9d7e-0f5b7a6c1d01',
      ...(kind === 'workspace' ? {} : { projectId: PROJECT }),
    });
  });

  test('an item in full brings its state, labels and time', () => {
    const delivery = itemOf(Buffer.from(JSON.stringify(example('issue.created'))));
    expect(delivery).toMatchObject({ stateGroup: 'unstarted', updatedAt: Date.UTC(2026, 2, 3, 9, 0, 0, 268) + 0.114 });
    expect(delivery.row).toMatchObject({
      id: ITEM,
      state: '6f708192-a3b4-4c5d-97e8-f9001122330a',
      labels: ['8192a3b4-c5d6-4e7f-b900-11223344550c'],
      parent: null,
    });
  });
});

describe('an item body', () => {
  const base = example('issue.updated.target_date');
  const issue = (data: object, rest: object = {}): Delivery =>
    read({ ...base, ...rest, data: { ...base.data, ...data } });

  test.each<[string, object]>([
    ['no people', { assignees: undefined }],
    ['people that are no list', { assignees: 'all' }],
    ['a label without id', { labels: [{ name: 'bug' }] }],
    ['a label that is null', { labels: [null] }],
    ['a state without id', { state: { name: 'Todo' } }],
    ['a parent that is none of Plane', { parent: 12 }],
    ['no due date at all', { target_date: undefined }],
    ['no number', { sequence_id: undefined }],
    ['a time of deletion', { deleted_at: '2026-03-05T12:01:09Z' }],
  ])('with %s is news, since it cannot be applied', (_what, data) => {
    expect(issue(data)).toMatchObject({ kind: 'project', projectId: PROJECT, itemId: ITEM });
  });

  test('may have relations as ids, and nothing for "None"', () => {
    const state = '6F708192-A3B4-4C5D-97E8-F9001122330A';
    const delivery = issue({ state, labels: [state], parent: 'None', target_date: 'None', archived_at: 'None' });
    expect(delivery).toMatchObject({
      kind: 'item',
      stateGroup: null,
      isArchived: false,
      row: { state: state.toLowerCase(), labels: [state.toLowerCase()], parent: null, target_date: null },
    });
  });

  test('named "None" keeps its name', () => {
    expect(issue({ name: 'None' })).toMatchObject({ kind: 'item', row: { name: 'None' } });
  });

  test('of triage says so', () => {
    expect(issue({ state: { id: ITEM, name: 'Triage', group: 'triage' } })).toMatchObject({ stateGroup: 'triage' });
  });

  test('with capital letters in its ids means the same ids', () => {
    const data = { id: ITEM.toUpperCase(), project: PROJECT.toUpperCase() };
    expect(issue(data)).toMatchObject({ kind: 'item', itemId: ITEM, projectId: PROJECT, row: { id: ITEM } });
  });

  test.each<[string, object]>([
    ['cycles', { action: 'created', activity: { field: 'cycles' } }],
    ['modules', { action: 'deleted', activity: { field: 'modules' } }],
    ['link', { action: 'create', activity: { field: 'link' } }],
    ['the item itself, deleted', { action: 'delete', activity: null }],
    ['an unknown action', { action: 'sneezed' }],
    ['no action', { action: null }],
  ])('that tells of %s is news', (_what, rest) => {
    expect(issue({}, rest)).toMatchObject({ kind: 'project', projectId: PROJECT, itemId: ITEM });
  });

  test.each<[string, object]>([
    ['no activity', { activity: undefined }],
    ['the action of old versions', { action: 'update', activity: undefined }],
    ['cycles changed by an update', { activity: { field: 'cycles' } }],
    ['a field "None"', { action: 'created', activity: { field: 'None' } }],
  ])('with %s is an item', (_what, rest) => {
    expect(issue({}, rest).kind).toBe('item');
  });

  test('without a time of change has none', () => {
    expect(issue({ updated_at: null })).toMatchObject({ kind: 'item', updatedAt: null });
    expect(issue({ updated_at: '2026-03-05T12:01:09' })).toMatchObject({ kind: 'item', updatedAt: null });
  });
});

describe('what we do not know', () => {
  test.each<[string, unknown, object]>([
    ['an empty object', {}, { kind: 'workspace', action: 'unknown', workspaceId: null, itemId: null }],
    ['an item of no project', { event: 'issue', action: 'update', data: { id: ITEM } }, { itemId: ITEM }],
    ['an unknown event with a project', { event: 'epic', data: { project: PROJECT } }, { projectId: PROJECT }],
    ['an item put in a cycle', { event: 'cycle_issue', data: { project: PROJECT, issue: ITEM } }, { itemId: ITEM }],
    ['a project that is no id', { event: 'cycle', data: { project: 'None' } }, { kind: 'workspace' }],
    ['data that is a list', { event: 'issue', data: [1] }, { kind: 'workspace' }],
    ['a dot in the event', { event: 'page.updated', data: {} }, { kind: 'workspace', action: 'updated' }],
    ['a project in v2', { version: 'v2', event: 'project.deleted', entity_id: PROJECT }, { projectId: PROJECT }],
    ['a quirky project in v2', { version: 'v2', entity_type: 'project', data: { id: PROJECT } }, { kind: 'project' }],
    ['a comment in v2', { event: 'workitem.comment.created', entity_id: PROJECT, data: {} }, { itemId: null }],
    ['a link in v2', { event: 'workitem.link.created', data: { issue_id: ITEM } }, { itemId: ITEM }],
  ])('%s is news, as precise as can be told', (_what, json, expected) => {
    expect(read(json)).toMatchObject(expected);
  });

  test('what is not a JSON object is refused in words that do not repeat it', () => {
    for (const text of ['', '[]', 'null', '"text"', '12', '{', '\u0000', '['.repeat(100_000)])
      expect(() => readDelivery(Buffer.from(text))).toThrow(/^The delivery is not a JSON object\.$/);
  });

  test('any JSON is read as something', () => {
    const kinds = ['item', 'project', 'workspace'];
    const base = example('issue.updated.target_date');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
        expect(kinds).toContain(read(json).kind);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(base)), (value, name) => {
        expect(kinds).toContain(read({ ...base, [name]: value }).kind);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(base.data)), (value, name) => {
        const delivery = read({ ...base, data: { ...base.data, [name]: value } });
        expect(kinds).toContain(delivery.kind);
        if (delivery.kind === 'item') decoded(delivery.row);
      }),
    );
  });

  test('any bytes are read or refused as no JSON object', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          readDelivery(Buffer.from(bytes));
        } catch (error) {
          expect(errorCode(error)).toBe('missing');
        }
      }),
    );
  });
});
