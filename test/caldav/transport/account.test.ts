import { describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { createAccount, type Account } from '../../../src/caldav/transport/account.ts';
import { createScratch } from '../../support/scratch.ts';
import { accountAt, errorOf, get, stub, tools } from '../support.ts';

const scratch = createScratch();

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

  test('from a server without https says so', async () => {
    const server = await stub(scratch, (_got, response) => response.end());
    const error = await errorOf(get(accountAt(scratch, server.origin.replace('http:', 'https:'))));
    expect(error.code).toBe('caldav_invalid_response');
    expect(error.message).toMatch(/doesn't speak https on this port/);
  });

  test('from a server that never answers ends', async () => {
    const server = await stub(scratch, () => undefined);
    const account = accountAt(scratch, server.origin, { timeouts: { totalMs: 50 } });
    const { code, message } = await errorOf(get(account));
    expect([code, message]).toEqual(['caldav_unavailable', expect.stringContaining('timeout')]);
  });

  test('that never comes to its end is ended', async () => {
    const server = await stub(scratch, (_got, response) => {
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    const account = accountAt(scratch, server.origin, { timeouts: { totalMs: 100 } });
    const { code, message } = await errorOf(get(account));
    expect([code, message]).toEqual(['caldav_unavailable', expect.stringContaining('timeout')]);
  });

  test('takes no more than 32 MB, packed or not', async () => {
    const packed = gzipSync(Buffer.alloc(64_000_000));
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
      expect([error.code, error.message]).toEqual(['caldav_invalid_response', expect.stringContaining('larger than')]);
    }
    expect(server.got).toHaveLength(2);
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
