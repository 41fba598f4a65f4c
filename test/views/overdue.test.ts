import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { WorkItem } from '../../src/domain/plane.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { overdueEvent, overdueItems } from '../../src/views/overdue.ts';
import { shapeOf } from '../../src/views/view.ts';
import { lint } from '../support/linter.ts';
import { aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import { aFeed, aRenderer, partsOf, render } from '../support/render.ts';

const TODAY = '2026-03-10';
const item = (number: number, fields: Partial<WorkItem> = {}): WorkItem =>
  aWorkItem({ id: uuid(number), number, targetDate: '2026-03-04', ...fields });

const ITEMS = [
  item(1, { name: 'Later', targetDate: '2026-03-09' }),
  item(2, { name: 'Long ago', targetDate: '2025-01-01', startDate: '2024-12-01' }),
  item(3, { name: 'Due today', targetDate: TODAY }),
  item(4, { name: 'Finished', stateId: 'done' }),
  item(5, { name: 'Dropped', stateId: 'cancelled' }),
  item(6, { name: 'Started only', targetDate: null, startDate: '2026-03-01' }),
  item(7, { name: 'Odd state', stateId: 'odd', labelIds: ['x'] }),
  item(8, { name: 'No state', stateId: null }),
];
const SNAPSHOT = aSnapshot({ items: ITEMS, labels: [{ id: 'x', name: 'bug' }] });

const eventOf = (options: Partial<FeedOptions>, snapshot = SNAPSHOT) => {
  const feed = aFeed({ options: { overdue: 'today', ...options } });
  return overdueEvent(feed, [...overdueItems(snapshot, feed, TODAY)], TODAY);
};

test('lists the open items whose due date is past, the longest overdue first', () => {
  expect(eventOf({ past: 2 })).toMatchObject({
    start: TODAY,
    end: '2026-03-11',
    summary: '4 overdue',
    description: [
      '2025-01-01 [WEB-2] Long ago',
      '2026-03-04 [WEB-7] Odd state',
      '2026-03-04 [WEB-8] No state',
      '2026-03-09 [WEB-1] Later',
    ].join('\n'),
    alarms: [],
  });
});

test('follows the filters and the title', () => {
  const label = { names: ['bug'], none: false };
  expect(eventOf({ label, title: '{name}' })?.description).toBe('2026-03-04 Odd state');
  expect(eventOf({ label: { names: ['none such'], none: false } })).toBeNull();
});

test.each<Partial<FeedOptions>>([{ overdue: 'keep' }, { show: ['cycles'] }, { as: 'todo' }])(
  '%j lists none',
  (options) => {
    expect(eventOf(options)).toBeNull();
  },
);

test('a private calendar has their number alone', () => {
  expect(eventOf({ detail: 'private' })).toMatchObject({ summary: '4 overdue', description: '', url: null });
});

test('a description holds as many as fit, whole, and how many more there are', () => {
  const length = fc.array(fc.nat(150), { maxLength: 200 });
  fc.assert(
    fc.property(length, (sizes) => {
      const items = sizes.map((size, at) => item(at + 1, { name: 'x'.repeat(size + 1) }));
      const description = eventOf({}, aSnapshot({ items }))?.description ?? '';
      expect(description.length).toBeLessThanOrEqual(1000);
      const lines = description.split('\n').filter((line) => line !== '');
      const more = /^… and (\d+) more$/.exec(lines.at(-1) ?? '')?.[1];
      const whole = lines.filter((line) => /^2026-03-04 \[WEB-\d+\] x+$/.test(line));
      expect(whole.length + Number(more ?? 0)).toBe(sizes.length);
    }),
  );
});

describe('in a calendar', () => {
  test('it is one valid event beside the items, and counted', async () => {
    const plain = await render(SNAPSHOT, {}, TODAY);
    const { identity, events, eventsByProject } = await render(SNAPSHOT, { overdue: 'today' }, TODAY);
    expect(lint(identity)).toEqual([]);
    const text = identity.toString();
    expect(text.match(/UID:plane-overdue-[0-9a-f]{32}@plane-ics/g)).toHaveLength(1);
    expect(text).toContain('DTSTART;VALUE=DATE:20260310');
    expect(text.replaceAll('\r\n ', '')).toContain('Overdue items are also listed on the current day.');
    expect(events).toBe(plain.events + 1);
    expect([...eventsByProject.values()]).toEqual([plain.events]);
    expect(plain.identity.toString()).not.toContain('plane-overdue');
  });

  test('it leaves the revisions of the others alone, and has its own for each feed', async () => {
    const clock = { now: Date.UTC(2026, 2, 10, 12) };
    const renderer = aRenderer(undefined, () => clock.now);
    const stamps = async (options: Partial<FeedOptions>, key: string) => {
      const parts = partsOf(aFeed({ key, options }), [SNAPSHOT], TODAY);
      const { identity, saved } = await renderer.render(parts);
      await saved;
      const text = identity.toString().replaceAll('\r\n ', '');
      const found = text.matchAll(/UID:plane-(\w+)-[^]*?DTSTAMP:(\w+)/g);
      return new Map([...found].map(([, kind = '', stamp = '']) => [kind, stamp]));
    };
    expect(shapeOf(aFeed({ options: { overdue: 'today' } }))).toBe(shapeOf(aFeed()));
    const before = await stamps({}, 'a');
    clock.now += 60_000;
    const label = { names: ['bug'], none: false };
    const later = await stamps({ overdue: 'today' }, 'a');
    clock.now += 60_000;
    const other = await stamps({ overdue: 'today', label }, 'b');
    clock.now += 60_000;
    expect(later.get('issue')).toBe(before.get('issue'));
    expect(other.get('overdue')).not.toBe(later.get('overdue'));
    expect(await stamps({ overdue: 'today' }, 'a')).toEqual(later);
  });
});

test('the default is not to list any', () => {
  expect(DEFAULT_OPTIONS.overdue).toBe('keep');
});
