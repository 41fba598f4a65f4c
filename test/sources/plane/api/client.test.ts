import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../../../src/domain/errors.ts';
import type { Fault } from '../../../../src/demo/plane.ts';
import { ALPHA } from '../../../support/acme.ts';
import { NOON } from '../../../support/make.ts';
import { createPlaneFixture, type PlaneFixture } from '../../../support/plane.ts';
import { recordedAnswer } from '../../../support/recorded.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function setUp(options: Parameters<typeof createPlaneFixture>[0] = {}): Promise<PlaneFixture> {
  const made = await createPlaneFixture(options);
  open.push(made);
  return made;
}

async function listening(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error;
}

const ITEMS = `/workspaces/acme/projects/${ALPHA}/{items}/`;

describe('each trouble has its code and a sentence an operator can act on', () => {
  test.each<[string, string, RegExp]>([
    ['err-bad-key', 'plane_key', /API key.*PLANE_API_KEY/],
    ['err-no-key', 'plane_key', /API key.*PLANE_API_KEY/],
    ['err-disabled-key', 'plane_key', /expired or disabled/],
    ['err-unknown-workspace-projects', 'plane_permission', /PLANE_WORKSPACE/],
    ['err-unknown-project-items', 'plane_permission', /not a member/],
    ['err-unknown-project-detail', 'plane_not_found', /nothing at/],
    ['err-unknown-path', 'plane_no_route', /older version/],
    ['err-no-trailing-slash', 'plane_not_json', /redirects/],
    ['rate-limit-429', 'plane_limit', /rate limit/],
    ['work-items-per-page-1001', 'plane_page_size', /at most 1000/],
    ['work-items-per-page-text', 'plane_unexpected_status', /status 400: Invalid per_page/],
    ['work-items-order-unknown', 'plane_unavailable', /status 500/],
  ])('%s', async (name, code, message) => {
    const { status, headers, body } = recordedAnswer(name).response;
    const url = await listening((_request, response) => {
      const { 'content-length': _length, 'transfer-encoding': _coding, ...rest } = headers;
      response.writeHead(status, rest);
      response.end(body === null ? '' : JSON.stringify(body));
    });
    const { client } = await setUp({ client: { apiUrl: `${url}/api/v1`, retries: 0 } });
    const error = await errorOf(client.get('/users/me/', {}, 'reader'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    if (code === 'plane_limit') expect(error.retryAfterSeconds).toBe(58);
  });

  test.each<[string, Fault, string, RegExp]>([
    ['a web page', { kind: 'html' }, 'plane_not_json', /a web page and status 200.*PLANE_URL/],
    ['a gateway error', { kind: 'status', status: 502 }, 'plane_unavailable', /status 502/],
    [
      'a redirect elsewhere',
      { kind: 'redirect', location: 'https://plane.example.com/api/' },
      'plane_not_json',
      /Set PLANE_URL to https:\/\/plane\.example\.com/,
    ],
    ['a broken connection', { kind: 'reset' }, 'plane_unavailable', /can't be reached/],
    ['half an answer', { kind: 'truncated' }, 'plane_unavailable', /can't be reached/],
  ])('%s', async (_what, fault, code, message) => {
    const { client, plane } = await setUp({ client: { retries: 1 } });
    plane.onRequest = () => fault;
    const error = await errorOf(client.get('/users/me/', {}, 'reader'));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(plane.requests).toHaveLength(code === 'plane_unavailable' ? 2 : 1);
  });

  test('nobody listens', async () => {
    const { client } = await setUp({ client: { apiUrl: 'http://127.0.0.1:9/api/v1', retries: 0 } });
    expect(await errorOf(client.get('/users/me/', {}, 'reader'))).toMatchObject({ code: 'plane_unavailable' });
  });

  test('an endless answer is given up', async () => {
    const url = await listening((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const write = (): void => {
        while (!response.destroyed && response.write('{"sequence_id":1},'.repeat(1000)));
        response.once('drain', write);
      };
      write();
    });
    const { client } = await setUp({ client: { apiUrl: url } });
    const error = await errorOf(client.get('/users/me/', {}, 'reader'));
    expect(error.code).toBe('plane_too_large');
    expect(error.pageSize).toBeGreaterThan(200_000);
  });

  test('no message holds the key', async () => {
    const { client, plane } = await setUp({ client: { retries: 0, apiKey: () => 'plane_api_verysecret' } });
    for (const fault of [undefined, { kind: 'reset' }, { kind: 'html' }] as (Fault | undefined)[]) {
      plane.onRequest = () => fault;
      const error = await errorOf(client.get('/users/me/', {}, 'reader'));
      expect(`${error.message} ${String(error.cause)}`).not.toContain('verysecret');
    }
  });
});

describe('the word for items in addresses', () => {
  test('is that of Planes before v1.1.0 where the new one is unknown, and remembered for ten minutes', async () => {
    const clock = { now: NOON };
    const { client, asked } = await setUp({ issuesOnly: true, now: () => clock.now });
    const ask = async (): Promise<string[]> => {
      await client.getItems(ITEMS, { per_page: 1 }, 'reader');
      return asked().map((line) => line.split('/')[0]!);
    };
    expect(await ask()).toEqual(['work-items', 'issues']);
    expect(await ask()).toEqual(['issues']);
    clock.now += 600_000;
    expect(await ask()).toEqual(['work-items', 'issues']);
    expect(await ask()).toEqual(['issues']);
  });

  test('changes back for one request, and without an error', async () => {
    const { client, asked, plane } = await setUp();
    const unknown = recordedAnswer('err-unknown-path').response;
    let lost = 'work-items';
    plane.onRequest = ({ path }) => (path.includes(lost) ? { kind: 'json', ...unknown } : undefined);
    await client.getItems(ITEMS, { per_page: 1 }, 'reader');
    lost = 'issues';
    await client.getItems(ITEMS, { per_page: 1 }, 'reader');
    await client.getItems(ITEMS, { per_page: 1 }, 'reader');
    expect(asked().map((line) => line.split('/')[0])).toEqual([
      'work-items',
      'issues',
      'issues',
      'work-items',
      'work-items',
    ]);
    plane.onRequest = () => ({ kind: 'json', ...unknown });
    expect(await errorOf(client.getItems(ITEMS, {}, 'reader'))).toMatchObject({ code: 'plane_no_route' });
  });
});

test('answers are asked for gzipped and read so', async () => {
  const { client } = await setUp();
  const { json, date } = await client.getItems(ITEMS, { per_page: 100 }, 'reader');
  expect((json as { count: number }).count).toBe(34);
  expect(date).not.toBeNull();
});
