import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { notLeadingError } from '../../../src/domain/errors.ts';
import type { FollowedStore } from '../../../src/domain/ports.ts';
import { versionOf } from '../../../src/lib/record-version.ts';
import { reportTo } from '../../../src/store/listeners.ts';
import { createVault } from '../../../src/store/vault.ts';
import { openAnswer, openRequest, sealContent, type RelayedRequest } from '../../../src/server/relay/task.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { delay } from '../../support/time.ts';
import { aFollower, aLeader, exchange, listenOn, readAll, until, VAULT, type Got } from './support.ts';

const REQUEST: RelayedRequest = { method: 'GET', url: '/', headers: [], body: null, address: '', isLocal: false };
const KINDS = ['task', 'task-content'];

/** What is in the store of tasks. */
async function stored(store: FollowedStore): Promise<[string, unknown][]> {
  return (await Promise.all(KINDS.map((kind) => store.list(kind)))).flat();
}

const isEmpty = (store: FollowedStore) => async (): Promise<boolean> => (await stored(store)).length === 0;
const errorOf = ({ text }: Got): unknown[] => {
  const { error_code: code, message } = JSON.parse(text) as Record<string, unknown>;
  return [code, message];
};
const headersOf = ({ headers }: Got): Record<string, string> =>
  Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1]!]] : [])));

/** Time that passes at once, 1 ms of it for each pause. */
function fastTime(): { elapsed: () => number; delay: (ms: number) => Promise<void>; pass: (ms: number) => void } {
  let now = 0;
  return {
    elapsed: () => now,
    delay: (ms) => (ms < 30_000 ? delay(1) : new Promise(() => undefined)),
    pass: (ms) => {
      now += ms;
    },
  };
}

test('neither a request nor an answer can be read in the store, and nothing of them is left', async () => {
  const store = aMemoryStore();
  const secrets = ['token-1234', 'cookie-1234', 'password-1234', 'address-1234', 'answer-1234', 'session-1234'];
  const seen: string[] = [];
  await store.follow(KINDS, ({ records }) => seen.push(JSON.stringify(records)));
  await aLeader(store, (_, response) => response.setHeader('Set-Cookie', 's=session-1234').end('answer-1234'));
  const { port } = await aFollower(store);
  const got = await exchange(port, {
    method: 'POST',
    path: '/s/address-1234',
    headers: ['Authorization', 'Bearer token-1234', 'Cookie', 'a=cookie-1234'],
    body: Buffer.from('{"password":"password-1234"}'),
  });
  expect([got.status, got.text]).toEqual([200, 'answer-1234']);
  await until(isEmpty(store));
  expect(seen.length).toBeGreaterThan(3);
  const all = seen.join();
  for (const secret of secrets) {
    expect(all).not.toContain(secret);
    expect(all).not.toContain(Buffer.from(secret).toString('base64').slice(0, 10));
  }
});

test('a request that no leader begins is withdrawn after 30 seconds, and never performed', async () => {
  const store = aMemoryStore();
  const time = fastTime();
  const { port } = await aFollower(store, time);
  const waiting = exchange(port, { method: 'POST', path: '/api/v1/links' });
  await until(async () => (await stored(store)).length > 0);
  time.pass(30_000);
  const got = await waiting;
  expect([got.status, headersOf(got)['retry-after'], ...errorOf(got)]).toEqual([
    503,
    '5',
    'NOT_READY',
    'No server does this at the moment. Nothing was changed; try again soon.',
  ]);
  let performed = 0;
  await aLeader(store, (_, response) => {
    performed++;
    response.end();
  });
  await exchange(port, {});
  expect(performed).toBe(1);
});

test('a browser that opens a page gets the sentence', async () => {
  const store = aMemoryStore();
  const time = fastTime();
  const { port } = await aFollower(store, time);
  const waiting = exchange(port, { headers: ['Accept', 'text/html,*/*;q=0.8'] });
  await until(async () => (await stored(store)).length > 0);
  time.pass(30_000);
  const got = await waiting;
  expect(headersOf(got)).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  expect(got.text).toBe('No server does this at the moment. Nothing was changed; try again soon.\n');
});

test('a request whose visitor hangs up before a leader begins is never performed', async () => {
  const store = aMemoryStore();
  const { port } = await aFollower(store, fastTime());
  const waiting = exchange(port, { method: 'POST' }, (outgoing) => {
    void until(async () => (await stored(store)).length > 0).then(() => outgoing.destroy());
  });
  await expect(waiting).rejects.toThrow();
  await until(isEmpty(store));
});

test('what a former leader had begun is performed again where that changes nothing, and otherwise answered with what is known', async () => {
  const store = aMemoryStore();
  const begun: string[] = [];
  await aLeader(store, ({ method, url }) => void begun.push(`${method} ${url}`), { store: dying(store, begun) });
  const { port } = await aFollower(store);
  const waiting = ['GET', 'HEAD', 'POST', 'DELETE'].map((method) => exchange(port, { method, path: `/${method}` }));
  await until(() => begun.length === 4);
  const performed: string[] = [];
  await aLeader(store, ({ method }, response) => {
    performed.push(method!);
    response.end('new');
  });
  const [get, head, ...changes] = await Promise.all(waiting);
  expect([get!.text, head!.status, performed.sort()]).toEqual(['new', 200, ['GET', 'HEAD']]);
  for (const got of changes) {
    const message = 'The server was replaced while it made this change. See whether it was made.';
    expect([got.status, ...errorOf(got)]).toEqual([503, 'NOT_READY', message]);
    expect(headersOf(got)).not.toHaveProperty('retry-after');
  }
});

/** A store that a server can't reach any more once it has begun four tasks. */
function dying(store: FollowedStore, begun: readonly string[]): FollowedStore {
  return {
    ...store,
    write: (changes) => (begun.length >= 4 ? Promise.reject(notLeadingError()) : store.write(changes)),
  };
}

test('a request that takes long delays no other, and at most 8 are performed at a time', async () => {
  const store = aMemoryStore();
  const open: ServerResponse[] = [];
  await aLeader(store, ({ url }, response) => {
    if (url === '/slow') open.push(response);
    else response.end('fast');
  });
  const { port } = await aFollower(store);
  const slow = Array.from({ length: 7 }, () => exchange(port, { path: '/slow' }));
  await until(() => open.length === 7);
  expect((await exchange(port, { path: '/fast' })).text).toBe('fast');
  slow.push(exchange(port, { path: '/slow' }));
  await until(() => open.length === 8);
  const late = exchange(port, { path: '/fast' });
  await until(async () => (await store.list('task')).length === 9);
  open.pop()!.end('slow');
  expect((await late).text).toBe('fast');
  for (const response of open) response.end('slow');
  expect((await Promise.all(slow)).map(({ text }) => text)).toEqual(Array(8).fill('slow'));
});

test('at most 16 requests of a follower are stored at a time, and more wait their turn', async () => {
  const store = aMemoryStore();
  const { port } = await aFollower(store);
  let most = 0;
  await store.follow(['task'], () => {
    void store.list('task').then((tasks) => (most = Math.max(most, tasks.length)));
  });
  const waiting = Array.from({ length: 40 }, (_, at) => exchange(port, { path: `/${at}` }));
  await until(() => most === 16);
  await aLeader(store, ({ url }, response) => response.end(url));
  expect((await Promise.all(waiting)).map(({ text }) => text)).toEqual(waiting.map((_, at) => `/${at}`));
  expect(most).toBe(16);
});

test('without its database a follower answers at once, and says whether a change may have been made', async () => {
  const store = aMemoryStore();
  const lost: FollowedStore = { ...store, write: () => Promise.reject(notLeadingError()) };
  const { port } = await aFollower(lost);
  const [read, change] = [await exchange(port, {}), await exchange(port, { method: 'PUT' })];
  expect([read.status, headersOf(read)['retry-after'], ...errorOf(read)]).toEqual([
    503,
    '5',
    'STORAGE_UNAVAILABLE',
    "This server can't reach its database at the moment. Try again in a few seconds.",
  ]);
  expect([change.status, ...errorOf(change)]).toEqual([
    503,
    'STORAGE_UNAVAILABLE',
    "This server can't reach its database at the moment. See whether this change was made before you try again.",
  ]);
});

test('bodies that are too large are refused', async () => {
  const store = aMemoryStore();
  await aLeader(store, (incoming, response) => {
    void readAll(incoming).then(() => response.end(Buffer.alloc(32_000_001)));
  });
  const { port, relay } = await aFollower(store);
  const small = await listenOn((incoming, response) => void relay.answer(incoming, response, false, '', 9));
  const refused = await exchange(small, { method: 'POST', body: Buffer.alloc(10) });
  expect(errorOf(refused)).toEqual(['BAD_REQUEST', "The body can't be read; it may have 9 bytes."]);
  expect(await stored(store)).toEqual([]);
  const given = await exchange(port, { method: 'POST', body: Buffer.alloc(20_000_001) });
  expect([given.status, ...errorOf(given)]).toEqual([
    400,
    'BAD_REQUEST',
    "The body can't be read; it may have 20000000 bytes.",
  ]);
  const got = await exchange(port, { method: 'POST' });
  expect([got.status, ...errorOf(got)]).toEqual([
    500,
    'INTERNAL_ERROR',
    'This answer has more than 32000000 bytes. Ask for less at a time.',
  ]);
});

test('a route that breaks off is an internal error, and the log of the leader says so', async () => {
  const store = aMemoryStore();
  const { log } = await aLeader(store, (_, response) => {
    response.write('half');
    response.destroy();
  });
  const { port } = await aFollower(store);
  const got = await exchange(port, { path: '/secret-address' });
  expect([got.status, errorOf(got)[0]]).toEqual([500, 'INTERNAL_ERROR']);
  expect(log.lines).toMatchObject([{ level: 'error', fields: { method: 'GET' } }]);
  expect(JSON.stringify(log.lines)).not.toContain('secret-address');
});

test('servers with different keys say so', async () => {
  const store = aMemoryStore();
  let performed = 0;
  await aLeader(store, () => performed++, { vault: createVault('another key') });
  const { port } = await aFollower(store);
  const got = await exchange(port, {});
  expect([got.status, ...errorOf(got), performed]).toEqual([
    500,
    'INTERNAL_ERROR',
    'The servers have different values of SECRET_KEY. Give all of them the same.',
    0,
  ]);
});

test('the leader finds the address that the follower found, and the control socket stays what it is', async () => {
  const store = aMemoryStore();
  const echo = (name: string) => (incoming: IncomingMessage, response: ServerResponse) =>
    response.end(JSON.stringify([name, incoming.socket.remoteAddress, incoming.headers['x-forwarded-for']]));
  await aLeader(store, echo(''), { perform: { answer: echo('port'), answerLocal: echo('socket') } });
  const { port } = await aFollower(store);
  const { port: local } = await aFollower(store, {}, true);
  const asked = async (at: number, headers: readonly string[] = []): Promise<unknown> =>
    JSON.parse((await exchange(at, { headers })).text);
  expect(await asked(port)).toEqual(['port', '127.0.0.1', null]);
  expect(await asked(port, ['X-Forwarded-For', '192.0.2.7', 'x-forwarded-for', '192.0.2.8'])).toEqual([
    'port',
    '127.0.0.1',
    '127.0.0.1',
  ]);
  expect(await asked(local)).toEqual(['socket', '127.0.0.1', null]);
});

test('the leader deletes what no follower waits for any more', async () => {
  const store = aMemoryStore();
  const content = (value: string) => ({
    kind: 'task-content',
    id: value,
    value: { parts: 1, text: sealContent(VAULT, [value.split('/')[0]!, 'request'], REQUEST) },
    expected: null,
  });
  const task = { at: Date.now() - 91_000, replica: 'a', claimed: null, isAnswered: false };
  await store.write([
    { kind: 'task', id: '1', value: task, expected: null },
    content('1/request/0000'),
    { kind: 'task', id: '2', value: { ...task, claimed: 'a 1', isAnswered: true }, expected: null },
    content('2/answer/0000'),
  ]);
  let performed = 0;
  await aLeader(store, () => performed++, { delay: () => delay(1) });
  await until(isEmpty(store));
  expect(performed).toBe(0);
});

test('a leader that stops answers what it has begun, and begins nothing', async () => {
  const store = aMemoryStore();
  const open: ServerResponse[] = [];
  const { stop } = await aLeader(store, (_, response) => void open.push(response));
  const { port, relay } = await aFollower(store, fastTime());
  const begun = exchange(port, {});
  await until(() => open.length === 1);
  const stopped = stop();
  const late = exchange(port, { path: '/late' });
  await until(async () => (await store.list('task')).length === 2);
  open[0]!.end('done');
  await stopped;
  expect((await begun).text).toBe('done');
  relay.close();
  expect((await late).status).toBe(503);
  expect(open).toHaveLength(1);
});

test('a task that is deleted by others is answered', async () => {
  const store = aMemoryStore();
  const { port } = await aFollower(store);
  const waiting = exchange(port, {});
  await until(async () => (await store.list('task')).length === 1);
  const [[id, value]] = (await store.list('task')) as [[string, unknown]];
  await store.write([{ kind: 'task', id, expected: versionOf(value) }]);
  expect(errorOf(await waiting)).toEqual(['NOT_READY', 'The answer was lost. Try again.']);
});

/** The store, where damaged records are left out. */
function leavingOut(store: FollowedStore): FollowedStore {
  const follow: FollowedStore['follow'] = (kinds, listener) =>
    store.follow(kinds, (changes) => {
      reportTo(listener, changes, () => undefined);
    });
  return { ...store, follow };
}

test('a record that is no task is in the way of no other', async () => {
  const store = aMemoryStore();
  await aLeader(leavingOut(store), (_, response) => response.end('done'));
  await store.write([{ kind: 'task', id: '0', value: null }]);
  const { port } = await aFollower(store);
  expect((await exchange(port, {})).text).toBe('done');
});

test.each([-300_000, 300_000])('a leader whose clock differs by %d ms performs what arrives', async (ahead) => {
  const store = aMemoryStore();
  const now = (): number => Date.now() + ahead;
  await aLeader(store, (_, response) => response.end('done'), { now });
  const { port } = await aFollower(store);
  expect((await exchange(port, { method: 'POST' })).text).toBe('done');
});

test.each([false, true])(
  'what such a leader takes for old when it begins is answered truly (a damaged record: %p)',
  async (isDamaged) => {
    const store = aMemoryStore();
    if (isDamaged) for (const id of ['0', 'z']) await store.write([{ kind: 'task', id, value: null }]);
    const { port } = await aFollower(store);
    const answer = exchange(port, { method: 'POST' });
    await until(async () => (await store.list('task')).length > (isDamaged ? 2 : 0));
    await aLeader(leavingOut(store), (_, response) => response.end('done'), { now: () => Date.now() + 300_000 });
    expect(errorOf(await answer)).toEqual([
      'NOT_READY',
      'No server does this at the moment. Nothing was changed; try again soon.',
    ]);
  },
);

test('what is sealed for one task can be read for no other, and no request is an answer', () => {
  const sealed = sealContent(VAULT, ['1', 'request'], REQUEST);
  expect(openRequest(VAULT, '1', sealed)).toEqual(REQUEST);
  expect(openRequest(VAULT, '2', sealed)).toBe(null);
  expect(openAnswer(VAULT, '1', sealed)).toBe(null);
  const answer = { status: 200, message: '', headers: [], body: Buffer.from('secret') };
  const sealedAnswer = sealContent(VAULT, ['1', 'answer'], answer);
  expect(openAnswer(VAULT, '1', sealedAnswer)).toEqual(answer);
  expect(openAnswer(VAULT, '2', sealedAnswer)).toBe(null);
});
