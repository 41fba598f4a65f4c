import { BERLIN } from '../../mirrors/support/foreign.ts';
import type { NetworkAnswer, NetworkHost, NetworkRequest } from './network.ts';

/** A calendar that somebody publishes at an address, on a server with faults. */

/** Nothing is at this address. */
export const CALENDAR_HOST = 'calendar.invalid';
const MOST_MS = 400;
const PAGE = '<!DOCTYPE html><html><body><form>Log in</form></body></html>';

/** The calendar, and what its owner does with it. */
export interface SimulatedCalendar {
  readonly host: NetworkHost;
  readonly url: string;
  /** Its owner adds an event, changes one, or removes one. */
  edit(): void;
  /** While true, it looks as if all events had been removed. */
  isEmptied: boolean;
  /** How often something goes wrong, from 0 to 1. */
  setFaults(rate: number): void;
  /** What a reader must see of it after a quiet time: titles by UID. */
  expected(): ReadonlyMap<string, string>;
}

interface Event {
  readonly title: string;
  readonly isRecurring: boolean;
}

export function createSimulatedCalendar(random: () => number): SimulatedCalendar {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const events = new Map<string, Event>();
  const hasTags = random() < 0.7;
  let faults = 0;
  let count = 0;

  function add(): void {
    const uid = `event-${++count}@example.com`;
    events.set(uid, { title: `Event ${count}`, isRecurring: random() < 0.4 });
  }

  function edit(): void {
    const act = random();
    if (act < 0.4 || events.size < 2) {
      add();
      return;
    }
    const [uid, event] = pick([...events]);
    if (act < 0.8) events.set(uid, { ...event, title: `Edited ${++count}` });
    else events.delete(uid);
  }

  function answer({ headers }: NetworkRequest): NetworkAnswer | null {
    const listed: typeof events = calendar.isEmptied ? new Map() : events;
    const text = calendarOf(listed);
    const etag = `"${count}-${listed.size}"`;
    const tags = hasTags ? { etag } : {};
    const type = { 'content-type': 'text/calendar; charset=utf-8' };
    const whole = { status: 200, headers: { ...type, ...tags }, body: text };
    if (random() < faults) {
      return pick<NetworkAnswer | null>([
        null,
        { ...whole, way: 'lost' },
        { ...whole, way: 'cut' },
        { status: 500, headers: {}, body: '' },
        { status: 503, headers: { 'retry-after': '5' }, body: '' },
        { status: 200, headers: { 'content-type': 'text/html' }, body: PAGE },
        { status: 200, headers: type, body: '' },
        { status: 200, headers: type, body: calendarOf(new Map()) },
        { status: 200, headers: type, body: text.slice(0, text.length / 2) },
      ]);
    }
    return hasTags && headers['if-none-match'] === etag ? { status: 304, headers: tags, body: '' } : whole;
  }

  for (let added = 0; added < 4; added++) add();
  const calendar: SimulatedCalendar = {
    host: { mostMs: MOST_MS, answer },
    url: `https://${CALENDAR_HOST}/team.ics`,
    edit,
    isEmptied: false,
    setFaults: (rate) => (faults = rate),
    expected: () => new Map([...events].map(([uid, { title }]) => [uid, title])),
  };
  return calendar;
}

function calendarOf(events: ReadonlyMap<string, Event>): string {
  const inside = [...events].flatMap(([uid, event]) => eventOf(uid, event));
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example//EN', BERLIN.text.trimEnd(), ...inside];
  return [...lines, 'END:VCALENDAR', ''].join('\r\n');
}

function eventOf(uid: string, { title, isRecurring }: Event): string[] {
  const when = isRecurring
    ? ['DTSTART;TZID=Europe/Berlin:20261123T093000', 'DURATION:PT45M', 'RRULE:FREQ=WEEKLY;COUNT=20']
    : ['DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z'];
  return ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...when, `SUMMARY:${title}`, 'END:VEVENT'];
}
