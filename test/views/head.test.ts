import { describe, expect, test } from '@jest/globals';
import { tombstoneHead, viewHead } from '../../src/views/head.ts';
import { parseOptions } from '../../src/views/options/options.ts';
import type { CalendarHead } from '../../src/domain/calendar.ts';
import type { Scope } from '../../src/domain/feed.ts';
import { aProject, aSnapshot, PROJECT_ID, uuid } from '../support/make.ts';
import { aContent, aFeed } from '../support/render.ts';

const WEB = aSnapshot({
  labels: [{ id: uuid(5), name: 'bug' }],
  members: [{ id: 'a', displayName: 'ada' }],
});
const APP = aSnapshot({ project: aProject({ id: uuid(800), identifier: 'APP', name: 'Mobile app', color: null }) });
const TWO = { kind: 'projects', projectIds: [PROJECT_ID, uuid(800)] } as const;

function headOf(
  query = '',
  fields: { scope?: Scope; name?: string; notes?: string[]; of?: (typeof WEB)[] } = {},
): CalendarHead {
  const { notes = [], of = [WEB], ...feed } = fields;
  return viewHead(of.map(aContent), aFeed({ ...feed, options: parseOptions(new URLSearchParams(query)) }), notes);
}

test('a calendar of one project has its name, colour and address', () => {
  expect(headOf()).toEqual({
    name: 'Website',
    description:
      'Work items of Website (WEB) in Plane, on their target date; completed items are kept for 30 days and marked ✓, cancelled ones left out. Read-only.',
    color: '#3e63dd',
    url: `https://plane.example.com/acme/projects/${PROJECT_ID}/issues`,
  });
});

describe('the name', () => {
  test.each<[string, Parameters<typeof headOf>]>([
    ['Kim’s phone', ['', { name: ' Kim’s\nphone ' }]],
    ['Kim', ['detail=private', { name: 'Kim' }]],
    ['Planned', ['detail=private']],
    ['Plane', ['', { name: ' ' }]],
    ['All projects', ['', { scope: { kind: 'all' } }]],
    ['ada', ['', { scope: { kind: 'person', memberId: 'a' } }]],
    ['Someone', ['', { scope: { kind: 'person', memberId: 'gone' } }]],
    ['Website, Mobile app', ['', { scope: TWO, of: [WEB, APP] }]],
    ['Plane', ['', { scope: TWO, of: [] }]],
  ])('is %s', (name, args) => {
    expect(headOf(...args).name).toBe(name);
  });
});

describe('the description says', () => {
  const said = (...args: Parameters<typeof headOf>): string => headOf(...args).description;

  test('what is in it, and how', () => {
    expect(said('as=todo&undated=keep&done=keep')).toBe(
      'To-dos of Website (WEB) in Plane, with and without a date; completed items are kept, cancelled ones left out. Read-only.',
    );
    expect(said('show=modules,cycles')).toBe('Cycles, modules of Website (WEB) in Plane, on their days. Read-only.');
    expect(said('show=items,cycles&mode=both&done=hide&cancelled=keep', { scope: { kind: 'all' } })).toBe(
      'Work items, cycles of all projects in Plane, on their start and target dates; completed items are left out, cancelled ones kept and marked ✗. Read-only.',
    );
    expect(said('', { scope: { kind: 'person', memberId: 'a' } })).toMatch(
      /^Work items of ada in all projects in Plane/,
    );
  });

  test('no empty names where nothing is known of the projects or the person', () => {
    expect(said('', { of: [] })).toMatch(/^Work items in Plane, on their target date;/);
    expect(said('', { scope: TWO, of: [] })).toMatch(/^Work items in Plane, /);
    expect(said('', { scope: { kind: 'person', memberId: 'gone' }, of: [] })).toMatch(
      /^Work items of one person in all projects in Plane, /,
    );
    const nameless = { ...WEB, project: { ...WEB.project, name: ' \n' } };
    expect(said('', { of: [nameless] })).toMatch(/^Work items of WEB \(WEB\) in Plane, /);
  });

  test('that it is over, and nothing of what was in it', () => {
    for (const of of [[], [WEB]]) {
      const head = tombstoneHead(of.map(aContent), aFeed({ name: 'Kim’s phone' }), 'disabled');
      expect([head.name, head.description]).toEqual(['Kim’s phone', 'This calendar link was disabled.']);
    }
    expect(tombstoneHead([], aFeed(), 'unpublished').description).toBe('This calendar is no longer published.');
  });

  test('which filters there are, by name also where an id was given', () => {
    const filters = said(`label=${uuid(5)},none&assignee=ada&priority=high,low&past=7&ahead=90`);
    expect(filters).toMatch(
      / Read-only\. Only assignee ada; label bug or none; priority high or low\. What is over stays for 7 days\. What begins later than in 90 days comes when it is nearer\.$/,
    );
  });

  test('that it is archived, and any note at the end', () => {
    const archived = { ...WEB, project: { ...WEB.project, archived: true } };
    expect(said('', { of: [archived], notes: ['One.', 'Two.'] })).toMatch(
      /Read-only\. The project is archived in Plane; this is how it stood then\. One\. Two\.$/,
    );
    expect(said('', { of: [archived, APP], scope: TWO })).toMatch(
      /Archived in Plane, shown as it stood then: Website\.$/,
    );
  });

  test('nothing but the notes in private', () => {
    expect(said('detail=private&label=bug&past=7', { notes: ['One.'] })).toBe('Planned times. Read-only. One.');
  });
});

test('the colour of a calendar that is of no one project depends on the scope alone', () => {
  const colors = [{ kind: 'all' } as const, TWO, { kind: 'person', memberId: 'a' } as const].map((scope) => {
    const [one, other] = [headOf('', { scope, of: [WEB, APP] }), headOf('done=keep', { scope, of: [APP], name: 'x' })];
    expect(one.color).toBe(other.color);
    expect(one.url).toBeNull();
    return one.color;
  });
  for (const color of colors) expect(color).toMatch(/^#[0-9a-f]{6}$/);
});
