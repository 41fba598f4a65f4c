import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { valuesOf } from '../../src/server/relay/headers.ts';
import { perform } from '../../src/server/relay/perform.ts';
import { exchange } from './exchange.ts';

/** Requests without Node's parser are answered as those with it. */

const koa = new Koa();
koa.use(async (context) => {
  const hash = createHash('sha256');
  for await (const chunk of context.req) hash.update(chunk as Buffer);
  const seen = { method: context.method, url: context.url, headers: context.headers, body: hash.digest('hex') };
  context.set('ETag', '"one"');
  if (context.path === '/none') context.status = 304;
  else if (context.path === '/missing') context.throw(404, 'nothing is here');
  else context.body = { ...seen, ip: context.ip };
});
const callback = koa.callback() as RequestListener;
const listener: RequestListener = (incoming, response) => {
  if (incoming.url !== '/raw') {
    callback(incoming, response);
    return;
  }
  response.writeHead(200, { ETag: '"raw"', 'Content-Length': 3 });
  response.end('raw');
};
koa.silent = true;

test.each([
  ['GET', '/a?b=1', null],
  ['POST', '/a', '{"name":"Straße"}'],
  ['POST', '/a', ''],
  ['GET', '/none', null],
  ['GET', '/missing', null],
  ['DELETE', '/a', null],
  ['GET', '/raw', null],
])('%s %s', async (method, url, body) => {
  const request = {
    ...{ method, url, address: '192.0.2.1', isLocal: false },
    headers: ['Host', 'calendars.example.com', 'If-None-Match', '"two"'],
    body: body === null ? null : Buffer.from(body),
  };
  const parsed = await perform(listener, request, { maxBytes: 10_000, signal: new AbortController().signal });
  const answer = await exchange(listener, request);
  expect({ status: answer.status, text: answer.text }).toEqual({ status: parsed.status, text: parsed.body.toString() });
  expect(answer.etag).toBe(valuesOf(parsed.headers, 'etag')[0]);
});
