import { describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../../src/caldav/transport/auth.ts';
import { createScratch } from '../../support/scratch.ts';
import { accountAt, errorOf, get, multistatus, stub, tools } from '../support.ts';

/** How an account logs in, and that no other server sees its login. */

const scratch = createScratch();
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const password = (method: 'auto' | 'basic' | 'digest', secret = 'secret'): Credentials => ({
  kind: 'password',
  method,
  username: 'alice',
  password: secret,
});

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

  test('that is refused says whether it worked before', async () => {
    let isRefused = false;
    const server = await stub(scratch, (_got, response) => response.writeHead(isRefused ? 401 : 200).end());
    for (const worked of [false, true]) {
      const account = accountAt(scratch, server.origin);
      isRefused = false;
      if (worked) await get(account);
      isRefused = true;
      const error = await errorOf(get(account));
      expect([error.code, error.status, error.workedBefore]).toEqual(['caldav_key', 401, worked]);
    }
  });

  test.each([
    ['digest', 'Basic realm="x"', /offers only Basic, not Digest: set the login method \(MIRROR_AUTH\) to "auto"/],
    ['basic', 'Digest realm="x", nonce="1"', /offers only Digest, not Basic: set .* to "auto"/],
    ['auto', 'Negotiate, Bearer realm="x"', /offers only Negotiate, Bearer, which can't be answered/],
    ['digest', 'Digest realm="x", nonce="1", algorithm=SHA-9', /offers only Digest \(SHA-9\), which can't be answered/],
    ['auto', 'BASIC realm="x"', /Check user and password/],
    ['digest', 'Digest realm="x", nonce="1"', /Check user and password/],
    ['basic', 'Digest realm="x", nonce="1", Basic realm="x"', /Check user and password/],
    ['auto', '', /Check user and password/],
  ] as const)('by %s that is refused with "%s" says what helps', async (method, offer, advice) => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(401, { 'www-authenticate': offer }).end(),
    );
    const error = await errorOf(get(accountAt(scratch, server.origin, { credentials: password(method) })));
    expect([error.code, error.message]).toEqual(['caldav_key', expect.stringMatching(advice)]);
    expect(error.message).not.toContain('..');
  });

  test('goes from Digest to Basic and back with what the server offers', async () => {
    let offer = 'Digest realm="r", nonce="n1"';
    const server = await stub(scratch, ({ headers }, response) => {
      if (headers.authorization?.startsWith(offer.split(' ')[0]!)) response.end();
      else response.writeHead(401, { 'www-authenticate': offer }).end();
    });
    const account = accountAt(scratch, server.origin);
    for (const next of ['Basic realm="r"', 'Digest realm="r", nonce="n2"', 'Basic realm="r"']) {
      expect((await get(account)).status).toBe(200);
      offer = next;
    }
    expect((await get(account)).status).toBe(200);
    expect(server.got).toHaveLength(8);
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

  test('with a grant that has ended says how to fix it', async () => {
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
      'caldav_invalid_response',
      expect.stringContaining('must not receive this password'),
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

test('a certificate that is not checked is logged, and no secret ever', async () => {
  const server = await stub(scratch, (_got, response) => response.writeHead(401).end());
  const using = tools();
  const error = await errorOf(get(accountAt(scratch, server.origin, { verify: false }, using)));
  expect(using.logged).toEqual([{ server: server.origin }]);
  expect(`${error.message} ${JSON.stringify(using.logged)}`).not.toContain('secret');
});
