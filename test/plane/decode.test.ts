import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WorkItem } from '../../src/domain.ts';
import {
  decodeLabel,
  decodeMember,
  decodePage,
  decodeProject,
  decodeState,
  decodeWorkItem,
  parseInstant,
  type Fault,
} from '../../src/plane/decode.ts';
import { recordedAnswer, recordedAnswers, recordedList } from '../support/recorded.ts';

function decoded(json: unknown): { item: WorkItem | null; faults: Fault[] } {
  const faults: Fault[] = [];
  return { item: decodeWorkItem(json, 'ALPHA', (fault) => faults.push(fault)), faults };
}

const raw = recordedList<Record<string, unknown>>('work-items-list').find((item) => item.sequence_id === 2)!;

describe('recorded answers', () => {
  test('every recorded item is decoded, and only the day no calendar can hold is told', () => {
    const all = recordedList<{ sequence_id: number; name: string; target_date: string | null }>('work-items-list');
    for (const one of all) {
      const { item, faults } = decoded(one);
      expect(item?.number).toBe(one.sequence_id);
      expect(item?.name).toBe(one.name);
      expect(item?.targetDate).toBe(one.target_date === '0001-01-01' ? null : one.target_date);
      expect(faults).toEqual(
        one.target_date === '0001-01-01'
          ? [{ key: 'ALPHA-18', reason: 'target_date 0001-01-01 is no day a calendar can hold and counts as none' }]
          : [],
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
        .map(decodeState)
        .map((state) => state?.group),
    ).toEqual(['backlog', 'unstarted', 'started', 'completed', 'cancelled', 'started']);
    expect(
      recordedList('labels-list')
        .map(decodeLabel)
        .map((label) => label?.name),
    ).toContain('تسمية عربية');
    expect(recordedList('members-project').map(decodeMember)).toContainEqual({
      id: '3ecb027d-5892-4e05-b574-274a49e35509',
      displayName: 'ada',
    });
    const projects = recordedList('projects-list').map(decodeProject);
    expect(projects.map((one) => one?.project.identifier)).toContain('RTL');
    expect(projects.find((one) => one?.project.identifier === 'TARCH')?.project.archived).toBe(true);
    const stranger = decodeProject(recordedAnswer('err-public-project-non-member-detail').response.body);
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

describe('a strange value costs no more than itself', () => {
  test.each<[string, unknown, Partial<WorkItem>]>([
    ['an unknown priority', { priority: 'asap' }, { priority: 'none' }],
    ['no name', { name: null }, { name: '' }],
    ['no description', { description_html: undefined }, { text: '' }],
    ['a state that is none', { state: 7 }, { stateId: null }],
    ['people that are none', { assignees: 'all' }, { assigneeIds: [] }],
    [
      'one label that is none',
      { labels: [null, '910193f0-c79c-47ac-8f12-fced1fb159e4', 5] },
      { labelIds: ['910193f0-c79c-47ac-8f12-fced1fb159e4'] },
    ],
    ['a time without zone', { completed_at: '2026-01-01T10:00:00' }, { completedAt: null }],
    ['a broken creation time', { created_at: 'yesterday' }, { createdAt: parseInstant(String(raw.updated_at)) }],
    ['31 February', { target_date: '2026-02-31' }, { targetDate: null }],
    ['a date-time for a day', { start_date: '2026-02-03T10:00:00Z' }, { startDate: null }],
    ['a day that is a number', { target_date: 20260203 }, { targetDate: null }],
  ])('%s', (_what, fields, expected) => {
    expect(decoded({ ...raw, ...(fields as object) }).item).toMatchObject(expected);
  });

  test.each<[string, unknown, string]>([
    ['no id', { ...raw, id: null }, 'ALPHA-2 left out, unusable: id'],
    ['no number', { ...raw, sequence_id: '2' }, 'ALPHA-2 left out, unusable: sequence_id'],
    ['nothing at all', null, 'ALPHA-unknown left out, unusable: item'],
  ])('an item with %s is left out alone and told by its key', (_what, json, fault) => {
    const { item, faults } = decoded(json);
    expect(item).toBeNull();
    expect(faults.map(({ key, reason }) => `${key} ${reason}`)).toEqual([fault]);
  });

  test('drafts and archived items are left out without a word', () => {
    for (const fields of [{ is_draft: true }, { archived_at: '2026-11-20' }]) {
      expect(decoded({ ...raw, ...fields })).toEqual({ item: null, faults: [] });
    }
  });

  test('any JSON is survived', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(raw)), (value, field) => {
        decoded(value);
        decoded({ ...raw, [field]: value });
        decodeProject(value);
        decodeState(value);
      }),
    );
  });
});
