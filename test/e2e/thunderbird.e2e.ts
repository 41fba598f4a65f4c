import { expect, test } from '@jest/globals';
import { command, needs } from './support/clients.ts';
import { expectedTodos, titleOf } from './support/expected.ts';
import { eventually, eventuallyEqual } from '../support/processes.ts';
import { addLink, EVERY_TODO } from './support/links.ts';
import { startProxy, type Proxy } from './support/proxy.ts';
import { publish, recorded, type Published } from './support/published.ts';
import { createScratch } from '../support/scratch.ts';
import { startThunderbird, type Thunderbird } from './support/thunderbird.ts';

const scratch = createScratch();

interface Stage {
  readonly published: Published;
  readonly proxy: Proxy;
  readonly thunderbird: Thunderbird;
}

/** Thunderbird subscribed through a proxy, with its first download in its store. */
async function subscribed(published: Published): Promise<Stage> {
  const proxy = await startProxy(published.origin, scratch);
  const thunderbird = await startThunderbird(proxy.origin + published.path, scratch);
  const sights = published.sights();
  expect(sights.length).toBeGreaterThan(40);
  expect(await eventuallyEqual(thunderbird.sights, sights)).toEqual(sights);
  return { published, proxy, thunderbird };
}

/** Names as people may have pasted them into Plane, and the one line that a calendar shows of them. */
const NASTY: readonly (readonly [name: string, shown: string])[] = [
  ['مراجعة ترجمة صفحة الأسعار (v2)', 'مراجعة ترجمة صفحة الأسعار (v2)'],
  ['עדכון: דף הבית, לפני ההשקה', 'עדכון: דף הבית, לפני ההשקה'],
  ['👩🏽‍🚀🏳️‍🌈🇩🇰 ' + '👨‍👩‍👧‍👦'.repeat(9), '👩🏽‍🚀🏳️‍🌈🇩🇰 ' + '👨‍👩‍👧‍👦'.repeat(9)],
  ['a, b; c: "d" \\n \\, \\; \\\\ %0A =0D', 'a, b; c: "d" \\n \\, \\; \\\\ %0A =0D'],
  ['one\r\ntwo\nthree\u2028four\u2029five\u0085six\tseven', 'one two three four five six seven'],
  ['nul\u0000 bell\u0007 escape\u001b[31m delete\u007f mark\ufeff', 'nul bell escape[31m delete mark'],
  ['END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:smuggled', 'END:VEVENT BEGIN:VEVENT SUMMARY:smuggled'],
  ['<b>&amp;</b>', '<b>&amp;</b>'],
];

needs([command('thunderbird'), command('sqlite3')], 'Thunderbird', () => {
  test('shows each dated item once, on its day, and gets 304 from then on although it sends no-cache', async () => {
    const { published, proxy, thunderbird } = await subscribed(await publish(scratch));

    const conditional = await eventually(
      () => proxy.exchanges.slice(1),
      (later) => later.length >= 2,
    );

    expect(proxy.exchanges[0]).toMatchObject({ method: 'GET', status: 200, headers: { 'cache-control': 'no-cache' } });
    expect(proxy.exchanges[0]?.headers).not.toHaveProperty('if-none-match');
    for (const exchange of conditional) {
      expect(exchange).toMatchObject({
        method: 'GET',
        status: 304,
        headers: { 'if-none-match': expect.stringMatching(/^"[^"]+"$/), 'cache-control': 'no-cache' },
      });
    }
    expect(await eventuallyEqual(thunderbird.sights, published.sights())).toEqual(published.sights());
  });

  test('shows nasty titles as one clean line, character for character', async () => {
    const published = await publish(scratch);
    const { plane, project, shown } = published;
    const day = shown(0).target_date;
    const items = NASTY.map(([name]) => plane.createItem(project().row.id, { name, target_date: day }));

    const { thunderbird } = await subscribed(published);

    const keys = items.map((item) => `[WEB-${item.sequence_id}] `);
    const titles = (await eventuallyEqual(thunderbird.sights, published.sights()))?.map(({ title }) => title);
    expect(keys.map((key) => titles?.find((title) => title.startsWith(key)))).toEqual(
      NASTY.map(([, shownTitle], index) => `${keys[index]}${shownTitle}`),
    );
  });

  test('follows a new title, a new day and a deleted item at its next refresh', async () => {
    const { published, thunderbird } = await subscribed(await publish(scratch));
    const { plane, shown, sights, project } = published;
    const deleted = shown(7);

    plane.editItem(shown(3).id, { name: 'A title of today' });
    plane.dragItem(shown(5).id, { start_date: null, target_date: shown(0).target_date });
    plane.deleteItem(deleted.id);

    const seen = await eventuallyEqual(thunderbird.sights, sights());
    expect(seen).toEqual(sights());
    expect(seen?.map(({ title }) => title)).toContainEqual(expect.stringContaining('A title of today'));
    expect(seen?.map(({ title }) => title)).not.toContain(titleOf(deleted, project()));
  });

  test('goes on showing everything, and is answered 304, while Plane answers with a page of HTML', async () => {
    const { published, proxy, thunderbird } = await subscribed(await publish(scratch));
    const before = published.sights();

    published.plane.onRequest = () => ({ kind: 'html' });
    const asked = published.plane.requests.length;
    await eventually(
      () => published.plane.requests.length,
      (count) => count > asked,
    );
    const count = proxy.exchanges.length;
    const during = await eventually(
      () => proxy.exchanges.slice(count),
      (later) => later.length >= 2,
    );

    expect(published.plane.requests.length).toBeGreaterThan(asked);
    expect(during.map(({ status }) => status)).toEqual([304, 304]);
    expect(await eventuallyEqual(thunderbird.sights, before)).toEqual(before);
  });

  test('shows a to-do feed among its tasks: due days, what is done and since when, priorities; and nothing as an event', async () => {
    const published = await publish(scratch, recorded());
    const link = await addLink(published, EVERY_TODO);
    const todos = expectedTodos(published.project()).map(({ title, due, status, priority, completed }) => {
      return { title, due, status, priority, completed };
    });
    expect(todos.map(({ status }) => status)).toEqual(expect.arrayContaining(['COMPLETED', 'CANCELLED', 'IN-PROCESS']));
    expect(todos.length).toBeGreaterThan(30);

    const thunderbird = await startThunderbird(published.origin + link.path, scratch);

    expect(await eventuallyEqual(thunderbird.todos, todos)).toEqual(todos);
    expect(await eventuallyEqual(thunderbird.sights, [])).toEqual([]);
  });
});
