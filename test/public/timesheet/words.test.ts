import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { stubReader } from '../support/reader.ts';

interface Exported {
  start: string;
  end: string;
  minutes: number;
  title: string;
  project: string | null;
  item: string | null;
}
/** What the page's module exports; it has no types of its own here. */
interface Words {
  keyOf(entry: { source: string; uid: string; instance: string | null }): string;
  groupIgnored(ignored: readonly { kind: string }[]): { heading: string; events: { kind: string }[] }[];
  ignoredInWords(ignored: readonly { kind: string }[]): string;
  ruleChoices(entry: {
    title: string;
    categories: readonly string[];
    organizer: string | null;
    private: boolean;
  }): { label: string; rule: object }[];
  conditionInWords(when: object): string;
  matchBefore(entry: { matched_by: string | null; item: string | null; project_id: string | null }): object | null;
  changesInWords(before: Exported, now: Exported): string;
  filterInWords(state: { member: string; source: string }, sources: readonly object[]): string;
  optionsInWords(one: object): string[];
  exportInWords(one: { entries: number; minutes: number }): string;
  remarksInWords(one: { unmatched: number; changed: number; gone: number }): string;
  assignedInWords(target: string, others: number | null): string;
}

const MODULE = '../../../public/timesheet/model/words.js';
stubReader();
const words = (await import(MODULE)) as Words;
afterAll(() => {
  jest.useRealTimers();
});

describe('ignored events', () => {
  test('are grouped by reason in a fixed order, with unknown kinds at the end', () => {
    const kinds = ['new_kind', 'declined', 'all_day', 'declined', 'excluded'].map((kind) => ({ kind }));
    expect(words.groupIgnored(kinds).map(({ heading, events }) => [heading, events.length])).toEqual([
      ['Marked as not work', 1],
      ['All-day', 1],
      ['Declined', 2],
      ['Other', 1],
    ]);
    expect(words.ignoredInWords(kinds)).toBe('1 not work, 1 all-day, 2 declined, 1 other');
  });
});

describe('a correction', () => {
  const entry = { title: ' Weekly sync ', categories: ['Design'], organizer: 'dana@example.org', private: false };

  test('offers rules by title, category and organizer', () => {
    expect(words.ruleChoices(entry)).toEqual([
      { label: 'With these words in the title', rule: { word: 'Weekly sync' } },
      { label: 'In the category “Design”', rule: { category: 'Design' } },
      { label: 'Organized by dana@example.org', rule: { organizer: 'dana@example.org' } },
    ]);
    expect(words.ruleChoices({ title: ' ', categories: [], organizer: null, private: false })).toEqual([]);
  });

  test('of a private event offers no rule, which would reveal what it is', () => {
    expect(words.ruleChoices({ ...entry, private: true })).toEqual([]);
  });

  test.each([
    [{ word: 'sync' }, 'with “sync” in the title'],
    [{ category: 'Design' }, 'in the category “Design”'],
    [{ organizer: 'dana@example.org' }, 'organized by dana@example.org'],
  ])('saves the rule %j as %s', (when, text) => {
    expect(words.conditionInWords(when)).toBe(text);
  });

  test('is undone to the correction before it, or to the automatic match', () => {
    const none = { matched_by: null, item: null, project_id: null };
    expect(words.matchBefore(none)).toBeNull();
    expect(words.matchBefore({ matched_by: 'rule', item: 'WEB-1', project_id: 'p1' })).toBeNull();
    expect(words.matchBefore({ matched_by: 'correction', item: null, project_id: 'p1' })).toEqual({ project: 'p1' });
    expect(words.matchBefore({ matched_by: 'correction', item: 'WEB-1', project_id: 'p1' })).toEqual({ item: 'WEB-1' });
  });

  test('says whether a rule was saved, and how many similar events it matched', () => {
    expect(words.assignedInWords('Website', null)).toBe('Assigned to Website.');
    expect(words.assignedInWords('Website', 0)).toBe('Assigned to Website. Rule saved.');
    expect(words.assignedInWords('Website', 1)).toBe(
      'Assigned to Website, with 1 similar event of this week. Rule saved.',
    );
    expect(words.assignedInWords('WEB-12', 4)).toBe(
      'Assigned to WEB-12, with 4 similar events of this week. Rule saved.',
    );
  });

  test('has a key that no other entry has', () => {
    const keys = [
      { source: 'a', uid: 'b', instance: null },
      { source: 'a', uid: 'b', instance: 'null' },
      { source: 'a"', uid: 'b', instance: null },
    ].map(words.keyOf);
    expect(new Set(keys).size).toBe(3);
  });
});

describe('an export', () => {
  const before = {
    start: '2026-11-23T09:00:00Z',
    end: '2026-11-23T10:00:00Z',
    minutes: 60,
    title: 'Review',
    project: 'WEB',
    item: null,
  };

  test.each([
    [{ end: '2026-11-23T10:30:00Z', minutes: 90 }, 'Changed: the time and the length (1:00 → 1:30).'],
    [{ start: '2026-11-24T09:00:00Z', end: '2026-11-24T10:00:00Z' }, 'Changed: the time.'],
    [{ title: 'Review 2' }, 'Changed: the title.'],
    [{ project: null }, 'Changed: the project (WEB → none).'],
    [{ project: 'OPS', item: 'OPS-3' }, 'Changed: the project (WEB → OPS) and the work item (none → OPS-3).'],
    [{}, 'Changed since it was exported.'],
  ])('says that %j changed', (part, text) => {
    expect(words.changesInWords(before, { ...before, ...part })).toBe(text);
  });

  test.each([
    ['', '', ''],
    ['m1', '', 'It has only entries of Ann, as chosen above.'],
    ['', 'cal-2', 'It has only entries in the calendar “Calls”, as chosen above.'],
    ['m1', 'cal-1', 'It has only entries of Ann in the calendar “Work”, as chosen above.'],
  ])('says which entries the filters “%s” and “%s” leave', (member, source, text) => {
    const sources = [
      { id: 'cal-1', name: 'Work', member: 'Ann', member_id: 'm1' },
      { id: 'cal-2', name: 'Calls', member: 'Bob', member_id: 'm2' },
    ];
    expect(words.filterInWords({ member, source }, sources)).toBe(text);
  });

  test('says whose it is, and how it is rounded', () => {
    const everything = { member: null, source: null, round: 'off', round_minutes: null };
    expect(words.optionsInWords(everything)).toEqual([]);
    const more = { member: { id: 'm1', name: 'Ann' }, source: { id: 'cal-1', name: 'Work' }, round_minutes: 6 };
    expect(words.optionsInWords({ ...more, round: 'up' })).toEqual([
      'of Ann',
      'from “Work”',
      'rounded up to 6 minutes',
    ]);
    expect(words.optionsInWords({ ...more, round: 'nearest' }).at(-1)).toBe('rounded to the nearest 6 minutes');
  });

  test('says what it has, and what to check', () => {
    expect(words.exportInWords({ entries: 1, minutes: 45 })).toBe('1 entry, 0:45 hours');
    expect(words.exportInWords({ entries: 1200, minutes: 72_000 })).toBe('1,200 entries, 1200:00 hours');
    expect(words.remarksInWords({ unmatched: 0, changed: 0, gone: 0 })).toBe('');
    expect(words.remarksInWords({ unmatched: 2, changed: 1, gone: 3 })).toBe(
      '2 unmatched left out · 1 changed since an earlier export · 3 no longer in the calendar',
    );
  });
});
