import { expect, test } from '@jest/globals';
import type { ItemRow } from '../../src/demo/rows.ts';
import { command, file, needs, python, PYTHON } from './support/clients.ts';
import { startEvolution, type Evolution } from './support/evolution.ts';
import { expectedTodos, inOrder, shownItems, titleOf, type Sight } from './support/expected.ts';
import { eventually, eventuallyEqual } from '../support/processes.ts';
import { addLink, EVERY_TODO } from './support/links.ts';
import { startProxy, type Exchange, type Proxy } from './support/proxy.ts';
import { publish, recorded, type Published } from './support/published.ts';
import { createScratch } from '../support/scratch.ts';

const scratch = createScratch();

interface Stage {
  readonly published: Published;
  readonly proxy: Proxy;
  readonly evolution: Evolution;
}

/** Evolution subscribed through a proxy, with its first download shown. */
async function subscribed(): Promise<Stage> {
  const published = await publish(scratch);
  const proxy = await startProxy(published.origin, scratch);
  const evolution = await startEvolution(proxy.port, published.path, scratch);
  const sights = published.sights();
  expect(sights.length).toBeGreaterThan(40);
  expect(await eventuallyEqual(evolution.sights, sights)).toEqual(sights);
  return { published, proxy, evolution };
}

/** Refreshes, and waits for the first answer that Evolution gets after that. */
async function refreshed({ evolution, proxy }: Stage): Promise<Exchange | undefined> {
  const before = proxy.exchanges.length;
  await evolution.refresh();
  await eventually(
    () => proxy.exchanges.length,
    (count) => count > before,
  );
  return proxy.exchanges[before];
}

/** The feed with another title of one item; its stamps move only on request. */
function retitled(feed: string, { id }: ItemRow, title: string, moveStamps: boolean): string {
  return feed.replace(new RegExp(`UID:plane-issue-${id}@[^]*?END:VEVENT`), (event) => {
    const changed = event.replace(/^SUMMARY:.*$/m, `SUMMARY:${title}`);
    if (!moveStamps) return changed;
    return changed
      .replace(/^(DTSTAMP|LAST-MODIFIED):.*$/gm, '$1:20900101T000000Z')
      .replace(/^SEQUENCE:.*$/m, 'SEQUENCE:2000000000');
  });
}

needs(
  [
    command('dbus-run-session', 'dbus-daemon'),
    file('/usr/libexec/evolution-calendar-factory', 'evolution-data-server'),
    file(PYTHON, 'python3'),
    python('import gi', 'python3-gi'),
    python('import gi; gi.require_version("EDataServer", "1.2")', 'gir1.2-edataserver-1.2'),
    python('import gi; gi.require_version("ECal", "2.0")', 'gir1.2-ecal-2.0'),
  ],
  'Evolution Data Server',
  () => {
    test('shows each dated item once, on its day, and gets 304 as long as nothing changes', async () => {
      const stage = await subscribed();

      const second = await refreshed(stage);

      expect(stage.proxy.exchanges[0]).toMatchObject({ method: 'GET', status: 200 });
      expect(stage.proxy.exchanges[0]?.headers).not.toHaveProperty('if-none-match');
      expect(second).toMatchObject({ status: 304, headers: { 'if-none-match': expect.stringMatching(/^"[^"]+"$/) } });
      expect(await stage.evolution.sights()).toEqual(stage.published.sights());
    });

    test('follows a new title, a new day and a deleted item after its next refresh', async () => {
      const stage = await subscribed();
      const { plane, shown, feed, sights, project } = stage.published;
      const deleted = shown(7);

      plane.editItem(shown(3).id, { name: 'A title of today' });
      plane.dragItem(shown(5).id, { start_date: null, target_date: shown(0).target_date });
      plane.deleteItem(deleted.id);
      await feed((text) => text.includes('A title of today'));
      await stage.evolution.refresh();

      const seen = await eventuallyEqual(stage.evolution.sights, sights());
      expect(seen).toEqual(sights());
      expect(seen.map(({ title }) => title)).toContainEqual(expect.stringContaining('A title of today'));
      expect(seen.map(({ title }) => title)).not.toContain(titleOf(deleted, project()));
    });

    test('shows the new name of a label, for which Plane sends no webhook and which touches no item', async () => {
      const stage = await subscribed();
      const { plane, project, feed, readAgain } = stage.published;
      const label = [...project().labels.values()].find(({ name }) => name === 'design');
      if (!label) throw new Error('the demo has no label "design"');
      expect(await stage.evolution.categories()).toContain('design');

      plane.editLabel(label.id, { name: 'appearance' });
      await readAgain();
      await feed((text) => text.includes('appearance'));
      await stage.evolution.refresh();

      const seen = await eventually(stage.evolution.categories, (names) => names.includes('appearance'));
      expect(seen).toContain('appearance');
      expect(seen).not.toContain('design');
    });

    test('keeps an old title when the stamps did not move, so the tests here fail when they do not', async () => {
      const stage = await subscribed();
      const { published, proxy, evolution } = stage;
      const [first, second] = [published.shown(3), published.shown(5)];
      const feed = await (await fetch(published.url)).text();

      proxy.substitute = {
        status: 200,
        headers: { 'content-type': 'text/calendar; charset=utf-8', etag: '"another"' },
        body: retitled(retitled(feed, first, 'Same stamps', false), second, 'Stamps moved', true),
      };
      await evolution.refresh();

      const old = published.sights();
      const wanted = old.map(({ day, title }) => ({
        day,
        title: title === titleOf(second, published.project()) ? 'Stamps moved' : title,
      }));
      const titles = (sights: typeof old): string[] => sights.map(({ title }) => title).sort();
      const seen = await eventually(evolution.sights, (sights) => titles(sights).includes('Stamps moved'));
      expect(titles(seen)).toEqual(titles(wanted));
    });

    test('keeps its copy while the server answers 503, and continues afterwards', async () => {
      const stage = await subscribed();
      const { published, proxy, evolution } = stage;
      const before = published.sights();

      proxy.substitute = { status: 503, headers: { 'retry-after': '60' }, body: 'later' };
      // Evolution takes one answer after the other: at the second, the first is dealt with.
      expect(await refreshed(stage)).toMatchObject({ status: 503 });
      expect(await refreshed(stage)).toMatchObject({ status: 503 });
      const during = await evolution.sights();
      proxy.substitute = null;
      published.plane.editItem(published.shown(3).id, { name: 'A title of today' });
      await published.feed((text) => text.includes('A title of today'));
      await evolution.refresh();

      expect(during).toEqual(before);
      expect(await eventuallyEqual(evolution.sights, published.sights())).toEqual(published.sights());
    });

    test('follows its link: a title of another form, a filter, and at last only the note that the link was disabled', async () => {
      const published = await publish(scratch);
      const project = published.project();
      const link = await addLink(published, {});
      const proxy = await startProxy(published.origin, scratch);
      const evolution = await startEvolution(proxy.port, link.path, scratch);
      expect(await eventuallyEqual(evolution.sights, published.sights())).toEqual(published.sights());

      await link.edit({ title: '{number}. {name}' });
      await evolution.refresh();
      const renumbered = (title: string): string => title.replace(/\[WEB-(\d+)\]/, '$1.');
      const sightsOf = (items: readonly ItemRow[]): Sight[] =>
        inOrder(items.map((item) => ({ day: item.target_date ?? '', title: renumbered(titleOf(item, project)) })));
      const all = sightsOf(shownItems(project));
      expect(await eventuallyEqual(evolution.sights, all)).toEqual(all);

      await link.edit({ priority: 'urgent,high' });
      await evolution.refresh();
      const pressing = sightsOf(shownItems(project).filter(({ priority }) => /urgent|high/.test(priority)));
      expect(await eventuallyEqual(evolution.sights, pressing)).toEqual(pressing);
      expect(pressing.length).toBeLessThan(all.length);
      expect(pressing).not.toEqual([]);

      const day = await link.revoke();
      await evolution.refresh();
      const note = [{ day, title: 'This calendar link was disabled' }];
      expect(await eventuallyEqual(evolution.sights, note)).toEqual(note);
      expect(proxy.exchanges.filter(({ path }) => path !== link.path)).toEqual([]);
    });

    test('shows a to-do feed as a task list: due days, what is done and since when, priorities', async () => {
      const published = await publish(scratch, recorded());
      const link = await addLink(published, EVERY_TODO);
      const todos = expectedTodos(published.project());
      expect(todos.length).toBeGreaterThan(30);

      const evolution = await startEvolution(Number(new URL(published.origin).port), link.path, scratch, 'task list');

      expect(await eventuallyEqual(evolution.todos, todos)).toEqual(todos);
    });
  },
);
