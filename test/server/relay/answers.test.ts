import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aMemoryStore } from '../../support/memory-store.ts';
import { createStoreBench } from '../../store/support/open.ts';
import { aFollower, aLeader, exchange, listenOn, readAll, type Sent } from './support.ts';
import { runs } from '../../support/runs.ts';
import { webPath } from '../../support/web-address.ts';

/** What a follower answers by way of the leader is what the leader answers. */

const bench = createStoreBench();

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, readonly string[]])[];
  readonly body: string;
}

const token = fc.stringMatching(/^[a-z]{3,8}$/).map((name) => `x-${name}`);
const value = fc
  .string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((at) => at < 0x7f || at > 0x9f)
      .map((at) => String.fromCharCode(at)),
    maxLength: 30,
  })
  .map((text) => text.trim());
const bytes = fc.uint8Array({ maxLength: 2_000 }).map((given) => Buffer.from(given));
const answer: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(200, 201, 204, 302, 304, 400, 404, 500, 503),
  headers: fc.uniqueArray(fc.tuple(token, fc.array(value, { minLength: 1, maxLength: 3 })), {
    selector: ([name]) => name,
    maxLength: 4,
  }),
  body: bytes.map((given) => given.toString('base64')),
});
const path = webPath.map((given) => given || '/');
const headers = fc.array(
  fc.tuple(
    fc.oneof(token, fc.constantFrom('Cookie', 'Accept', 'X-Forwarded-Proto', 'If-None-Match', 'User-Agent')),
    value,
  ),
  { maxLength: 6 },
);
const sent: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT'),
  path: fc.oneof(path, fc.constantFrom('*', '//x/../y?a=%zz', '/a/../b#c', 'http://other.example/x')),
  headers: headers.map((pairs) => pairs.flat()),
  body: fc.option(bytes, { nil: null }),
});

/** Answers with what it got and what the request's header says. */
async function echo(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, socket } = incoming;
  const {
    connection: _connection,
    'content-length': length,
    'transfer-encoding': coding,
    'x-answer': wish,
    ...others
  } = incoming.headers;
  const hasBody = length !== undefined || coding !== undefined;
  const body = await readAll(incoming);
  const given = JSON.parse(Buffer.from(String(wish), 'base64').toString()) as Answer;
  response.statusCode = given.status;
  for (const [name, values] of given.headers) response.setHeader(name, values.length === 1 ? values[0]! : values);
  response.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; HttpOnly']);
  const got = JSON.stringify([method, url, others, hasBody, body.toString('base64'), socket.remoteAddress]);
  response.setHeader('X-Got', Buffer.from(got).toString('base64'));
  const bytes = Buffer.from(given.body, 'base64');
  if (given.status % 2 === 0) response.setHeader('Content-Length', bytes.length);
  response.end(method === 'HEAD' ? undefined : bytes);
}

test('every request is answered as the leader answers it', async () => {
  const answerIt = (incoming: IncomingMessage, response: ServerResponse): void => void echo(incoming, response);
  const direct = await listenOn(answerIt);
  const store = (await bench.open(await bench.folder())).cache;
  const [{ port }] = [await aFollower(store), await aLeader(store, answerIt)];
  const property = fc.asyncProperty(sent, answer, async (request, wish) => {
    const header = ['X-Answer', Buffer.from(JSON.stringify(wish)).toString('base64')];
    const given = { ...request, headers: [...(request.headers ?? []), ...header] };
    expect(await exchange(port, given)).toEqual(await exchange(direct, given));
  });
  await fc.assert(property, runs(25));
});

test('a large body is the same at the end', async () => {
  const store = aMemoryStore();
  const [{ port }] = [
    await aFollower(store),
    await aLeader(store, (incoming, response) => void readAll(incoming).then((body) => response.end(body))),
  ];
  const body = Buffer.alloc(19_000_000, Buffer.from(Array.from({ length: 256 }, (_, at) => at)));
  const got = await exchange(port, { method: 'POST', body });
  expect(got.body.equals(body)).toBe(true);
});
