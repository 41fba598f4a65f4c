import { describe, expect, test } from '@jest/globals';
import type { Credentials } from '../../../src/caldav/transport/auth.ts';
import { createAccount, type Account } from '../../../src/caldav/transport/account.ts';
import { createRefreshTokens } from '../../../src/caldav/refresh-tokens.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { createScratch } from '../../support/scratch.ts';
import { accountAt, errorOf, get, stub, tools, type Stub } from '../support.ts';

/** Access tokens by refresh token, with providers that follow RFC 6749 more or less. */

const scratch = createScratch();

const credentialsFor = ({ origin }: Stub, more: object = {}): Credentials => ({
  kind: 'oauth2',
  tokenUrl: `${origin}/token`,
  clientId: 'id',
  clientSecret: 'hush',
  refreshToken: 'r0',
  ...more,
});

/** An endpoint that answers each request with this, and a CalDAV server that accepts any token. */
async function servers(body: object, status = 200): Promise<{ endpoint: Stub; dav: Stub }> {
  const endpoint = await stub(scratch, (_got, response) => response.writeHead(status).end(JSON.stringify(body)));
  return { endpoint, dav: await stub(scratch, (_got, response) => response.end()) };
}

describe('an answer of the endpoint', () => {
  test.each<[string, object]>([
    ['of RFC 6749', { access_token: 'abc', token_type: 'bearer', expires_in: 3600 }],
    ['without a type', { access_token: 'abc' }],
    ['with a lifetime as a text', { access_token: 'abc', token_type: 'Bearer', expires_in: '3600' }],
    ['with an unusable lifetime', { access_token: 'abc', token_type: 'Bearer', expires_in: 'soon' }],
    ['with a negative lifetime', { access_token: 'abc', token_type: 'Bearer', expires_in: -5 }],
    ['with an empty refresh token', { access_token: 'abc', token_type: 'Bearer', refresh_token: '' }],
    ['with an id token', { access_token: 'abc', token_type: 'Bearer', id_token: 'e30.e30.e30' }],
  ])('%s is accepted', async (_, body) => {
    const { endpoint, dav } = await servers(body);
    await get(accountAt(scratch, dav.origin, { credentials: credentialsFor(endpoint) }));
    expect(dav.got.map(({ headers }) => headers.authorization)).toEqual(['Bearer abc']);
  });

  test.each<[string, object]>([
    ['without a token', { token_type: 'Bearer' }],
    ['with a token that is no text', { access_token: 7, token_type: 'Bearer' }],
    ['with a token that would end the header', { access_token: 'a\r\nx: y', token_type: 'Bearer' }],
    ['with a token of another type', { access_token: 'abc', token_type: 'mac' }],
  ])('%s is an error, and shows nothing of it', async (_, body) => {
    const { endpoint, dav } = await servers(body);
    const error = await errorOf(get(accountAt(scratch, dav.origin, { credentials: credentialsFor(endpoint) })));
    expect([error.code, error.message]).toEqual([
      'caldav_invalid_response',
      `The token endpoint ${endpoint.origin} answers without a usable access token.`,
    ]);
    expect(dav.got).toEqual([]);
  });

  test.each([
    [401, { error: 'invalid_client' }, 'caldav_key', /refuses \(invalid_client\)\. Check the client id/],
    [403, 'no', 'caldav_key', /refuses \(status 403\)/],
    [400, { error: 'x'.repeat(200) }, 'caldav_key', /refuses \(status 400\)/],
    [404, {}, 'caldav_invalid_response', /answers with status 404\. Check its address/],
    [204, {}, 'caldav_invalid_response', /answers with status 204/],
    [503, {}, 'caldav_unavailable', /answers with status 503/],
  ] as const)('with status %i and %j is %s', async (status, body, code, message) => {
    const { endpoint, dav } = await servers(body as object, status);
    const error = await errorOf(get(accountAt(scratch, dav.origin, { credentials: credentialsFor(endpoint) })));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(error.message).not.toMatch(/hush|r0/);
  });

  test('that redirects is not followed', async () => {
    const other = await stub(scratch, (_got, response) => response.end());
    const endpoint = await stub(scratch, (_got, response) =>
      response.writeHead(307, { location: `${other.origin}/token` }).end(),
    );
    const account = accountAt(scratch, other.origin, { credentials: credentialsFor(endpoint) });
    expect((await errorOf(get(account))).code).toBe('caldav_invalid_response');
    expect(other.got).toEqual([]);
  });
});

test.each([
  [{ tokenUrl: 'http://id.example.com/token' }],
  [{ tokenUrl: 'ftp://127.0.0.1/token' }],
  [{ tokenUrl: 'nonsense' }],
  [{ clientSecret: '' }],
  [{ refreshToken: '' }],
])('a grant with %j is refused before anything is sent', async (more) => {
  const { endpoint, dav } = await servers({});
  const credentials = credentialsFor(endpoint, more);
  const create = () => Promise.resolve().then(() => createAccount({ url: dav.origin, credentials }, tools()));
  expect((await errorOf(create())).code).toBe('invalid');
  expect(endpoint.got).toEqual([]);
});

/** An endpoint where each refresh token is good for one use. */
async function aRotatingEndpoint(): Promise<{ endpoint: Stub; issued: () => number }> {
  let issued = 0;
  const endpoint = await stub(scratch, ({ body }, response) => {
    const isGood = new URLSearchParams(body).get('refresh_token') === `r${issued}`;
    if (isGood) issued++;
    const answer = { access_token: `a${issued}`, token_type: 'Bearer', expires_in: 3600, refresh_token: `r${issued}` };
    const send = (): unknown =>
      isGood ? response.end(JSON.stringify(answer)) : response.writeHead(400).end('{"error":"invalid_grant"}');
    setImmediate(send);
  });
  return { endpoint, issued: () => issued };
}

test('a replaced refresh token is used from then on, by all accounts of a store, at once or one after the other', async () => {
  const { endpoint, issued } = await aRotatingEndpoint();
  const dav = await stub(scratch, (_got, response) => response.end());
  const store = aMemoryStore();
  const vault = { seal: (text: string) => text, open: (text: string) => text };
  let now = tools().clock();
  const open = (): Account => {
    // Sources and mirrors have their own, over one store.
    const using = { ...tools(), clock: () => now, refreshTokens: createRefreshTokens(store, vault) };
    return accountAt(scratch, dav.origin, { credentials: credentialsFor(endpoint) }, using);
  };
  const accounts = [open(), open(), open()];
  for (const count of [1, 2]) {
    await Promise.all(accounts.map((account) => get(account)));
    now += 3_600_000;
    for (const account of accounts) await get(account);
    now += 3_600_000;
    expect(issued()).toBe(6 * count);
  }
  await get(open());
  expect(issued()).toBe(13);
});

test('an account by itself remembers a replaced refresh token', async () => {
  const { endpoint, issued } = await aRotatingEndpoint();
  const dav = await stub(scratch, (_got, response) => response.end());
  const using = tools();
  const account = accountAt(scratch, dav.origin, { credentials: credentialsFor(endpoint) }, using);
  for (const count of [1, 2, 3]) {
    await get(account);
    expect(issued()).toBe(count);
    using.now += 3_600_000;
  }
});
