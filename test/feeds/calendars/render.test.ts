import ICAL from 'ical.js';
import { expect, test } from '@jest/globals';
import type { ForeignComponent, Zone } from '../../../src/domain/calendar.ts';
import type { ProjectContent } from '../../../src/domain/ports.ts';
import { aSnapshot, aWorkItem, uuid } from '../../support/make.ts';
import { aContent, aFeed, aRenderer, partsOf } from '../../support/render.ts';

const TODAY = '2026-03-02';

const zone = (tzid: string): Zone => ({
  tzid,
  text: `BEGIN:VTIMEZONE\r\nTZID:${tzid}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`,
});

function anEvent(uid: string, day: string, zones: readonly Zone[]): ForeignComponent {
  const [{ tzid } = { tzid: '' }] = zones;
  const start = `${day.replaceAll('-', '')}T090000`;
  const when = tzid === '' ? `DTSTART:${start}Z` : `DTSTART;TZID=${tzid}:${start}`;
  const text = `BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\n${when}\r\nX-ODD;A="b:c":verbatim\r\nEND:VEVENT\r\n`;
  return { kind: 'foreign', uid, start: day, summary: '', text, zones, occurrences: () => [] };
}

/** A calendar of these, of which `changed` differ from any earlier one. */
function aCalendar(components: readonly ForeignComponent[], changed: readonly string[] = []): ProjectContent {
  const plain = aContent(aSnapshot());
  return {
    ...plain,
    info: { ...plain.info, id: 'cal-a', identifier: 'Holidays', name: 'Holidays' },
    components: (_view, _today, only) =>
      components.filter(({ uid }) => only?.has(uid) !== false).map((one) => [one.uid, one] as const),
    changedSince: (earlier) => new Set(earlier === null ? components.map(({ uid }) => uid) : changed),
    overdue: () => [],
    editsSince: () => new Map(),
    ids: () => null,
    calendar: {
      uids: new Set(),
      zones: new Map(),
      years: { from: 2026, to: 2026 },
      renamed: () => Promise.resolve(plain),
    },
  };
}

const plane = aSnapshot({ items: [aWorkItem({ id: uuid(1), targetDate: '2026-03-05' })] });
const berlin = zone('Europe/Berlin');
const events = [
  anEvent('late', '2026-03-09', [berlin]),
  anEvent('early', '2026-03-01', [berlin]),
  anEvent('utc', '2026-03-04', []),
];

test('events of another calendar are beside those of Plane, by day and as they are, and a zone is there once', async () => {
  const parts = { ...partsOf(aFeed(), [plane], TODAY), projects: [aCalendar(events), aContent(plane)] };
  const { identity, events: count } = await aRenderer().render(parts);
  const text = identity.toString();
  expect(count).toBe(4);
  for (const event of events) expect(text).toContain(event.text);
  expect(text.split(berlin.text)).toHaveLength(2);
  expect(text.indexOf('BEGIN:VTIMEZONE')).toBeLessThan(text.indexOf('BEGIN:VEVENT'));
  const read = ICAL.Component.fromString(text);
  expect(read.getAllSubcomponents('vevent').map((one) => String(one.getFirstPropertyValue('uid')))).toEqual([
    'early',
    'utc',
    expect.stringMatching(/^plane-issue-/),
    'late',
  ]);
});

test('a calendar that is written from an earlier one has the same bytes, also of its zones', async () => {
  const renderer = aRenderer();
  const feed = aFeed();
  const before = { ...partsOf(feed, [plane], TODAY), projects: [aCalendar(events), aContent(plane)] };
  const first = await renderer.render(before);
  const moved = [anEvent('late', '2026-03-10', [zone('Asia/Tokyo')]), ...events.slice(1)];
  const parts = { ...before, projects: [aCalendar(moved, ['late']), aContent(plane)] };
  const incremental = await renderer.render(parts, { parts: before, body: first.body });
  const whole = await renderer.render(parts);
  expect(incremental.identity.toString()).toBe(whole.identity.toString());
  expect(whole.identity.toString()).toContain(zone('Asia/Tokyo').text + berlin.text);
});
