import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dispatcher } from 'undici';
import { exchange } from '../../../src/caldav/transport/exchange.ts';
import { createScratch } from '../../support/scratch.ts';
import { accountAt, errorOf, stub } from '../support.ts';

/** What counts of an answer, and when a request is over. */

const scratch = createScratch();
const PUT = { method: 'PUT', headers: { 'content-type': 'text/calendar' }, body: 'x' } as const;

describe('the answer to a write', () => {
  test.each([201, 204])('with %i counts from its head on, however it ends', async (status) => {
    const server = await stub(scratch, (_got, response) => {
      response.writeHead(status, { 'content-length': '100', etag: '"1"' });
      response.flushHeaders();
      setImmediate(() => response.destroy());
    });
    const account = accountAt(scratch, server.origin);
    const { headers, ...answer } = await account.write({ ...PUT, url: new URL('/c/a.ics', account.url) });
    expect(answer).toMatchObject({ status, text: '' });
    expect(headers.get('etag')).toBe('"1"');
  });

  test('with 207 counts only as a whole', async () => {
    const server = await stub(scratch, (_got, response) => {
      response.writeHead(207, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const account = accountAt(scratch, server.origin);
    const error = await errorOf(account.write({ ...PUT, url: new URL('/c/a.ics', account.url) }));
    expect([error.code, error.message]).toEqual(['caldav_unavailable', expect.stringContaining('breaks off')]);
  });

  test('is not read to a far end once its head said everything', async () => {
    const chunk = Buffer.alloc(100_000);
    let left = 200;
    let closed: Promise<unknown> | undefined;
    const server = await stub(scratch, (_got, response) => {
      closed = new Promise((resolve) => response.once('close', resolve));
      const write = (): void => {
        if (response.destroyed) return;
        if (left-- > 0) response.write(chunk, write);
        else response.end();
      };
      response.writeHead(201);
      write();
    });
    const account = accountAt(scratch, server.origin);
    expect((await account.write({ ...PUT, url: new URL('/c/a.ics', account.url) })).status).toBe(201);
    await closed;
    expect(left).toBeGreaterThan(0);
  });
});

test('headers of one name are one list', async () => {
  const server = await stub(scratch, (_got, response) =>
    response.writeHead(200, ['DAV', '1, 2', 'DAV', 'calendar-access']).end(),
  );
  const account = accountAt(scratch, server.origin);
  const { headers } = await account.read({ method: 'OPTIONS', url: account.url });
  expect(headers.get('dav')).toBe('1, 2, calendar-access');
});

test('a request that waits for a connection until it is late is not sent any more', async () => {
  let handler: Dispatcher.DispatchHandler = {};
  class Busy extends Dispatcher {
    override dispatch(_options: Dispatcher.DispatchOptions, given: Dispatcher.DispatchHandler): boolean {
      handler = given;
      return false;
    }
  }
  const url = new URL('http://127.0.0.1/c/a.ics');
  const request = { origin: url.origin, path: url.pathname, method: 'PUT' };
  void exchange({ url, request, dispatcher: new Busy(), totalMs: 1, maxBytes: 1 }).catch(() => undefined);
  await sleep(20);
  const aborted: Error[] = [];
  const ignore = (): void => undefined;
  const abort = (reason: Error): void => void aborted.push(reason);
  const state = { aborted: false, paused: false, reason: null };
  handler.onRequestStart?.({ ...state, abort, pause: ignore, resume: ignore }, null);
  expect(aborted.map(({ message }) => message)).toEqual([expect.stringContaining('timeout')]);
});
