import { describe, expect, test } from '@jest/globals';
import { htmlToText } from '../../src/views/html.ts';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { CalendarEvent } from '../../src/domain/calendar.ts';
import type { WorkItem } from '../../src/domain/plane.ts';
import { aProject, aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import * as rendered from '../support/render.ts';

/** The events of one item. */
function eventsOf(
  item: WorkItem,
  options: Partial<FeedOptions> = {},
  parts: Parameters<typeof aSnapshot>[0] = {},
): CalendarEvent[] {
  const snapshot = aSnapshot({ ...parts, items: [item, ...(parts.items ?? [])] });
  return rendered.eventsOf(snapshot, { options }).filter(({ uid }) => uid.includes(item.id));
}

describe('an event', () => {
  test('carries all that the item has', () => {
    const item = aWorkItem({
      number: 12,
      startDate: '2026-03-02',
      priority: 'high',
      stateId: 'doing',
      assigneeIds: ['b', 'a', 'gone'],
      labelIds: ['y', 'x', 'gone'],
      parentId: uuid(3),
      text: 'Some text',
    });
    const parts = {
      items: [aWorkItem({ id: uuid(3), number: 3 })],
      labels: [
        { id: 'x', name: 'bug' },
        { id: 'y', name: 'login,\nweb' },
      ],
      members: [
        { id: 'a', displayName: 'ada' },
        { id: 'b', displayName: 'bob' },
      ],
    };
    expect(eventsOf(item, { mode: 'span' }, parts)).toEqual([
      {
        kind: 'event',
        uid: `plane-issue-${uuid(1)}@plane-ics`,
        start: '2026-03-02',
        end: '2026-03-05',
        summary: '[WEB-12] Fix login',
        description:
          'State: In Progress\nPriority: High\nAssignees: ada, bob\nLabels: bug, login, web\nParent: WEB-3\n\nSome text\n\nhttps://plane.example.com/acme/browse/WEB-12/',
        url: 'https://plane.example.com/acme/browse/WEB-12/',
        categories: ['bug', 'login, web'],
        priority: 3,
        color: 'orange',
        createdAt: item.createdAt,
        alarms: [],
      },
    ]);
  });

  test('both dates are two events, of which the due one has the item’s own UID', () => {
    const events = eventsOf(aWorkItem({ startDate: '2026-03-02' }), { mode: 'both' });
    expect(events.map(({ uid, start, summary }) => [uid, start, summary])).toEqual([
      [`plane-issue-${uuid(1)}-start@plane-ics`, '2026-03-02', '▶ [WEB-1] Fix login'],
      [`plane-issue-${uuid(1)}@plane-ics`, '2026-03-04', '[WEB-1] Fix login'],
    ]);
  });

  test('completed and cancelled items are marked in front', () => {
    expect(eventsOf(aWorkItem({ stateId: 'done' }))[0]?.summary).toBe('✓ [WEB-1] Fix login');
    expect(eventsOf(aWorkItem({ stateId: 'cancelled' }), { cancelled: 'keep' })[0]?.summary).toBe(
      '✗ [WEB-1] Fix login',
    );
  });

  test('the title follows its template, and is never empty', () => {
    const item = aWorkItem({ priority: 'urgent', assigneeIds: ['a'] });
    const members = [{ id: 'a', displayName: 'ada' }];
    expect(
      eventsOf(item, { title: '{project} {number} {state} {priority} {assignees}: {name}' }, { members })[0]?.summary,
    ).toBe('Website 1 Todo Urgent ada: Fix login');
    expect(eventsOf(aWorkItem({ name: ' \n ' }), { title: '{name}' })[0]?.summary).toBe('WEB-1');
    // What it was filled with is not filled again, and an unknown name in braces stays.
    const braces = aWorkItem({ name: '{key} {nope}' });
    expect(eventsOf(braces, { title: '{name} {key}{else}' })[0]?.summary).toBe('{key} {nope} WEB-1{else}');
  });

  test('labels of one name are one category, in an order that does not depend on the list', () => {
    const labels = [
      { id: 'x', name: 'b' },
      { id: 'y', name: 'a' },
      { id: 'z', name: 'b ' },
      { id: 'e', name: ' \u0000' },
    ];
    for (const labelIds of [
      ['x', 'y', 'z', 'e'],
      ['e', 'z', 'y', 'x'],
    ]) {
      expect(eventsOf(aWorkItem({ labelIds }), {}, { labels })[0]?.categories).toEqual(['a', 'b']);
    }
  });

  test('a description has at most 1,000 characters, and its link is always whole', () => {
    const labels = Array.from({ length: 100 }, (_, index) => ({ id: `l${index}`, name: `label number ${index}` }));
    for (const item of [
      aWorkItem({ text: 'word '.repeat(200) }),
      aWorkItem({ text: 'x', labelIds: labels.map(({ id }) => id) }),
    ]) {
      const description = eventsOf(item, {}, { labels })[0]?.description ?? '';
      expect(description.length).toBeLessThanOrEqual(1_000);
      expect(description).toMatch(/…/);
      expect(description.endsWith('\n\nhttps://plane.example.com/acme/browse/WEB-1/')).toBe(true);
    }
  });

  test('a description says so when there is no room for its text or its link', () => {
    const labels = [{ id: 'l', name: 'x'.repeat(2_000) }];
    const full = eventsOf(aWorkItem({ text: 'word', labelIds: ['l'] }), {}, { labels })[0]?.description ?? '';
    expect(full).toMatch(/^State: Todo\nLabels: x+…\n\n…\n\nhttps:/);
    expect(full).toHaveLength(1_000);
    const project = aProject({ identifier: 'x'.repeat(2_000) });
    expect(eventsOf(aWorkItem({ text: 'word' }), {}, { project })[0]?.description).toBe('State: Todo\n\nword');
  });

  test('a link inside Plane is resolved against the page of its item, and is whole or left out', () => {
    const link = 'https://plane.example.com/acme/browse/ALPHA-3/';
    const described = (before: string): string => {
      const text = htmlToText(`<p>${before} <a href="/acme/browse/ALPHA-3/">x</a></p>`);
      return eventsOf(aWorkItem({ text }))[0]?.description ?? '';
    };
    expect(described('See')).toContain(`See x (${link})\n\n`);
    for (let length = 850; length < 950; length++) {
      const description = described('w'.repeat(length));
      expect(description.length).toBeLessThanOrEqual(1_000);
      expect(description.includes(`x (${link})\n\n`)).toBe(!description.includes('…'));
      expect(description.replace(link, '').replace(/\n\nhttps.*$/, '')).not.toContain('://');
    }
  });

  test('an unusual identifier is encoded in the link and unchanged in the title', () => {
    const project = aProject({ identifier: 'Ä /B' });
    const [event] = eventsOf(aWorkItem(), {}, { project });
    expect(event?.url).toBe('https://plane.example.com/acme/browse/%C3%84%20%2FB-1/');
    expect(event?.summary).toBe('[Ä /B-1] Fix login');
  });
});
