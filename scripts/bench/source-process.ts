import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import ICAL from 'ical.js';
import type { Parts } from '../../src/feeds/renderer.ts';
import { compiled, input, report } from './processes.ts';
import { FEED, NOW_MS, TODAY } from './snapshot.ts';
import { cheapStore } from './store.ts';

/** One process that reads a calendar of others once, as a server does at its first read. */

export interface SourceInput {
  readonly work: 'ours' | 'ical.js';
  readonly events: number;
}

/** Milliseconds and bytes. */
export interface SourceReport {
  readonly ms: number;
  readonly parts: { readonly parse: number; readonly believe: number; readonly render: number };
  readonly pause: number;
  /** Of the file. */
  readonly bytes: number;
  /** What stays in memory when the file itself is gone. */
  readonly memory: number;
}

const { parseCalendarFile } =
  await compiled<typeof import('../../src/icalendar/foreign/parse.ts')>('icalendar/foreign/parse');
const { believe } = await compiled<typeof import('../../src/sources/calendars/state/believe.ts')>(
  'sources/calendars/state/believe',
);
const { contentOf } =
  await compiled<typeof import('../../src/sources/calendars/content.ts')>('sources/calendars/content');
const { createRenderer } = await compiled<typeof import('../../src/feeds/renderer.ts')>('feeds/renderer');
const { createRevisions } = await compiled<typeof import('../../src/feeds/revisions.ts')>('feeds/revisions');
const { runInSlices } = await compiled<typeof import('../../src/lib/cooperative.ts')>('lib/cooperative');

const { work, events } = await input<SourceInput>();

/** A year of meetings: every tenth is a series, every fiftieth of these has a moved instance. */
function calendarText(): string {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//Calendar//EN', ...BERLIN];
  for (let index = 0; index < events; index++) {
    const day = `2026${String(1 + (index % 12)).padStart(2, '0')}${String(1 + (index % 28)).padStart(2, '0')}`;
    const when = (name: string, hour: string): string => `${name};TZID=Europe/Berlin:${day}T${hour}0000`;
    const common = ['DTSTAMP:20260101T000000Z', 'SEQUENCE:1', 'STATUS:CONFIRMED', 'X-ODD;X-P="a:b":kept as it is'];
    const text = [
      'SUMMARY:Meeting with a title\\, as people write them',
      `DESCRIPTION:${'Agenda and notes. '.repeat(8)}`,
    ];
    const person = 'ATTENDEE;CN="Ada L.";PARTSTAT=ACCEPTED:mailto:ada@example.com';
    const head = ['BEGIN:VEVENT', `UID:meeting-${index}@example.com`, ...common];
    lines.push(...head, when('DTSTART', '09'), when('DTEND', '10'), ...text, 'LOCATION:Room 1', person);
    if (index % 10 === 0) lines.push('RRULE:FREQ=WEEKLY;COUNT=20');
    lines.push('BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT15M', 'DESCRIPTION:Soon', 'END:VALARM', 'END:VEVENT');
    if (index % 500 === 0)
      lines.push(
        ...head,
        when('RECURRENCE-ID', '09'),
        when('DTSTART', '11'),
        when('DTEND', '12'),
        ...text,
        'END:VEVENT',
      );
  }
  return [...lines, 'END:VCALENDAR', ''].map(folded).join('\r\n');
}

/** Folded at 75 octets, of which the space of a continuation is one. */
function folded(line: string): string {
  return [line.slice(0, 75), ...(line.slice(75).match(/.{1,74}/g) ?? [])].join('\r\n ');
}

const BERLIN = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'END:VTIMEZONE',
];

const info = {
  id: 'cal-bench',
  identifier: 'Bench',
  name: 'Bench',
  color: null,
  timezone: 'UTC',
  createdAt: NOW_MS,
  archived: false,
};

async function readAsWeDo(bytes: Buffer) {
  const startedAt = performance.now();
  const file = await runInSlices(parseCalendarFile(bytes, { charset: null, timezone: null }));
  const parsedAt = performance.now();
  const guard = { allows: () => true };
  const first = { sourceId: info.id, previous: null, file, revisions: new Map(), isFirst: true, now: NOW_MS / 1000 };
  const { state } = await runInSlices(believe({ ...first, guard: guard as never }));
  const believedAt = performance.now();
  const revisions = createRevisions(cheapStore(), () => NOW_MS);
  const renderer = createRenderer({ revisions, settings: () => ({ compression: false, feedWarnBytes: 1e12 }) });
  const content = contentOf(state, { info, color: null, keepAttendees: true });
  const feed = { ...FEED, options: { ...FEED.options, past: 0 } };
  const parts: Parts = { feed, projects: [content], day: TODAY, tombstone: null, notes: [] };
  const { identity } = await renderer.render(parts);
  if (identity.length < bytes.length / 2)
    throw new Error(`only ${identity.length} of ${bytes.length} bytes were written`);
  const renderedAt = performance.now();
  return {
    content,
    parts: { parse: parsedAt - startedAt, believe: believedAt - parsedAt, render: renderedAt - believedAt },
  };
}

const used = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** The file, until it was read. */
const file = { bytes: Buffer.from(calendarText()) };
const size = file.bytes.length;
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
await sleep(20);
const before = used();
await sleep(5);
delays.reset();
const startedAt = performance.now();
let parts = { parse: 0, believe: 0, render: 0 };
const kept: unknown[] = [];
if (work === 'ours') {
  const read = await readAsWeDo(file.bytes);
  parts = read.parts;
  kept.push(read.content);
} else kept.push(ICAL.parse(file.bytes.toString()));
const ms = performance.now() - startedAt;
await sleep(5);
const pause = delays.max / 1e6;
file.bytes = Buffer.alloc(0);
await sleep(5);
const memory = used() - before + size;
if (kept.length === 0) throw new Error('nothing was read');
report({ report: { ms, parts, pause, bytes: size, memory } satisfies SourceReport });
