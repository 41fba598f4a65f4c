import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WorkItem } from '../../../../src/domain/plane.ts';
import * as decode from '../../../../src/sources/plane/decode/decode.ts';
import { decodePage, parseInstant } from '../../../../src/sources/plane/decode/decode.ts';
import { decodeWorkItem } from '../../../../src/sources/plane/decode/item.ts';
import { decodedItem } from '../../../support/decoded.ts';
import { recordedAnswer, recordedAnswers, recordedList } from '../../../support/recorded.ts';

interface Result {
  readonly item: WorkItem | null;
  readonly isHidden: boolean;
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

function decoded(json: unknown): Result {
  const notes: string[] = [];
  const { item, isHidden, faults } = decodedItem(json, 'ALPHA', ({ key, reason }) => notes.push(`${key} ${reason}`));
  return { item, isHidden, faults: [...faults.values()], notes };
}

const valueOf = <T>({ decode }: decode.Decoder<T>, json: unknown): T | null => decode(json, () => true).value;

const raw = recordedList<Record<string, unknown>>('work-items-list').find((item) => item.sequence_id === 2)!;

describe('recorded answers', () => {
  test('every recorded item is decoded, and only the day that no calendar can hold is noted', () => {
    const all = recordedList<{ sequence_id: number; name: string; target_date: string | null }>('work-items-list');
    for (const one of all) {
      const { item, notes } = decoded(one);
      expect(item?.number).toBe(one.sequence_id);
      expect(item?.name).toBe(one.name);
      expect(item?.targetDate).toBe(one.target_date === '0001-01-01' ? null : one.target_date);
      expect(notes).toEqual(
        one.target_date === '0001-01-01' ? ['ALPHA-18 target_date 0001-01-01 is no day a calendar can hold'] : [],
      );
    }
  });

  test('a full item', () => {
    expect(decoded(raw).item).toEqual({
      id: 'cc8b8479-f68a-43a6-a4eb-04f2f582650d',
      number: 2,
      name: raw.name,
      priority: raw.priority,
      startDate: '2026-11-16',
      targetDate: '2026-11-27',
      stateId: raw.state,
      parentId: null,
      assigneeIds: raw.assignees,
      labelIds: raw.labels,
      text: 'Title\nHello bold link (https://example.test/x) & code\n• one\n• two\nclicky',
      createdAt: parseInstant(String(raw.created_at)),
      updatedAt: parseInstant(String(raw.updated_at)),
      completedAt: null,
      createdBy: raw.created_by,
    });
  });

  test('times are instants, whatever the offset of the key owner', () => {
    const kolkata = recordedAnswer('user-timezone-kolkata-item').response.body as Record<string, unknown>;
    expect(String(kolkata.updated_at)).toMatch(/\+05:30$/);
    expect(decoded(kolkata).item?.updatedAt).toBe(parseInstant(String(kolkata.updated_at)));
  });

  test('states, labels, people and projects', () => {
    expect(
      recordedList('states-list')
        .map((one) => valueOf(decode.states, one))
        .map((state) => state?.group),
    ).toEqual(['backlog', 'unstarted', 'started', 'completed', 'cancelled', 'started']);
    expect(
      recordedList('labels-list')
        .map((one) => valueOf(decode.labels, one))
        .map((label) => label?.name),
    ).toContain('تسمية عربية');
    expect(recordedList('members-project').map((one) => valueOf(decode.members, one))).toContainEqual({
      id: '3ecb027d-5892-4e05-b574-274a49e35509',
      displayName: 'ada',
    });
    const projects = recordedList('projects-list').map((one) => valueOf(decode.projects, one));
    expect(projects.map((one) => one?.project.identifier)).toContain('RTL');
    expect(projects.find((one) => one?.project.identifier === 'TARCH')?.project.archived).toBe(true);
    const stranger = valueOf(decode.projects, recordedAnswer('err-public-project-non-member-detail').response.body);
    expect(stranger?.isMember).toBe(false);
  });

  test('every recorded list is a page, and errors are none', () => {
    for (const { name, response } of recordedAnswers()) {
      const { body, status } = response;
      if (typeof body !== 'object' || body === null || Array.isArray(body)) continue;
      if (status === 200 && 'results' in body)
        expect(decodePage(body, name).total).toBe((body as { total_results: number }).total_results);
      else expect(() => decodePage(body, name)).toThrow('not a page');
    }
  });
});

describe('what makes no sense is named', () => {
  test.each<[string, unknown, Partial<WorkItem>, string[]]>([
    ['a null priority', { priority: null }, { priority: 'none' }, ['"priority" is null']],
    ['people that are none', { assignees: 'all' }, { assigneeIds: [] }, ['"assignees" is text']],
    ['one label that is none', { labels: [null] }, { labelIds: [] }, ['"labels" has an invalid value']],
    ['a parent that is a number', { parent: 7 }, { parentId: null }, ['"parent" is a number']],
    ['no description', { description_html: undefined }, { text: '' }, ['"description_html" is missing']],
    [
      'a time without zone',
      { completed_at: '2026-01-01T10:00:00' },
      { completedAt: null },
      ['"completed_at" has an invalid value'],
    ],
    [
      'a broken creation time',
      { created_at: 'yesterday' },
      { createdAt: parseInstant(String(raw.updated_at)) },
      ['"created_at" has an invalid value'],
    ],
    [
      '31 February',
      { target_date: '2026-02-31' },
      { targetDate: null },
      ['"target_date" is no day a calendar can hold'],
    ],
    [
      'a date-time for a day',
      { start_date: '2026-02-03T10:00:00Z' },
      { startDate: null },
      ['"start_date" is no day a calendar can hold'],
    ],
  ])('%s, and costs no more than itself', (_what, fields, expected, faults) => {
    expect(decoded({ ...raw, ...(fields as object) })).toMatchObject({ item: expected, faults });
  });

  test.each<[string, unknown, string]>([
    ['no id', { ...raw, id: null }, '"id" is null'],
    ['a number that is text', { ...raw, sequence_id: '2' }, '"sequence_id" is text'],
    ['no name', { ...raw, name: null }, '"name" is null'],
    ['a state that is none', { ...raw, state: 7 }, '"state" is a number'],
    ['no state', { ...raw, state: undefined }, '"state" is missing'],
    ['a day that is a number', { ...raw, target_date: 20_260_203 }, '"target_date" is a number'],
    ['a wrong flag', { ...raw, is_draft: 'false' }, '"is_draft" is text'],
    ['nothing at all', null, 'is null'],
  ])('an item with %s can not be used', (_what, json, fault) => {
    expect(decoded(json)).toMatchObject({ item: null, isHidden: false, faults: [fault] });
  });

  test('an unknown value of the right type is none, and no fault', () => {
    expect(decoded({ ...raw, priority: 'asap' })).toMatchObject({ item: { priority: 'none' }, faults: [] });
    const state = { ...recordedList<object>('states-list')[0], group: 'paused' };
    expect(decode.states.decode(state, () => true)).toMatchObject({ value: { group: 'unknown' }, faults: new Map() });
  });

  test('what this Plane never sent counts as null, but never a state or a target date', () => {
    const of = (...keys: string[]) => {
      const old = Object.fromEntries(Object.entries(raw).filter(([key]) => !keys.includes(key)));
      const { item, faults } = decodeWorkItem(old, { identifier: 'ALPHA', wasSent: () => false });
      return { item, faults: [...faults.values()] };
    };
    const older = of('archived_at', 'start_date', 'is_draft', 'completed_at');
    expect(older).toMatchObject({ item: { startDate: null, completedAt: null, targetDate: '2026-11-27' }, faults: [] });
    expect(of('target_date')).toEqual({ item: null, faults: ['"target_date" is missing'] });
    expect(of('state')).toEqual({ item: null, faults: ['"state" is missing'] });
  });

  test('drafts and archived items are left out without a word', () => {
    for (const fields of [{ is_draft: true }, { archived_at: '2026-11-20' }]) {
      expect(decoded({ ...raw, ...fields })).toEqual({ item: null, isHidden: true, faults: [], notes: [] });
    }
  });

  test('any JSON is survived', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(raw)), (value, field) => {
        decoded(value);
        decoded({ ...raw, [field]: value });
        for (const one of [decode.projects, decode.states, decode.labels, decode.members, decode.ids])
          one.decode(value, () => true);
      }),
    );
  });
});
