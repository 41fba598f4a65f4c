import { expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import { CALENDAR_HOST, createSimulatedCalendar, type SimulatedCalendar } from './calendars.ts';
import type { NetworkAnswer } from './network.ts';
import { createScheduler } from '../scheduler.ts';

/** The published calendar of the simulation: what it sends is what it says a reader must see, unless something goes wrong. */

const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const aCalendar = (seed: number): SimulatedCalendar => createSimulatedCalendar(createScheduler(seed, 0).random);

const get = ({ host, url }: SimulatedCalendar, headers: Record<string, string> = {}): NetworkAnswer | null =>
  host.answer({ method: 'GET', url: new URL(url), headers, body: '' });

/** As ical.js reads them. */
function titlesIn(answer: NetworkAnswer | null): Map<string, string> {
  const events = ICAL.Component.fromString(String(answer?.body)).getAllSubcomponents('vevent');
  return new Map(
    events.map((event) => [String(event.getFirstPropertyValue('uid')), String(event.getFirstPropertyValue('summary'))]),
  );
}

test('a whole answer has what a reader must see, after every edit', () => {
  const calendar = aCalendar(1);
  for (let edits = 0; edits < 20; edits++) {
    expect(titlesIn(get(calendar))).toEqual(calendar.expected());
    calendar.edit();
  }
});

test('where it has tags, it answers 304 until something changes', () => {
  const calendar = seeds.map(aCalendar).find((one) => get(one)?.headers.etag !== undefined)!;
  for (let edits = 0; edits < 20; edits++) {
    const { etag = '' } = get(calendar)!.headers;
    expect(get(calendar, { 'if-none-match': etag })).toMatchObject({ status: 304, body: '' });
    calendar.edit();
    expect(get(calendar, { 'if-none-match': etag })).toMatchObject({ status: 200 });
  }
});

test('something goes wrong in each of its ways, and nothing does without faults', () => {
  const seen = new Set<string>();
  const calendar = aCalendar(2);
  calendar.setFaults(1);
  const { body: whole } = get(aCalendar(2))!;
  for (let count = 0; count < 200; count++) {
    const answer = get(calendar);
    const { status, way = '', body = '' } = answer ?? { status: 'none' };
    const text = String(body);
    const kind =
      text === whole ? 'whole' : text.includes('html') ? 'page' : text.includes('END:VCALENDAR') ? 'empty' : '';
    seen.add([status, way, kind, text.length > 0].join(' '));
  }
  expect(seen.size).toBe(9);
  calendar.setFaults(0);
  expect(get(calendar)).toMatchObject({ status: 200, body: whole });
  expect(new URL(calendar.url).host).toBe(CALENDAR_HOST);
});
