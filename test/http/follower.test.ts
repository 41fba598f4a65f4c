import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../src/domain/errors.ts';
import { createFollowerServer, type FollowerServerOptions } from '../../src/http/follower.ts';
import { EMPTY_HEALTH } from '../support/health.ts';

/** What a server without the lease answers by itself, and what the leader answers for it. */

const ADMIN = 'admin-token-of-the-servers';

interface Site {
  readonly ask: (path: string, headers?: Record<string, string>, method?: string) => Promise<Response>;
  /** The paths that the leader was asked for. */
  readonly relayed: readonly string[];
  readonly close: () => Promise<void>;
}

const known = { isLed: true, person: undefined as unknown, catchUps: 0 };

/** Looks people up, and knows nothing else. */
const publicFeeds = {
  person: () => (known.person instanceof Error ? Promise.reject(known.person) : Promise.resolve(undefined)),
  project: () => Promise.resolve(undefined),
  projectAtHand: () => undefined,
};

async function aFollower(more: Partial<FollowerServerOptions> = {}): Promise<Site> {
  const relayed: string[] = [];
  const options = {
    publicFeeds,
    links: { byToken: () => undefined, byPath: () => undefined },
    lag: { answered: () => undefined },
    accessLog: { record: () => undefined },
    outside: { record: () => undefined },
    receiver: { isReady: () => false, refused: () => undefined },
    misdirected: { note: () => undefined },
    metrics: { count: () => undefined, text: () => Promise.resolve('plane_ics_leader 0\n'), contentType: 'text/plain' },
    grants: { find: () => undefined, accessOf: () => null },
    relay: {
      answer: (request: IncomingMessage, response: ServerResponse) => {
        relayed.push(`${request.method ?? ''} ${request.url ?? ''}`);
        response.writeHead(299).end('from the leader');
        return Promise.resolve();
      },
    },
    adminToken: () => ADMIN,
    metricsToken: () => null,
    selfService: () => true,
    secretKey: 'secret-key-of-the-servers',
    health: () => ({ ...EMPTY_HEALTH, status: 'degraded' }),
    isLed: () => known.isLed,
    isLocal: () => false,
    catchUp: () => {
      known.catchUps++;
      return Promise.resolve();
    },
    open: () => true,
    isStopping: () => false,
    publicUrl: 'https://calendars.example.com',
    trustProxy: 0,
    version: '1.0.0',
    assets: new Map([['index.html', Buffer.from('<!doctype html>')]]),
    now: Date.now,
    delay: () => new Promise(() => undefined),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined },
    ...more,
  } as unknown as FollowerServerOptions;
  const answer = createFollowerServer(options).callback();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ask: async (path, headers = {}, method = 'GET') => {
      const response = await fetch(url + path, { method, headers });
      const body = await response.arrayBuffer();
      return new Response(body.byteLength > 0 ? body : null, response);
    },
    relayed,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

let site: Site;
beforeEach(() => {
  Object.assign(known, { isLed: true, person: undefined, catchUps: 0 });
});
afterEach(() => site.close());

const admin = { authorization: `Bearer ${ADMIN}` };

describe('a follower', () => {
  test('has the leader answer the API, invitations and the demo', async () => {
    site = await aFollower();
    const asked = ['/api/v1/links?all=1', '/s/abcdefghijklmnopqrstuv', '/webhooks/status', '/demo/browse/WEB-1'];
    for (const path of asked) expect((await site.ask(path, admin)).status).toBe(299);
    expect((await site.ask('/api/v1/links', admin, 'POST')).status).toBe(299);
    expect(site.relayed).toEqual([...asked.map((path) => `GET ${path}`), 'POST /api/v1/links']);
  });

  test('answers the page, its description and who it is by itself, and unknown addresses with 404', async () => {
    site = await aFollower();
    for (const path of ['/', '/health', '/openapi.json'])
      expect([path, (await site.ask(path)).status]).toEqual([path, 200]);
    for (const path of ['/nothing', '/api', '/api/v2/links', '/apis/v1/x', '/ics/NOTHING.ics'])
      expect([path, (await site.ask(path)).status]).toEqual([path, 404]);
    expect(await (await site.ask('/metrics', admin)).text()).toBe('plane_ics_leader 0\n');
    expect((await site.ask('/metrics')).status).toBe(401);
    expect(site.relayed).toEqual([]);
  });

  test('answers about health with what the leader says, and without one with what it knows', async () => {
    site = await aFollower();
    expect((await site.ask('/api/v1/health', admin)).status).toBe(299);
    known.isLed = false;
    expect(await (await site.ask('/api/v1/health', admin)).json()).toMatchObject({ status: 'degraded' });
    expect((await site.ask('/api/v1/health')).status).toBe(401);
    expect(site.relayed).toHaveLength(1);
  });

  test('relays only so many requests of strangers, who cost writes, and any number of those who signed in', async () => {
    site = await aFollower();
    const statuses = new Map<number, number>();
    const count = async (headers: Record<string, string>): Promise<void> => {
      const { status } = await site.ask('/api/v1/session', headers);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    for (let times = 0; times < 70; times++) await count({});
    expect([...statuses]).toEqual([
      [299, 60],
      [429, 10],
    ]);
    for (let times = 0; times < 70; times++) await count(admin);
    expect(statuses.get(299)).toBe(130);
    expect(site.relayed).toHaveLength(130);
  });

  test("shows a link's recipients their page by itself, and has a budget of their own for what it shows", async () => {
    const token = 'abcdefghijklmnopqrstuv';
    const links = { byToken: (given: string) => (given === token ? { link: { id: 'link-1' } } : undefined) };
    site = await aFollower({ links: links as unknown as FollowerServerOptions['links'] });
    for (let times = 0; times < 70; times++) {
      const page = await site.ask(`/s/${token}`);
      expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
      expect((await site.ask(`/s/${token}/state`)).status).toBe(299);
    }
    expect(new Set(site.relayed)).toEqual(new Set([`GET /s/${token}/state`]));
    for (let times = 0; times < 60; times++) expect((await site.ask('/s/bcdefghijklmnopqrstuvw')).status).toBe(299);
    const refused = await site.ask('/s/bcdefghijklmnopqrstuvw');
    expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('Too many requests')]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('takes no large bodies of strangers, which would be stored before the leader refuses them', async () => {
    const limits: unknown[] = [];
    const answer: FollowerServerOptions['relay']['answer'] = (_request, response, _isLocal, _address, maxBytes) => {
      limits.push(maxBytes);
      response.end();
      return Promise.resolve();
    };
    site = await aFollower({ relay: { answer } });
    for (const headers of [{}, { authorization: 'Bearer wrong' }, admin])
      await site.ask('/api/v1/links', headers, 'POST');
    expect(limits).toEqual([64_000, 64_000, undefined]);
  });

  test('catches up before it says that there is no such calendar', async () => {
    site = await aFollower();
    expect((await site.ask('/ics/abcdefghijklmnopqrstuv/team.ics')).status).toBe(404);
    expect(known.catchUps).toBe(1);
    expect(site.relayed).toEqual([]);
  });

  test('does not say so while it can not know', async () => {
    site = await aFollower({ catchUp: () => Promise.reject(new AppError('storage_unavailable', 'no database')) });
    expect((await site.ask('/ics/abcdefghijklmnopqrstuv/team.ics')).status).toBe(503);
  });

  test.each([
    ['has the leader answer for someone it does not know', undefined, true],
    [
      'has the leader answer for an e-mail address, which only Plane knows',
      new AppError('not_leading', 'ask the leader'),
      true,
    ],
    ['refuses what is ambiguous by itself', new AppError('invalid', 'two people'), false],
  ])('%s', async (_, person, isRelayed) => {
    site = await aFollower();
    known.person = person;
    expect((await site.ask('/ics/person/anna@example.com.ics')).status).toBe(isRelayed ? 299 : 400);
    expect(site.relayed).toHaveLength(Number(isRelayed));
  });

  test('asks nobody for people where readable addresses are closed', async () => {
    site = await aFollower({ open: () => false });
    expect((await site.ask('/ics/person/anna.ics')).status).toBe(404);
    expect(site.relayed).toEqual([]);
  });
});
