import { describe, expect, test } from '@jest/globals';
import { CALDAV_HOST, createSimulatedCalDav, type SimulatedCalDav } from './caldav.ts';
import type { NetworkAnswer } from './network.ts';
import { createScheduler } from '../scheduler.ts';

/** The simulated CalDAV server itself: what it stores, what it says of it, and what it finds wrong. */

const ID = '6494fe7c-3a9f-489d-8864-012de15a881c';
const PATH = `/dav/work/plane-abcdef12-${ID}.ics`;
const event = (uid: string, summary = 'Review'): string =>
  [
    'BEGIN:VCALENDAR',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTART;VALUE=DATE:20261201',
    `SUMMARY:${summary}`,
    'CATEGORIES:Bug\\, urgent,Docs',
    'X-PLANE-MIRROR:abcdef12',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
const OWN = event(`plane-abcdef12-${ID}`);
const FEED = event(`plane-issue-${ID}@plane-ics`);

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const aServer = (seed: number): SimulatedCalDav => createSimulatedCalDav(createScheduler(seed, 0).random);

function ask(dav: SimulatedCalDav, { method, path, headers = {}, body = '' }: Ask): NetworkAnswer | null {
  const authorization = `Basic ${Buffer.from(`${dav.username}:${dav.password}`).toString('base64')}`;
  return dav.host.answer({
    method,
    url: new URL(path, `https://${CALDAV_HOST}`),
    headers: { authorization, ...headers },
    body,
  });
}

const put = (dav: SimulatedCalDav, path = PATH, body = OWN): NetworkAnswer | null =>
  ask(dav, { method: 'PUT', path, body, headers: { 'if-none-match': '*' } });

/** Enough of them that each habit is among them. */
const seeds = Array.from({ length: 200 }, (_, seed) => seed);

test('every habit stores an event so that it still says the same', () => {
  const habits = new Set<string>();
  for (const seed of seeds) {
    const dav = aServer(seed);
    habits.add(dav.habits.split(', ')[0]!);
    put(dav);
    expect([dav.habits, ...dav.differences(FEED)]).toEqual([dav.habits]);
  }
  expect(habits.size).toBe(8);
});

test('a server answers only who has its password', () => {
  const dav = aServer(1);
  expect(ask(dav, { method: 'PROPFIND', path: '/', headers: { authorization: 'Basic x' } })?.status).toBe(401);
});

test('each seed has its habits, and always the same', () => {
  expect(seeds.map((seed) => aServer(seed).habits)).toEqual(seeds.map((seed) => aServer(seed).habits));
  expect(new Set(seeds.map((seed) => aServer(seed).habits)).size).toBeGreaterThan(50);
});

describe('what is wrong in the calendar is found:', () => {
  test('an event that is missing', () => {
    expect(aServer(1).differences(FEED)).toEqual([`${ID} is not in the calendar`]);
  });

  test('one that is too much, or there twice', () => {
    const dav = seeds.map(aServer).find(({ habits }) => !habits.includes('UIDs once'))!;
    put(dav);
    put(dav, '/dav/work/copy.ics');
    expect(dav.differences('')).toEqual([
      `${ID} is in the calendar twice`,
      `${ID} is in the calendar, but not in the feed`,
    ]);
  });

  test('one that says something else', () => {
    const dav = aServer(1);
    put(dav);
    expect(dav.differences(FEED.replace('Review', 'Revue'))).toHaveLength(1);
    expect(dav.differences(FEED.replace('1201', '1202'))).toHaveLength(1);
  });

  test('an object of a person that the program removed or changed', () => {
    const dav = seeds.map(aServer).find(({ habits }) => habits.startsWith('as sent, nothing'))!;
    expect(dav.touched()).toEqual([]);
    const [first, second] = [...dav.foreign.keys()] as [string, string];
    ask(dav, { method: 'DELETE', path: first });
    ask(dav, { method: 'PUT', path: second, body: OWN });
    expect(dav.touched()).toEqual([
      `${first}, which a person made, was removed`,
      `${second}, which a person made, was changed`,
    ]);
  });
});

test('what people do is what must be there', () => {
  const dav = aServer(3);
  const texts = (): string => JSON.stringify([...dav.foreign]);
  const before = texts();
  for (const act of [dav.addForeign, dav.editForeign, dav.removeForeign]) {
    act();
    expect(texts()).not.toBe(before);
    expect(dav.touched()).toEqual([]);
  }
  while (dav.foreign.size > 0) dav.removeForeign();
  dav.editForeign();
  expect(dav.objects.size).toBe(0);
});

test('a person edits what is ours, and now and then removes it', () => {
  const seen = new Set<number>();
  for (const seed of seeds) {
    const dav = aServer(seed);
    put(dav);
    dav.editOurs();
    expect(dav.touched()).toEqual([]);
    seen.add(dav.differences(FEED).length + (dav.differences(FEED).join().includes('not in') ? 10 : 0));
  }
  // Nothing, an edit, and a removal.
  expect([...seen].sort()).toEqual([0, 1, 11]);
});

test('with faults some requests do nothing, and some answers are lost, broken or empty, though all was done', () => {
  const seen = { unsent: 0, refused: 0, lost: 0, cut: 0, hidden: 0 };
  for (const seed of seeds) {
    const dav = aServer(seed);
    dav.setFaults(1);
    const answer = put(dav);
    const isDone = dav.differences(FEED).length === 0;
    if (answer === null) seen.unsent += Number(!isDone);
    else if (answer.way === undefined) seen.refused += Number(!isDone);
    else seen[answer.way] += Number(isDone);
    const listing = ask(dav, { method: 'PROPFIND', path: '/dav/work/', headers: { depth: '1' } });
    seen.hidden += Number(listing?.status === 207 && !listing.body.toString().includes('lunch'));
  }
  expect(Object.values(seen).every((count) => count > 3)).toBe(true);
});

test('a server that says what changed says it since a token', () => {
  const dav = seeds
    .map(aServer)
    .find(({ habits }) => habits.startsWith('as sent, nothing') && habits.includes('sync'))!;
  const report = (token: string): string =>
    String(
      ask(dav, {
        method: 'REPORT',
        path: '/dav/work/',
        body: `<d:sync-collection xmlns:d="DAV:"><d:sync-token>${token}</d:sync-token></d:sync-collection>`,
      })?.body,
    );
  const tokenIn = (body: string): string => /<d:sync-token>(.*?)</.exec(body)![1]!;
  const all = report('');
  expect(all.match(/<d:response>/g)).toHaveLength(3);
  const first = tokenIn(all);
  expect(report(first)).not.toContain('<d:response>');
  dav.addForeign();
  dav.removeForeign();
  const since = report(first);
  expect(since.match(/<d:response>/g)!.length).toBeGreaterThan(0);
  expect(tokenIn(since)).not.toBe(first);
  expect(report('sync-999')).toBe('');
});
