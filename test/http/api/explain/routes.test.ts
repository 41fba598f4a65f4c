import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { explanationAnswer, overviewAnswer } from '../../../../src/http/api/explain/responses.ts';
import { ALPHA } from '../../../support/acme.ts';
import { calendar, events, aWebServer } from '../../../sources/calendars/fixture.ts';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { aLink, api, ask } from '../../ask.ts';

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp({ sourceAllow: ['127.0.0.1'] });
});
afterAll(() => site.close());

const explain = (query: Record<string, string>) => api(site, 'GET', `explain?${new URLSearchParams(query).toString()}`);

/** An open item with a due date, and its key. */
function someItem() {
  const rows = [...site.plane.tables.projects.get(ALPHA)!.items.values()];
  const row = rows.find((one) => one.target_date !== null && one.completed_at === null && one.archived_at === null)!;
  return { row, key: `alpha-${row.sequence_id}` };
}

test('one link: shown, with its subscribers but browsers, and hidden after an edit', async () => {
  const { row, key } = someItem();
  const { id, url } = await aLink(site, { options: { done: 'keep', cancelled: 'keep' } });
  const agents = ['Google-Calendar-Importer', 'Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/140.0'];
  for (const agent of agents) await ask(site, new URL(url).pathname, { 'user-agent': agent });
  const { status, json } = await explain({ item: key, link: id });
  const answer = explanationAnswer.parse(json);
  expect([status, answer.item?.id, answer.shown]).toEqual([200, row.id, true]);
  expect(answer.days).toEqual([{ first: row.target_date, last: row.target_date, part: 'due' }]);
  expect(answer.subscribers.map(({ client, has, address }) => [client, has, address])).toEqual([
    ['Google Calendar', true, 'current'],
  ]);
  await api(site, 'PATCH', `links/${id}`, { options: { show: 'cycles' } });
  const hidden = explanationAnswer.parse((await explain({ item: row.id, link: id })).json);
  expect([hidden.shown, hidden.reasons[0]?.rule, hidden.since]).toEqual([false, 'show', null]);
});

test('a link of other calendars alone has nothing from Plane', async () => {
  const { url } = await aWebServer(calendar(events(1)));
  expect((await api(site, 'POST', 'sources', { name: 'Holidays', kind: 'ics', url })).status).toBe(201);
  const { id } = await aLink(site, { scope: { calendars: ['Holidays'] } });
  const { reasons } = explanationAnswer.parse((await explain({ item: someItem().key, link: id })).json);
  expect(reasons).toEqual([
    { rule: 'scope', text: 'Not shown: this calendar has nothing from Plane, only other calendars.' },
  ]);
});

test('all links', async () => {
  const { id } = await aLink(site, { for: 'Grace Hopper' });
  const { links, item } = overviewAnswer.parse((await explain({ item: someItem().key })).json);
  expect(item?.key).toMatch(/^ALPHA-/);
  expect(links.find((link) => link.id === id)?.for).toBe('Grace Hopper');
});

test('what can’t be answered', async () => {
  expect((await explain({})).status).toBe(400);
  expect((await explain({ item: 'what?' })).json).toMatchObject({ message: expect.stringContaining('such as WEB-12') });
  expect((await explain({ item: 'ALPHA-1', link: 'nope' })).status).toBe(404);
  expect((await api(site, 'GET', 'explain?item=ALPHA-1', undefined, null)).status).toBe(401);
  expect(overviewAnswer.parse((await explain({ item: 'ALPHA-99999' })).json)).toMatchObject({ item: null, links: [] });
});
