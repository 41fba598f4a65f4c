import { expect, test } from '@jest/globals';
import { createRefreshTokens } from '../../../src/caldav/refresh-tokens.ts';
import { notLeadingError } from '../../../src/domain/errors.ts';
import { createKeyedMutex } from '../../../src/lib/keyed-mutex.ts';
import { connectThrough, DIRECT } from '../../../src/lib/proxy.ts';
import { toBackup } from '../../../src/mirrors/backup/backup.ts';
import { restoreCalendar } from '../../../src/mirrors/target/any-calendar.ts';
import { A_CALENDAR, found, multistatus, stub, tools } from '../../caldav/support.ts';
import { loginAt } from '../../sources/calendars/fixture.ts';
import { NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { createScratch } from '../../support/scratch.ts';

/** Backups of any account. */

const scratch = createScratch();
const HOME = found('/h/', '<c:calendar-home-set><d:href>/h/</d:href></c:calendar-home-set>');

function restoreTools() {
  const { clock, delay, random, log } = tools();
  const vault = { seal: (text: string) => text, open: (text: string) => text };
  const refreshTokens = createRefreshTokens(aMemoryStore(), vault);
  const connect = connectThrough(DIRECT);
  return { now: clock, delay, random, log, connect, refreshTokens, runExclusive: createKeyedMutex() };
}

/** A backup of a calendar of events, to-dos and journals, which has events and to-dos. */
function aMixedBackup(components = ['VEVENT', 'VJOURNAL', 'VTODO']) {
  const stored = ['VEVENT', 'VTODO'].map((kind) => {
    const text = `BEGIN:VCALENDAR\r\nBEGIN:${kind}\r\nUID:${kind}\r\nEND:${kind}\r\nEND:VCALENDAR\r\n`;
    return { name: `${kind.toLowerCase()}.ics`, href: '', etag: null, text };
  });
  return toBackup({ url: 'https://old.example.com/c/', displayName: 'Work', components }, stored, NOON);
}

/** A server that makes only calendars of these kinds, and stores in each what it was made for. */
async function aServer(accepts: (kinds: string) => boolean) {
  const made = new Map<string, string>();
  const written: string[] = [];
  const server = await stub(scratch, ({ method, url, body }, response) => {
    const kinds = made.get(url);
    if (method === 'MKCALENDAR') {
      const wanted = [...body.matchAll(/name="(\w+)"/g)].map(([, kind]) => kind).join();
      if (accepts(wanted)) made.set(url, wanted);
      response.writeHead(accepts(wanted) ? 201 : 403).end();
    } else if (method === 'PUT') {
      const kind = /^BEGIN:(VEVENT|VTODO)/m.exec(body)?.[1] ?? '';
      const isAccepted =
        made
          .get(url.replace(/[^/]*$/, ''))
          ?.split(',')
          .includes(kind) === true;
      if (isAccepted) written.push(url.split('/').at(-1)!);
      response.writeHead(isAccepted ? 201 : 403, { etag: '"1"' }).end();
    } else if (kinds === undefined) multistatus(response, HOME);
    else multistatus(response, found(url, A_CALENDAR));
  });
  return { origin: server.origin, made, written };
}

test.each<[string, (kinds: string) => boolean, string, string[]]>([
  ['all that it makes', () => true, 'VEVENT,VJOURNAL,VTODO', ['vevent.ics', 'vtodo.ics']],
  ['no journals', (kinds) => !kinds.includes('VJOURNAL'), 'VEVENT,VTODO', ['vevent.ics', 'vtodo.ics']],
  ['one kind in a calendar', (kinds) => !kinds.includes(','), 'VEVENT', ['vevent.ics']],
])('a mixed calendar is created anew where a server accepts %s', async (_what, accepts, expected, stored) => {
  const { origin, made, written } = await aServer(accepts);
  const request = { calendar: { url: null, name: 'Work' }, backup: aMixedBackup() };
  const restored = await restoreCalendar(loginAt(`${origin}/h/`), request, restoreTools());
  expect([[...made.values()], restored.created, written]).toEqual([[expected], stored.length, stored]);
  expect(restored.skipped).toHaveLength(2 - stored.length);
});

test('a calendar whose server did not say what it accepts is created for what is in it', async () => {
  const { origin, made, written } = await aServer(() => true);
  const request = { calendar: { url: null, name: 'Work' }, backup: aMixedBackup([]) };
  const { skipped } = await restoreCalendar(loginAt(`${origin}/h/`), request, restoreTools());
  expect([[...made.values()], written, skipped]).toEqual([['VEVENT,VTODO'], ['vevent.ics', 'vtodo.ics'], []]);
});

test('a server that is not the leader any more restores nothing, and creates no calendar', async () => {
  const { origin, made, written } = await aServer(() => true);
  const request = { calendar: { url: null, name: 'Work' }, backup: aMixedBackup() };
  const using = { ...restoreTools(), isLeader: () => false };
  await expect(restoreCalendar(loginAt(`${origin}/h/`), request, using)).rejects.toThrow(notLeadingError().message);
  expect([[...made], written]).toEqual([[], []]);
});
