import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { aLink, api, ask } from '../ask.ts';

/** How long changes take, as health reports it. */

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

interface Health {
  readonly lag: { readonly p50_seconds: number; readonly changes: number } | null;
  readonly feeds: readonly { readonly feed: string; readonly lag: unknown }[];
}

const health = async (): Promise<Health> => (await api(site, 'GET', 'health')).json as unknown as Health;

test('an edit counts with the first GET that is answered 200, over restarts too', async () => {
  const { id, url } = await aLink(site);
  const { headers } = await ask(site, url);
  expect((await health()).lag).toBeNull();
  const item = [...site.plane.tables.projects.get(ALPHA)!.items.values()].find(
    (one) => one.target_date !== null && one.completed_at === null && one.archived_at === null,
  )!;
  site.plane.editItem(item.id, { name: 'Renamed' });
  site.clock.now += 120_000;
  await ask(site, url, {}, 'HEAD');
  expect((await health()).lag).toBeNull();
  const etag = headers.etag ?? '';
  expect((await ask(site, url, { 'if-none-match': etag })).status).toBe(200);
  expect((await ask(site, url)).status).toBe(200);
  const { lag, feeds } = await health();
  expect(lag?.changes).toBe(1);
  expect(Math.abs((lag?.p50_seconds ?? 0) - 120)).toBeLessThanOrEqual(7);
  expect(feeds.find(({ feed }) => feed === `link:${id}`)?.lag).toEqual(lag);
  site = await site.restart();
  expect((await health()).lag).toEqual(lag);
});
