import { describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import type { Account } from '../../src/caldav/account.ts';
import type { Credentials } from '../../src/caldav/auth.ts';
import { createAccount } from '../../src/caldav/account.ts';
import { createScratch } from '../support/scratch.ts';
import { accountAt, errorOf, multistatus, stub, tools } from './support.ts';

const scratch = createScratch();
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const password = (method: 'auto' | 'basic' | 'digest', secret = 'secret'): Credentials => ({
  kind: 'password',
  method,
  username: 'alice',
  password: secret,
});
const get = (account: Account, path = '/c/'): ReturnType<Account['read']> =>
  account.read({ method: 'GET', url: new URL(path, account.url) });

describe('a login', () => {
  test('is Basic in UTF-8 over loopback', async () => {
    const server = await stub(scratch, (_got, response) => response.end());
    await get(accountAt(scratch, server.origin, { credentials: password('auto', 'pässwörd €') }));
    expect(server.got.map(({ headers }) => headers.authorization)).toEqual([basic('alice', 'pässwörd €')]);
  });

  test('that is refused is tried once, whatever is asked after, in parallel too', async () => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(401, { 'www-authenticate': 'basic' }).end(),
    );
    const account = accountAt(scratch, server.origin);
    const errors = await Promise.all([1, 2, 3, 4].map(() => errorOf(get(account))));
    errors.push(await errorOf(account.write({ method: 'PUT', url: new URL('/c/a.ics', server.origin), body: 'x' })));
    expect(errors.map(({ code }) => code)).toEqual(Array(5).fill('caldav_key'));
    expect(errors[0]!.message).toContain('Check user and password');
    expect(server.got).toHaveLength(1);
  });

  test('over plain http to another machine shows no password', async () => {
    for (const credentials of [password('basic'), { kind: 'bearer', token: 't' } as const]) {
      const error = await errorOf(get(accountAt(scratch, 'http://dav.invalid/', { credentials })));
      expect([error.code, error.message]).toEqual(['caldav_key', expect.stringContaining('not encrypted')]);
    }
  });

  test('is Digest where nothing else is offered, with one challenge for many requests', async () => {
    const server = await stub(scratch, ({ headers }, response) => {
      if (headers.authorization?.startsWith('Digest ')) response.end();
      else response.writeHead(401, { 'www-authenticate': 'Digest realm="r", nonce="n1", qop="auth"' }).end();
    });
    const account = accountAt(scratch, server.origin);
    for (let count = 0; count < 3; count++) expect((await get(account)).status).toBe(200);
    const sent = server.got.map(({ headers }) => headers.authorization ?? '');
    expect(sent).toHaveLength(4);
    expect(sent.slice(1).map((value) => /nc=(\d+)/.exec(value)?.[1])).toEqual(['00000001', '00000002', '00000003']);
  });

  test('by Digest takes a new nonce when the old one is used up, and stops at a wrong password', async () => {
    let nonce = 1;
    const server = await stub(scratch, ({ headers }, response, count) => {
      if (count === 4) nonce++;
      if (headers.authorization?.includes(`nonce="n${nonce}"`) && count < 8) response.end();
      else response.writeHead(401, { 'www-authenticate': `Digest realm="r", nonce="n${nonce}"` }).end();
    });
    const account = accountAt(scratch, server.origin, { credentials: password('digest') });
    for (let count = 0; count < 3; count++) await get(account);
    expect(server.got.map(({ headers }) => /nonce="(n\d)"/.exec(headers.authorization ?? '')?.[1])).toEqual([
      undefined,
      'n1',
      'n1',
      'n1',
      'n2',
    ]);
    const refused = await stub(scratch, (_got, response, count) =>
      response.writeHead(401, { 'www-authenticate': `Digest realm="r", nonce="${count}"` }).end(),
    );
    const other = accountAt(scratch, refused.origin, { credentials: password('digest') });
    expect((await errorOf(get(other))).code).toBe('caldav_key');
    expect(refused.got).toHaveLength(2);
  });

  test('with a token asks for another one a minute early, and once when it is refused', async () => {
    let issued = 0;
    const endpoint = await stub(scratch, (_got, response) => {
      response.end(JSON.stringify({ access_token: `token-${++issued}`, expires_in: 3600 }));
    });
    const refused = new Set<string>();
    const server = await stub(scratch, ({ headers }, response) => {
      response.writeHead(refused.has(headers.authorization ?? '') ? 401 : 200).end();
    });
    const using = tools();
    const grant = { clientId: 'id', clientSecret: 'hush', refreshToken: 'r&1' };
    const credentials = { kind: 'oauth2', tokenUrl: `${endpoint.origin}/token`, ...grant } as const;
    const account = accountAt(scratch, server.origin, { credentials }, using);

    await get(account);
    await Promise.all([get(account), get(account), get(account)]);
    expect(issued).toBe(1);
    expect(Object.fromEntries(new URLSearchParams(endpoint.got[0]!.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'id',
      client_secret: 'hush',
      refresh_token: 'r&1',
    });
    using.now += 3_541_000;
    await Promise.all([get(account), get(account)]);
    expect(issued).toBe(2);
    refused.add('Bearer token-2');
    await Promise.all([get(account), get(account)]);
    expect(issued).toBe(3);
    refused.add('Bearer token-3').add('Bearer token-4');
    expect((await errorOf(get(account))).code).toBe('caldav_key');
    expect(issued).toBe(4);
  });

  test('with a grant that is over says how to mend it', async () => {
    const endpoint = await stub(scratch, (_got, response) => response.writeHead(400).end('{"error":"invalid_grant"}'));
    const grant = { clientId: 'id', clientSecret: 'hush', refreshToken: 'very-secret' };
    const credentials = { kind: 'oauth2', tokenUrl: endpoint.origin, ...grant } as const;
    const account = accountAt(scratch, endpoint.origin, { credentials });
    for (const error of [await errorOf(get(account)), await errorOf(get(account))]) {
      expect([error.code, error.message]).toEqual(['caldav_key', expect.stringContaining('Connect the account again')]);
      expect(error.message).not.toMatch(/hush|very-secret/);
    }
    expect(endpoint.got).toHaveLength(1);
  });
});

describe('a redirect', () => {
  test('within the server is followed, with the login', async () => {
    const server = await stub(scratch, ({ url }, response) => {
      if (url === '/dav/') multistatus(response, '');
      else response.writeHead(301, { location: '/dav/' }).end();
    });
    const account = accountAt(scratch, server.origin);
    const answer = await account.read({ method: 'PROPFIND', url: new URL('/x', server.origin), body: '<a/>' });
    expect([answer.status, answer.url.pathname]).toEqual([207, '/dav/']);
    expect(server.got.map(({ method, body }) => [method, body])).toEqual([
      ['PROPFIND', '<a/>'],
      ['PROPFIND', '<a/>'],
    ]);
  });

  test('to another origin gets nothing at all', async () => {
    const other = await stub(scratch, (_got, response) => response.end());
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(302, { location: `${other.origin}/x` }).end(),
    );
    const error = await errorOf(get(accountAt(scratch, server.origin)));
    expect([error.code, error.message]).toEqual([
      'caldav_strange',
      expect.stringContaining('must not see this password'),
    ]);
    const account = accountAt(scratch, server.origin);
    expect((await errorOf(account.read({ method: 'GET', url: new URL(other.origin) }))).code).toBe('invalid');
    expect(other.got).toEqual([]);
  });

  test('in a circle ends', async () => {
    const server = await stub(scratch, (_got, response) => response.writeHead(308, { location: '/c/' }).end());
    expect((await errorOf(get(accountAt(scratch, server.origin)))).message).toContain('too often');
    expect(server.got).toHaveLength(6);
  });
});

describe('a read', () => {
  test.each([408, 425, 429, 500, 502, 503, 504])('is repeated after %i', async (status) => {
    const server = await stub(scratch, (_got, response, count) => response.writeHead(count < 4 ? status : 200).end());
    const using = tools();
    expect((await get(accountAt(scratch, server.origin, {}, using))).status).toBe(200);
    expect(using.waited).toEqual([250, 500, 1000]);
  });

  test.each([400, 403, 404, 501, 507])('is not repeated after %i', async (status) => {
    const server = await stub(scratch, (_got, response) => response.writeHead(status).end());
    expect((await get(accountAt(scratch, server.origin))).status).toBe(status);
    expect(server.got).toHaveLength(1);
  });

  test.each([
    ['7', 7_250],
    ['86400', 60_000],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5_250],
    ['Thu, 01 Jan 2020 00:00:00 GMT', 250],
    ['soon', 250],
  ])('waits as Retry-After: %s asks', async (value, ms) => {
    const server = await stub(scratch, (_got, response, count) =>
      response.writeHead(count === 1 ? 503 : 200, { 'retry-after': value }).end(),
    );
    const using = tools();
    await get(accountAt(scratch, server.origin, {}, using));
    expect(using.waited).toEqual([ms]);
  });

  test('is repeated when the connection breaks, four times in all', async () => {
    const server = await stub(scratch, ({ url }, response, count) => {
      if (url === '/cut' && count > 1) return response.end('whole');
      if (url === '/cut') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
      }
      return setImmediate(() => response.destroy());
    });
    expect((await get(accountAt(scratch, server.origin), '/cut')).text).toBe('whole');
    server.got.splice(0);
    const error = await errorOf(get(accountAt(scratch, server.origin)));
    expect([error.code, server.got.length]).toEqual(['caldav_unavailable', 4]);
  });

  test('from a server that never answers ends', async () => {
    const server = await stub(scratch, () => undefined);
    const account = accountAt(scratch, server.origin, { timeouts: { totalMs: 50 } });
    expect((await errorOf(get(account))).code).toBe('caldav_unavailable');
  });

  test('takes no more than 32 MB, packed or not', async () => {
    const packed = gzipSync(Buffer.alloc(200_000_000));
    const server = await stub(scratch, ({ headers }, response) => {
      if (headers['accept-encoding'] === 'gzip') {
        response.writeHead(207, { 'content-encoding': 'gzip' }).end(packed);
        return;
      }
      const chunk = Buffer.alloc(1_000_000);
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', write);
      };
      write();
    });
    const account = accountAt(scratch, server.origin);
    const both = [get(account), account.read({ method: 'PROPFIND', url: account.url })];
    for (const error of await Promise.all(both.map(errorOf))) {
      expect([error.code, error.message]).toEqual(['caldav_strange', expect.stringContaining('larger than')]);
    }
    expect(server.got).toHaveLength(2);
  });

  test('of a coding nobody asked for is refused', async () => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(200, { 'content-encoding': 'br' }).end('x'),
    );
    expect((await errorOf(get(accountAt(scratch, server.origin)))).code).toBe('caldav_strange');
  });

  test('ends when the account is closed', async () => {
    const server = await stub(scratch, () => undefined);
    const account = accountAt(scratch, server.origin);
    const error = errorOf(get(account));
    await account.close();
    expect((await error).code).toBe('caldav_unavailable');
    expect((await errorOf(get(account))).message).toContain('closed');
    expect(server.got.length).toBeLessThanOrEqual(1);
  });
});

describe('options that can not work are refused before anything is sent', () => {
  test.each([
    ['no address', { url: 'dav.example.com' }],
    ['another protocol', { url: 'ftp://dav.example.com' }],
    ['a password in the address', { url: 'https://alice:hush@dav.example.com' }],
    ['no user', { credentials: { kind: 'password', method: 'auto', username: '', password: 'hush' } }],
    ['a colon in the user', { credentials: { kind: 'password', method: 'basic', username: 'a:b', password: 'hush' } }],
    [
      'a line feed in the password',
      { credentials: { kind: 'password', method: 'auto', username: 'a', password: 'hush\n' } },
    ],
    ['a token with a line feed', { credentials: { kind: 'bearer', token: 'hush\n' } }],
    ['a certificate that is none', { ca: 'hush' }],
    [
      'a token endpoint in the clear',
      {
        credentials: {
          kind: 'oauth2',
          tokenUrl: 'http://x.example/',
          clientId: 'i',
          clientSecret: 'hush',
          refreshToken: 'hush',
        },
      },
    ],
  ] as const)('%s', async (_what, options) => {
    const work = (): Account =>
      createAccount({ url: 'https://dav.example.com', credentials: { kind: 'none' }, ...options }, tools());
    const error = await errorOf(Promise.resolve().then(work));
    expect(error.code).toBe('invalid');
    expect(error.message).not.toContain('hush');
  });
});

test('a certificate that is not checked is logged, and no secret ever', async () => {
  const server = await stub(scratch, (_got, response) => response.writeHead(401).end());
  const using = tools();
  const error = await errorOf(get(accountAt(scratch, server.origin, { verify: false }, using)));
  expect(using.logged).toEqual([{ server: server.origin }]);
  expect(`${error.message} ${JSON.stringify(using.logged)}`).not.toContain('secret');
});
