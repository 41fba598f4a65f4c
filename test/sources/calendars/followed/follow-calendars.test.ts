import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RawComponent } from '../../../../src/icalendar/foreign/types.ts';
import { unfoldLines } from '../../../../src/icalendar/text.ts';
import type { ForeignCalendar } from '../../../../src/sources/calendars/content.ts';
import type { Head, StoredGroup } from '../../../../src/sources/calendars/state/store.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { anEvent, aWebServer, calendar, events, loginAt, status as answer, type WebServer } from '../fixture.ts';
import { aPairOfServers, componentsOf, type Follower, type Leader, type Servers } from './fixture.ts';

const HOUR_MS = 3_600_000;
const turn = (): Promise<void> => new Promise(setImmediate);

let stores: { kept: ReturnType<typeof aMemoryStore>; cache: ReturnType<typeof aMemoryStore> };
let servers: Servers;
let web: WebServer;
let leader: Leader;
let follower: Follower;
let id: string;

beforeEach(async () => {
  stores = { kept: aMemoryStore(), cache: aMemoryStore() };
  servers = aPairOfServers(stores);
  web = await aWebServer(calendar(events(5)));
  [leader, follower] = [await servers.lead(), await servers.follow()];
  ({ id } = (await leader.add({ name: 'Team', kind: 'ics', login: loginAt(`${web.url}/a.ics`) })).config);
  await leader.announce();
  await catchUp();
});

async function catchUp(): Promise<void> {
  await follower.kept.catchUp();
  await follower.cache.catchUp();
}
/** The leader reads the calendar, which has these events now. */
async function read(lines: readonly string[]): Promise<void> {
  web.respond = calendar(lines);
  servers.time.now += 2 * HOUR_MS;
  await leader.refresh(id);
  await leader.announce();
}
const content = (): ForeignCalendar => follower.status(id).content as ForeignCalendar;
const edited = (): string[] => [...events(4), ...anEvent('4@example.com', ['SUMMARY:Edited'])];

test('a calendar is found by its id and its name, and shown as the leader shows it', () => {
  expect(follower.find('TEAM')).toEqual(leader.find('Team'));
  expect(follower.find(id)).toEqual(leader.find(id));
  expect(follower.find('Other')).toBeUndefined();
  expect(follower.all()).toEqual(leader.all());
  const { checkedAt, freshUntil, error, removed, missing } = leader.status(id);
  expect(follower.status(id)).toMatchObject({ checkedAt, freshUntil, error, removed, missing });
  expect(componentsOf(follower, id)).toEqual(componentsOf(leader, id));
});

test('a change of one event is one group, and rebuilds no other', async () => {
  const before = content();
  const reported = follower.cache.reported();
  await read(edited());
  await catchUp();
  // The group, the head, and how fresh it is.
  expect(follower.cache.reported() - reported).toBe(3);
  expect([...content().changedSince(before)]).toEqual(['4@example.com']);
  for (const [uid, group] of before.state.groups)
    if (uid !== '4@example.com') expect(content().state.groups.get(uid)).toBe(group);
});

test('an event is never shown with the stamp of its earlier text, whichever store is read first', async () => {
  await read(edited());
  const after = componentsOf(leader, id);
  const before = componentsOf(follower, id);
  expect(JSON.stringify(after)).toContain('SEQUENCE');
  await follower.kept.catchUp();
  expect(componentsOf(follower, id)).toEqual(before);
  await follower.cache.catchUp();
  expect(componentsOf(follower, id)).toEqual(after);
});

test('a save is shown when all of it is there', async () => {
  const before = content();
  const group = [...stores.cache.records].find(([key]) => key.startsWith('source-group'));
  const [, groupId] = group![0].split('\0');
  const value = JSON.parse(group![1]) as StoredGroup;
  await stores.cache.write([
    { kind: 'source-group', id: groupId!, value: { ...value, tzids: ['Europe/Berlin'], revision: 1 } },
  ]);
  await catchUp();
  expect(content()).toBe(before);
  const head = (await stores.cache.get('source-head', id)) as Head;
  await stores.cache.write([{ kind: 'source-head', id, value: { ...head, checkedAt: head.checkedAt + 1 } }]);
  await catchUp();
  expect([...content().changedSince(before)]).toEqual([value.uid]);
});

test('a read that finds the same changes nothing that is shown', async () => {
  const [before, number] = [content(), follower.generation([id])];
  await read(events(5));
  await catchUp();
  expect(content()).toBe(before);
  expect(follower.generation([id])).toBe(number);
  expect(follower.status(id).checkedAt).toBe(servers.time.now);
});

test('a setting that shows nothing else changes nothing that is shown', async () => {
  const before = content();
  await leader.edit(id, { refreshSeconds: 600 });
  await catchUp();
  expect(content()).toBe(before);
  await leader.edit(id, { color: '#ff0000' });
  await catchUp();
  expect(content().info.color).toBe('#ff0000');
  expect(content().changedSince(before).size).toBe(5);
});

test('a complete reading keeps what did not change, and removes what is not there', async () => {
  const before = content();
  await read(events(4));
  await follower.cache.catchUp('everything');
  expect([...content().state.groups.keys()].sort()).toEqual([0, 1, 2, 3].map((n) => `${n}@example.com`));
  for (const [uid, group] of content().state.groups) expect(group).toBe(before.state.groups.get(uid));
});

describe('a removed source', () => {
  test('ends its feeds at once', async () => {
    const changed: string[] = [];
    follower.onChange((one) => changed.push(one));
    await leader.remove(id);
    await catchUp();
    expect(follower.status(id).removed).toEqual(leader.status(id).removed);
    expect(follower.status(id)).toMatchObject({ content: null, removed: { reason: 'deleted' } });
    expect(follower.all()).toEqual([]);
    expect(changed).toEqual([id]);
  });

  test('leaves nothing in the cache', async () => {
    await leader.remove(id);
    await leader.announce();
    expect([...stores.cache.records.keys()]).toEqual([]);
  });
});

describe('what can not be read', () => {
  test('is announced with its code', async () => {
    web.respond = answer(500);
    servers.time.now += 2 * HOUR_MS;
    await leader.refresh(id);
    await leader.announce();
    await catchUp();
    expect(follower.status(id).error).toMatchObject({ code: 'source_unavailable' });
    expect(follower.status(id).content).not.toBeNull();
  });

  test('because there is no such calendar any more is announced as that', async () => {
    web.respond = answer(404);
    for (let times = 0; times < 2; times++) {
      servers.time.now += 2 * HOUR_MS;
      await leader.refresh(id);
    }
    await leader.announce();
    await catchUp();
    expect(follower.status(id).removed).toMatchObject({ reason: 'access lost' });
    expect(follower.status(id).removed).toEqual(leader.status(id).removed);
  });
});

describe('a refresh', () => {
  test('is what the leader is asked for, and ends with its answer', async () => {
    web.respond = calendar(edited());
    servers.time.now += 2 * HOUR_MS;
    const refreshed = follower.refresh(id);
    await turn();
    expect(follower.wanted).toEqual([{ projects: [], list: false, calendars: [id], refresh: true }]);
    await leader.answer(follower.wanted[0]!);
    await catchUp();
    await refreshed;
    expect(componentsOf(follower, id)).toEqual(componentsOf(leader, id));
    expect(JSON.stringify(componentsOf(follower, id))).toContain('Edited');
  });

  test('reads nothing that is fresh, and ends all the same', async () => {
    const requests = web.requests.length;
    const refreshed = follower.refresh(id);
    await turn();
    await leader.answer(follower.wanted[0]!);
    await catchUp();
    await refreshed;
    expect(web.requests).toHaveLength(requests);
  });

  test('of a source that is not there asks nobody', async () => {
    await follower.refresh('cal-0000000000');
    await turn();
    expect(follower.wanted).toEqual([]);
  });
});

describe.each([1, 2])('what an earlier release stored (format %i)', (format) => {
  async function store(): Promise<void> {
    await read(edited());
    for (const [key, json] of stores.cache.records) {
      const value = JSON.parse(json) as Head & StoredGroup;
      if (key.startsWith('source-group'))
        stores.cache.records.set(key, JSON.stringify(format === 1 ? asLines(value) : withoutDays(value)));
      if (key.startsWith('source-head')) stores.cache.records.set(key, JSON.stringify({ ...value, format }));
    }
  }
  /** Lines instead of texts, and no revisions beside the groups. */
  const asLines = ({ revision: _revision, components, ...group }: StoredGroup): StoredGroup => ({
    ...group,
    components: components.map((one) => {
      const { text, ...component } = one as RawComponent;
      return { ...component, lines: unfoldLines(text) };
    }),
  });

  const withoutDays = ({ components, ...group }: StoredGroup): StoredGroup => ({
    ...group,
    components: components.map(({ days: _days, ...component }) => component),
  });

  test('is not shown until the leader has stored it in the present form, without reading the calendar', async () => {
    await store();
    const late = await servers.follow();
    expect(late.status(id)).toMatchObject({ content: null, error: null });
    const requests = web.requests.length;
    const next = await servers.lead();
    await next.announce();
    await late.cache.catchUp();
    expect(componentsOf(late, id)).toEqual(componentsOf(leader, id));
    expect(componentsOf(next, id)).toEqual(componentsOf(leader, id));
    expect(web.requests).toHaveLength(requests);
  });

  test('is stored once', async () => {
    await store();
    await (await servers.lead()).announce();
    const written = follower.cache.reported();
    await servers.lead();
    await catchUp();
    await catchUp();
    const before = follower.cache.reported();
    expect(before).toBeGreaterThan(written);
    await (await servers.lead()).announce();
    await catchUp();
    expect(follower.cache.reported() - before).toBeLessThanOrEqual(1);
  });
});
