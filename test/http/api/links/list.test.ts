import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import Router from '@koa/router';
import Koa, { type Context } from 'koa';
import { request } from 'undici';
import type { Source } from '../../../../src/domain/ports.ts';
import { createAccessLog } from '../../../../src/feeds/links/access-log.ts';
import type { NamedDefinition } from '../../../../src/feeds/definition.ts';
import { createLinks } from '../../../../src/feeds/links/links.ts';
import { createPublisher, type Publisher } from '../../../../src/feeds/publisher.ts';
import { linkRoutes } from '../../../../src/http/api/links/routes.ts';
import { sendList } from '../../../../src/http/api/send-list.ts';
import { aFakeSource } from '../../../feeds/fake-source.ts';
import { aProject, aSnapshot, NOON, PROJECT_ID } from '../../../support/make.ts';
import { planeAlone } from '../../../support/calendars.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { aLog } from '../../../support/log.ts';
import { aFactory, aRenderer } from '../../../support/render.ts';
import { serve } from '../../../support/serve.ts';

/** What it costs to list links: one step for each, however many calendars are in memory. */

const LINKS = 300;
const BUILT = 20;

/** Counts the calls of each function. */
function counted<T extends object>(object: T, calls: Record<string, number>): T {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'function'
        ? (...given: unknown[]): unknown => {
            calls[name] = (calls[name] ?? 0) + 1;
            return (value as (...all: unknown[]) => unknown)(...given);
          }
        : value,
    ]),
  ) as T;
}

test('a list of links reads names once, looks each calendar up, and asks the store and the options nothing', async () => {
  const store = aMemoryStore();
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const { source, loader, publish } = aFakeSource();
  publish(aSnapshot({ project: aProject() }));
  const links = createLinks({ store, now, factory: aFactory() });
  await links.restore();
  const fetches = createAccessLog(store, now, () => undefined);
  const open = async (): Promise<Publisher> => {
    const options = { loader, renderer: aRenderer(store, now), store: counted(store, calls), cacheMaxBytes: 1e8, now };
    const publisher = createPublisher(options);
    await publisher.restore();
    return publisher;
  };
  const calls: Record<string, number> = {};
  const definition: NamedDefinition = {
    name: 'Ada',
    scope: { kind: 'projects', projectIds: [PROJECT_ID] },
    options: {},
    pins: {},
  };
  const before = await open();
  for (let at = 0; at < LINKS; at++) {
    clock.now++;
    const scope = at % 2 === 0 ? definition.scope : ({ kind: 'person', memberId: 'nobody' } as const);
    const { link } = await links.add({ ...definition, scope });
    if (at < BUILT) await before.get(links.feedOf(link));
  }
  // As after a restart, with half of them built again.
  const publisher = await open();
  for (const link of links.all().slice(0, BUILT / 2)) await publisher.get(links.feedOf(link));

  const sourceCalls: Record<string, number> = {};
  const publisherCalls: Record<string, number> = {};
  const linksCalls: Record<string, number> = {};
  const router = new Router();
  linkRoutes(router, {
    links: counted(links, linksCalls),
    defineFeed: () => Promise.reject(new Error('not here')),
    accessLog: fetches,
    publisher: counted(publisher, publisherCalls),
    source: planeAlone(counted<Source>(source, sourceCalls)),
    guard: () => (ctx, next) => {
      ctx.state.audience = null;
      return next() as Promise<void>;
    },
    publicUrl: 'https://calendars.example.com',
    open: () => true,
    now,
    log: aLog(),
  });
  const app = new Koa();
  app.use(router.routes());
  const url = await serve(app);
  for (const name of Object.keys(calls)) calls[name] = 0;

  const { headers, body } = await request(`${url}/api/v1/links`);
  const { links: listed } = (await body.json()) as { links: Record<string, unknown>[] };
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(listed.map(({ id }) => id)).toEqual(links.all().map(({ id }) => id));
  const ids = links.all().map(({ id }) => id);
  const withSize = listed.filter(({ size }) => size !== null);
  expect(withSize.map(({ id }) => id)).toEqual(ids.slice(0, BUILT / 2));
  expect(listed.filter(({ version }) => version === 1).map(({ id }) => id)).toEqual(ids.slice(0, BUILT));
  expect(sourceCalls).toEqual({ projects: 1, members: 1 });
  expect(publisherCalls).toEqual({ currentVersion: LINKS, sizeOf: LINKS });
  expect(linksCalls).toEqual({ all: 1, keyOf: LINKS, stateOf: LINKS });
  expect(calls.get ?? 0).toBe(0);
});

test('a list that takes long lets other requests have their turn after each piece of it', async () => {
  const ctx = {} as Context;
  const over = { is: false };
  let turns = 0;
  const others = (async () => {
    while (!over.is) {
      await nextTurn();
      turns++;
    }
  })();
  const entries = Array.from({ length: 10 }, (_, at) => at);
  await sendList(ctx, 'numbers', entries, (at) => {
    const since = performance.now();
    // As long as a piece may take.
    while (performance.now() - since < 5);
    return { at };
  });
  over.is = true;
  await others;
  expect(turns).toBeGreaterThanOrEqual(entries.length - 1);
  expect(JSON.parse(await text(ctx.body as Readable))).toEqual({ numbers: entries.map((at) => ({ at })) });
});

test('an empty list is one, and what is in one may be any text', async () => {
  const ctx = {} as Context;
  await sendList(ctx, 'nothing', [], () => ({}));
  expect(await text(ctx.body as Readable)).toBe('{"nothing":[]}');
  await sendList(ctx, 'texts', ['é', '"', '\u2028', '🎉'], (one) => ({ text: one }));
  expect(JSON.parse(await text(ctx.body as Readable))).toEqual({
    texts: ['é', '"', '\u2028', '🎉'].map((one) => ({ text: one })),
  });
});
