import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { eventuallyEqual } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { command, file, needs, python, PYTHON } from './support/clients.ts';
import { startEvolution } from './support/evolution.ts';
import { demoSite, TOKEN } from './support/site.ts';
import { startThunderbird } from './support/thunderbird.ts';
import { subscribe } from './support/vdirsyncer.ts';

/** Calendars of others in one link with Plane's, as calendar apps read them: at the right hour, also across changes of the clock. */

const scratch = createScratch();

const BERLIN = `BEGIN:VTIMEZONE
TZID:Office
BEGIN:DAYLIGHT
DTSTART:19810329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`;

/** A weekly series of four, of which the last is moved. */
const series = (title: string, zone: string, [start, original, moved]: readonly [string, string, string]): string =>
  [
    'BEGIN:VEVENT',
    `UID:weekly@example.com`,
    'DTSTAMP:20261001T000000Z',
    `DTSTART;TZID=${zone}:${start}`,
    'DURATION:PT30M',
    'RRULE:FREQ=WEEKLY;COUNT=4',
    `SUMMARY:${title}`,
    'END:VEVENT',
    'BEGIN:VEVENT',
    `UID:weekly@example.com`,
    'DTSTAMP:20261001T000000Z',
    `RECURRENCE-ID;TZID=${zone}:${original}`,
    `DTSTART;TZID=${zone}:${moved}`,
    'DURATION:PT30M',
    `SUMMARY:${title}`,
    'END:VEVENT',
    '',
  ].join('\n');

const CALENDARS: Readonly<Record<string, string>> = {
  '/berlin.ics': BERLIN + series('Stand-up', 'Office', ['20261019T100000', '20261109T100000', '20261110T140000']),
  // Outlook's name of a zone, which it does not define.
  '/new-york.ics': series('Review', 'Eastern Standard Time', ['20261020T090000', '20261110T090000', '20261111T160000']),
};

/** Europe leaves summer time on 25 October, America on 1 November. */
const INSTANTS = [
  '2026-10-19T08:00:00Z Stand-up',
  '2026-10-20T13:00:00Z Review',
  '2026-10-26T09:00:00Z Stand-up',
  '2026-10-27T13:00:00Z Review',
  '2026-11-02T09:00:00Z Stand-up',
  '2026-11-03T14:00:00Z Review',
  '2026-11-10T13:00:00Z Stand-up',
  '2026-11-11T21:00:00Z Review',
];
const MOVED = INSTANTS.slice(-2);
const IN_NEW_YORK = [
  '2026-10-19 04:00 Stand-up',
  '2026-10-20 09:00 Review',
  '2026-10-26 05:00 Stand-up',
  '2026-10-27 09:00 Review',
  '2026-11-02 04:00 Stand-up',
  '2026-11-03 09:00 Review',
  '2026-11-10 08:00 Stand-up',
  '2026-11-11 16:00 Review',
];

/** A link of both calendars and a project, which has one UID twice: its address. */
async function publishedLink(): Promise<URL> {
  const server = createServer((request, response) => {
    const text = CALENDARS[request.url ?? ''] ?? '';
    response.end(`BEGIN:VCALENDAR\nVERSION:2.0\n${text}END:VCALENDAR\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(() => {
    server.closeAllConnections();
    return promisify(server.close.bind(server))();
  });
  const { port } = server.address() as AddressInfo;
  const { origin } = await demoSite(scratch, { ADMIN_TOKEN: TOKEN, SOURCE_ALLOW: '127.0.0.1' });
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const answer = await fetch(`${origin}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const json = (await answer.json()) as Record<string, unknown>;
    expect([path, answer.status, json]).toEqual([path, 201, json]);
    return json;
  };
  for (const name of ['berlin', 'new-york'])
    await post('sources', { name, kind: 'ics', url: `http://127.0.0.1:${port}/${name}.ics` });
  const { url } = await post('links', { name: 'All', scope: { projects: ['WEB'], calendars: ['berlin', 'new-york'] } });
  return new URL(new URL(String(url)).pathname, origin);
}

const ours = (lines: readonly string[] | null): string[] | null =>
  lines?.filter((line) => /(?:Stand-up|Review)$/.test(line)) ?? null;

needs([command('vdirsyncer'), command('khal')], 'khal', () => {
  test('shows meetings of other calendars at their hour, and moved ones where they are now', async () => {
    const { href } = await publishedLink();
    const subscription = await subscribe(href, await scratch.folder());
    await subscription.sync();
    expect(ours(await subscription.times('2026-10-19', '2026-11-12'))).toEqual(IN_NEW_YORK);
  });
});

needs(
  [
    command('dbus-run-session', 'dbus-daemon'),
    file('/usr/libexec/evolution-calendar-factory', 'evolution-data-server'),
    file(PYTHON, 'python3'),
    python('import gi; gi.require_version("ECal", "2.0")', 'gir1.2-ecal-2.0'),
  ],
  'Evolution',
  () => {
    test('shows meetings of other calendars at their hour, and moved ones where they are now', async () => {
      const { port, pathname } = await publishedLink();
      const evolution = await startEvolution(Number(port), pathname, scratch);
      const seen = async () => ours(await evolution.instances('2026-10-18T00:00:00Z', '2026-11-13T00:00:00Z'));
      expect(await eventuallyEqual(seen, INSTANTS)).toEqual(INSTANTS);
    });
  },
);

needs([command('thunderbird'), command('sqlite3')], 'Thunderbird', () => {
  test('has moved meetings of other calendars where they are now', async () => {
    const { href } = await publishedLink();
    const thunderbird = await startThunderbird(href, scratch);
    expect(await eventuallyEqual(thunderbird.moved, MOVED)).toEqual(MOVED);
  });
});
