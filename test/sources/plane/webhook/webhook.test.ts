import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorCode } from '../../../../src/domain/errors.ts';
import { readDelivery, type Delivery } from '../../../../src/sources/plane/webhook/webhook.ts';
import { decoded, example, ITEM, PROJECT, read } from './recorded-deliveries.ts';

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
    ['a creator that is none of Plane', { created_by: 12 }],
    ['no creator at all', { created_by: undefined }],
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

  test('may have its creator as an object, an id or nothing', () => {
    for (const [created_by, id] of [
      [{ id: ITEM }, ITEM],
      [ITEM.toUpperCase(), ITEM],
      ['None', null],
      [null, null],
    ])
      expect(issue({ created_by })).toMatchObject({ kind: 'item', row: { created_by: id } });
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
  ])('with %s is only a hint', (_what, rest) => {
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
  ])('%s is only a hint, as precise as possible', (_what, json, expected) => {
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
