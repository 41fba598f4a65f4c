import { expect, test } from '@jest/globals';
import { command, needs } from './support/clients.ts';
import { byTitle, expectedTodos, inOrder, shownItems, titleOf, type Sight } from './support/expected.ts';
import { addLink, EVERY_TODO } from './support/links.ts';
import { publish, type Published } from './support/published.ts';
import { createScratch } from '../support/scratch.ts';
import { subscribe, type KhalEvent, type Subscription } from './support/vdirsyncer.ts';

const scratch = createScratch();

/** Synchronises, and lists all days of every item of Plane, shown or not. */
async function synced(subscription: Subscription, { project }: Published): Promise<KhalEvent[]> {
  await subscription.sync();
  const days = [...project().items.values()].flatMap(({ target_date: day }) => day ?? []).sort();
  return inOrder(await subscription.list(days[0] ?? '', days.at(-1) ?? ''));
}

const sightsOf = (events: readonly KhalEvent[]): Sight[] => events.map(({ day, title }) => ({ day, title }));

needs([command('vdirsyncer'), command('khal')], 'vdirsyncer with khal', () => {
  test('shows each dated item once, on exactly its day, with its title', async () => {
    const published = await publish(scratch);
    const subscription = await subscribe(published.url, await scratch.folder());

    const events = await synced(subscription, published);

    expect(events.length).toBeGreaterThan(40);
    expect(sightsOf(events)).toEqual(published.sights());
    expect(events.filter(({ day, lastDay }) => lastDay !== day)).toEqual([]);
  });

  test('shows labels as categories, and the address of each item in Plane', async () => {
    const published = await publish(scratch);
    const subscription = await subscribe(published.url, await scratch.folder());

    const events = await synced(subscription, published);

    const project = published.project();
    const wanted = shownItems(project).map((item) => ({
      title: titleOf(item, project),
      categories: item.labels
        .map((id) => project.labels.get(id)?.name ?? '')
        .sort()
        .join(','),
      url: `${published.planeUrl}/demo/browse/WEB-${item.sequence_id}/`,
    }));
    const byTitle = (a: { title: string }, b: { title: string }): number => (a.title < b.title ? -1 : 1);
    expect(events.map(({ title, categories, url }) => ({ title, categories, url })).sort(byTitle)).toEqual(
      wanted.sort(byTitle),
    );
  });

  test('follows a new title, a new day, a new item and a deleted one at its next run', async () => {
    const published = await publish(scratch);
    const { plane } = published;
    const subscription = await subscribe(published.url, await scratch.folder());
    const before = await synced(subscription, published);

    plane.editItem(published.shown(3).id, { name: 'A title of today' });
    plane.dragItem(published.shown(5).id, { start_date: null, target_date: published.shown(0).target_date });
    plane.createItem(published.project().row.id, {
      name: 'An item of today',
      target_date: published.shown(1).target_date,
    });
    plane.deleteItem(published.shown(7).id);
    await published.feed((text) => text.includes('A title of today'));
    const after = await synced(subscription, published);

    expect(sightsOf(after)).toEqual(published.sights());
    expect(sightsOf(after)).not.toEqual(sightsOf(before));
    expect(after.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('A title of today'),
        expect.stringContaining('An item of today'),
      ]),
    );
  });
});

needs([command('vdirsyncer'), command('todoman')], 'vdirsyncer with todoman', () => {
  test('shows each item of a to-do feed once, with its due day, whether it is over, and its priority', async () => {
    const published = await publish(scratch);
    const link = await addLink(published, EVERY_TODO);
    const subscription = await subscribe(published.origin + link.path, await scratch.folder());

    await subscription.sync();

    const wanted = expectedTodos(published.project()).map(({ title, due, status, priority, percent }) => {
      return { title, due, over: status === 'COMPLETED' || status === 'CANCELLED', priority, percent };
    });
    expect(wanted.length).toBeGreaterThan(60);
    expect(byTitle(await subscription.todos())).toEqual(wanted);
  });
});
