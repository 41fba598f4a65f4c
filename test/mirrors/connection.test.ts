import { describe, expect, test } from '@jest/globals';
import { createConnection, type MirrorConnection } from '../../src/mirrors/connection.ts';
import type { MirrorConfig } from '../../src/mirrors/mirror.ts';
import { A_CALENDAR, errorOf, found, multistatus, stub, tools, type Stub } from '../caldav/support.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { createScratch } from '../support/scratch.ts';
import { aConfig } from './support/config.ts';

/** A mirror's connection: when it logs in, and which calendar it remembers. */

const scratch = createScratch();
const HOME = found('/h/', '<c:calendar-home-set><d:href>/h/</d:href></c:calendar-home-set>');
const WORK = found('/h/work/', `${A_CALENDAR}<d:displayname>Work</d:displayname>`);

/** A server with the calendar "Work", unless it is removed. */
async function aServer() {
  const state = { isRemoved: false, isRefusing: false };
  const server = await stub(scratch, ({ url, headers }, response) => {
    if (state.isRefusing) response.writeHead(401).end();
    else if (url === '/h/work/' && state.isRemoved) response.writeHead(404).end();
    else if (url === '/h/work/') multistatus(response, WORK);
    else multistatus(response, headers.depth === '1' && !state.isRemoved ? HOME + WORK : HOME);
  });
  return { ...server, state };
}

async function connect(
  server: Stub,
  fields: Partial<MirrorConfig> = {},
  store = aMemoryStore(),
  isLeader = (): boolean => true,
) {
  const { server: login } = aConfig();
  const config = aConfig({
    server: { ...login, url: `${server.origin}/h/` },
    calendar: { url: null, name: 'Work' },
    anchor: 'Work',
    ...fields,
  });
  const accountTools = tools();
  const now = (): number => accountTools.now;
  const connection = await createConnection({ config, store, component: 'VEVENT', accountTools, isLeader, now });
  scratch.defer(() => connection.close());
  return { connection, store, accountTools };
}

const searches = ({ got }: Stub): number => got.filter(({ headers }) => headers.depth === '1').length;
const urlOf = ({ origin }: Stub): string => `${origin}/h/work/`;
const openAll = (connection: MirrorConnection) => Promise.all([connection.open(), connection.open()]);

describe('a connection', () => {
  test('sends nothing before it is opened, logs in once, and finds its calendar once', async () => {
    const server = await aServer();
    const { connection, store } = await connect(server);
    expect([connection.calendar(), server.got]).toEqual([null, []]);
    const [one, two] = await openAll(connection);
    expect([one.url, two === one, connection.calendar()]).toEqual([
      urlOf(server),
      true,
      { url: urlOf(server), name: 'Work', lostSince: null },
    ]);
    expect(searches(server)).toBe(1);

    const { connection: next } = await connect(server, {}, store);
    expect(next.calendar()).toMatchObject({ url: urlOf(server), name: 'Work' });
    await next.open();
    expect(searches(server)).toBe(1);
  });

  test('of another name, user or server searches again', async () => {
    const server = await aServer();
    const { connection, store } = await connect(server);
    await connection.open();
    for (const fields of [{ anchor: 'Other' }, { server: { ...aConfig().server, username: 'bob' } }])
      expect((await connect(server, fields, store)).connection.calendar()).toBeNull();
  });

  test('that failed connects again', async () => {
    const server = await aServer();
    const { connection } = await connect(server);
    server.state.isRefusing = true;
    expect((await errorOf(connection.open())).code).toBe('caldav_key');
    server.state.isRefusing = false;
    expect((await connection.open()).url).toBe(urlOf(server));
  });

  test('logs in again after a refused login, and not after other errors', async () => {
    const server = await aServer();
    const { connection } = await connect(server);
    const first = await connection.open();
    await connection.recover('caldav_unavailable');
    expect(await connection.open()).toBe(first);
    await connection.recover('caldav_key');
    expect(await connection.open()).not.toBe(first);
  });

  test('forgets its calendar on request', async () => {
    const server = await aServer();
    const { connection, store } = await connect(server);
    await connection.open();
    await connection.forget();
    expect((await connect(server, {}, store)).connection.calendar()).toBeNull();
  });
});

test('a calendar that is missing is looked for at the next connection, and used where it is back', async () => {
  const server = await aServer();
  const { connection, accountTools } = await connect(server);
  await connection.open();
  await connection.recover('caldav_not_found');
  expect(connection.calendar()?.lostSince).toBe(accountTools.now);
  await connection.recover('caldav_not_found');
  await connection.open();
  expect(connection.calendar()?.lostSince).toBeNull();
  expect(server.got.map(({ method }) => method)).not.toContain('MKCALENDAR');
});

test('a search that creates nothing leaves it to the next, also while that waits for it', async () => {
  const server = await stub(scratch, ({ url, method }, response) => {
    if (method === 'MKCALENDAR') response.writeHead(201).end();
    else multistatus(response, url === '/h/' ? HOME : WORK.replaceAll('/h/work/', url));
  });
  const { connection } = await connect(server);
  const [found, opened] = await Promise.all([connection.find(), connection.open()]);
  expect([found, opened.displayName, await connection.find()]).toEqual([null, 'Work', opened]);
  expect(server.got.filter(({ method }) => method === 'MKCALENDAR')).toHaveLength(1);
});

test('a login without its secrets is an error of the key', async () => {
  const server = await aServer();
  const { connection } = await connect(server, { secrets: null });
  const error = await errorOf(connection.open());
  expect([error.code, error.message]).toEqual(['caldav_key', expect.stringContaining('SECRET_KEY')]);
  expect(server.got).toEqual([]);
});

test('creates no calendar on a server that is not the leader any more', async () => {
  const server = await aServer();
  let isLeader = true;
  const { connection } = await connect(
    server,
    { calendar: { url: null, name: 'New' } },
    aMemoryStore(),
    () => isLeader,
  );
  const opening = errorOf(connection.open());
  isLeader = false;
  expect((await opening).code).toBe('storage_unavailable');
  expect(server.got.filter(({ method }) => method === 'MKCALENDAR')).toEqual([]);
});
