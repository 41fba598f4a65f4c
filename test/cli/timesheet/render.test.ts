import { describe, expect, test } from '@jest/globals';
import { sheetText } from '../../../src/cli/timesheet/render.ts';
import { sheetWarnings } from '../../../src/cli/timesheet/warnings.ts';
import { sheetAnswer, type SheetJson } from '../../../src/http/api/timesheet/responses.ts';

/** A timesheet as text. */

type Entry = SheetJson['entries'][number];

const ADA = { member: 'ada', member_id: 'id-ada' };
const BOB = { member: 'bob', member_id: 'id-bob' };
const WEB = { project: 'WEB', project_id: 'id-web', project_name: 'Website' };
const BERLIN = {
  id: 'cal-a',
  name: 'Work',
  ...ADA,
  address: null,
  timezone: 'Europe/Berlin',
  last_check: null,
  error: null,
};
const NONE = { project: null, project_id: null, project_name: null };

function entry(start: string, minutes: number, more: Partial<Entry> = {}): Entry {
  return {
    source: 'cal-a',
    uid: 'x',
    instance: null,
    start,
    end: `${new Date(Date.parse(start) + minutes * 60_000).toISOString().slice(0, 19)}Z`,
    minutes,
    rounded_minutes: minutes,
    day: start.slice(0, 10),
    title: 'Planning',
    ...WEB,
    item: null,
    item_name: null,
    ...ADA,
    reason: 'It is the default project of "Work".',
    matched_by: 'default',
    overlaps: false,
    state: 'new',
    exported: null,
    private: false,
    categories: [],
    organizer: null,
    ...more,
  };
}

function sheet(more: Partial<SheetJson> = {}): SheetJson {
  const made = {
    from: '2026-11-23',
    to: '2026-11-29',
    warnings: [],
    entries: [],
    ignored: [],
    totals: [],
    gone: [],
    sources: [BERLIN],
    projects: [],
    ...more,
  };
  expect(sheetAnswer.safeParse(made).error?.issues).toBe(undefined);
  return made;
}

const total = (day: string, minutes: number, rounded = minutes, more: Partial<SheetJson['totals'][number]> = {}) => ({
  day,
  ...ADA,
  project: 'WEB',
  project_id: 'id-web',
  minutes,
  rounded_minutes: rounded,
  ...more,
});

describe('the table', () => {
  test('has what is unmatched first, then each day with its hours, then totals and what is ignored', () => {
    const text = sheetText(
      sheet({
        entries: [
          entry('2026-11-23T08:00:00Z', 90, { title: 'Login page', item: 'WEB-12', overlaps: true }),
          entry('2026-11-23T09:00:00Z', 60, { overlaps: true, state: 'exported' }),
          entry('2026-11-24T22:30:00Z', 45, {
            ...NONE,
            matched_by: null,
            title: 'Call',
            reason: 'Nothing matches it.',
          }),
          entry('2026-11-25T08:00:00Z', 615, { title: '' }),
        ],
        totals: [
          total('2026-11-23', 150),
          total('2026-11-25', 615),
          total('2026-11-24', 45, 45, { project: null, project_id: null }),
        ],
        ignored: (['all_day', 'declined', 'all_day'] as const).map((kind) => ({
          ...{ source: 'cal-a', uid: 'y', instance: null, start: '2026-11-23T00:00:00Z', end: '2026-11-24T00:00:00Z' },
          ...{ day: '2026-11-23', title: 'Holiday', kind, reason: 'All-day event', ...ADA },
        })),
      }),
      false,
    );
    expect(text.split('\n')).toEqual([
      '2026-11-23 to 2026-11-29. Times are in Europe/Berlin.',
      '',
      'Unmatched (assign them on the page, under Timesheet):',
      'DAY             TIME         HOURS  TITLE  WHY',
      'Tue 2026-11-24  23:30–00:15   0:45  Call   Nothing matches it.',
      '',
      'TIME            HOURS  PROJECT  ITEM    TITLE',
      'Mon 2026-11-23   2:30',
      '  09:00–10:30    1:30  WEB      WEB-12  Login page  (overlaps)',
      '  10:00–11:00    1:00  WEB              Planning  (overlaps, exported)',
      'Wed 2026-11-25  10:15',
      '  09:00–19:15   10:15  WEB              (no title)',
      '',
      'PERSON  HOURS  PROJECT',
      'ada     12:45  WEB Website',
      'ada      0:45  unmatched',
      'total   13:30',
      '',
      '3 events ignored: 2 all-day, 1 declined. --format json lists them.',
      '',
    ]);
  });

  test('shows rounded hours beside the others, and people where there are several', () => {
    const text = sheetText(
      sheet({
        sources: [BERLIN, { ...BERLIN, id: 'cal-b', name: 'Bob', ...BOB, timezone: 'UTC' }],
        entries: [
          entry('2026-11-23T08:00:00Z', 50, { rounded_minutes: 60 }),
          entry('2026-11-23T08:00:00Z', 20, { rounded_minutes: 30, source: 'cal-b', ...BOB }),
        ],
        totals: [total('2026-11-23', 50, 60), total('2026-11-23', 20, 30, BOB)],
      }),
      true,
    );
    expect(text.split('\n')).toEqual([
      '2026-11-23 to 2026-11-29. Times are local: Work in Europe/Berlin, Bob in UTC.',
      '',
      'TIME            HOURS  ROUNDED  PERSON  PROJECT  ITEM  TITLE',
      'Mon 2026-11-23   1:10     1:30',
      '  09:00–09:50    0:50     1:00  ada     WEB            Planning',
      '  08:00–08:20    0:20     0:30  bob     WEB            Planning',
      '',
      'PERSON  HOURS  ROUNDED  PROJECT',
      'ada      0:50     1:00  WEB Website',
      'bob      0:20     0:30  WEB Website',
      'total    1:10     1:30',
      '',
    ]);
  });

  test('shows how long a private event is, but not when', () => {
    const text = sheetText(
      sheet({
        entries: [entry('2026-11-23T08:00:00Z', 50, { title: 'Private', private: true })],
        totals: [total('2026-11-23', 50)],
      }),
      false,
    );
    expect(text).toContain('                 0:50  WEB            Private\n');
    expect(text).not.toContain('09:00');
  });

  test('keeps titles in one line, without control characters, and short', () => {
    const title = `Line one\nline\u001b[31m two ${'x'.repeat(100)}`;
    const text = sheetText(sheet({ entries: [entry('2026-11-23T08:00:00Z', 50, { title })] }), false);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(110);
  });

  test('says what to do where no calendar holds hours, and that there are none', () => {
    expect(sheetText(sheet({ sources: [] }), false)).toContain('plane-ics source edit <source> --hours-of <member>');
    expect(sheetText(sheet(), false)).toBe('No hours from 2026-11-23 to 2026-11-29.\n');
  });
});

test('what changed or is gone since an export is said, and no more of it than can be read', () => {
  const exported = {
    start: '2026-11-23T08:00:00Z',
    end: '2026-11-23T09:00:00Z',
    minutes: 60,
    title: 'Plan',
    project: 'WEB',
    item: null,
  };
  const gone = {
    ...{ source: 'cal-a', uid: 'z', instance: null, ...exported, ...ADA, export: 'exp-1' },
    reason: 'No longer in the calendar',
  };
  const changed = entry('2026-11-24T23:30:00Z', 90, {
    state: 'changed',
    item: 'WEB-12',
    exported: { ...exported, export: 'exp-1' },
    day: '2026-11-25',
  });
  expect(sheetWarnings(sheet({ warnings: ['"Work" could not be read.'], entries: [changed], gone: [gone] }))).toEqual([
    '"Work" could not be read.',
    'Changed since export exp-1: "Planning" on 2026-11-25 (WEB-12, 1:30) was "Plan" on 2026-11-23 (WEB, 1:00).',
    'Gone since export exp-1: "Plan" on 2026-11-23 (WEB, 1:00). No longer in the calendar.',
    'Correct them where you sent the export, then mark them as settled on the page.',
  ]);
  const many = sheetWarnings(sheet({ gone: Array.from({ length: 25 }, () => gone) }));
  expect([many.length, many.at(-2)]).toEqual([22, '… and 5 more that changed or are gone since an export.']);
});
