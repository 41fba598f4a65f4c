import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { deliveryBody, deliveryData } from '../../../../src/demo/hooks.ts';
import { ITEM_FIELDS } from '../../../../src/sources/plane/decode/item.ts';
import { readDelivery, type Delivery } from '../../../../src/sources/plane/webhook/webhook.ts';
import { acmeTables, ALPHA } from '../../../support/acme.ts';
import { decodedItem } from '../../../support/decoded.ts';
import { recordedAnswer, recordedDeliveries } from '../../../support/recorded.ts';
import { decoded, example, EXAMPLES, ITEM, itemOf, PROJECT, read, recorded } from './recorded-deliveries.ts';

/** What is read of deliveries that Plane made: recorded ones, and examples of its versions. */

const WORKSPACE = 'd777e4d1-c52e-4f9c-b5c7-a5c53212ed45';

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
      const { item, faults } = decodedItem(row);
      expect([...faults]).toEqual([]);
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

  test.each(Object.entries(expected))('%s is read as intended', (name, [kind, action, itemId]) => {
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
