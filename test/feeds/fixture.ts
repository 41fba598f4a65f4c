import { expect } from '@jest/globals';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { Snapshot } from '../../src/domain/plane.ts';
import { createPublisher, type Publisher } from '../../src/feeds/publisher.ts';
import type { Renderer } from '../../src/feeds/renderer.ts';
import { aCycle, aModule, aProject, aSnapshot, aWorkItem, NOON, uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed, aRenderer, partsOf } from '../support/render.ts';
import { aFakeSource } from './fake-source.ts';

/** Two projects whose names are hard to tell apart, or to write. */

export const APP_ID = uuid(800);
export const PEOPLE = [
  { id: 'a', displayName: 'ada' },
  { id: 'b', displayName: 'bob' },
  { id: 'c', displayName: 'chi, yo' },
  { id: 'd', displayName: 'all' },
] as const;

export const WEB = aSnapshot({
  items: [
    aWorkItem({ id: uuid(1), number: 1, labelIds: ['l1'], assigneeIds: ['a'], priority: 'high' }),
    aWorkItem({ id: uuid(2), number: 2, labelIds: ['l2'], assigneeIds: ['b'], stateId: 'doing' }),
    aWorkItem({ id: uuid(3), number: 3 }),
  ],
  labels: [
    { id: 'l1', name: 'bug' },
    { id: 'l2', name: 'legal, privacy' },
    { id: 'l3', name: 'constructor' },
  ],
  members: PEOPLE,
  cycles: [aCycle({ id: uuid(11), name: 'Sprint 1', itemIds: [uuid(1)] })],
  modules: [aModule({ id: uuid(21), name: 'Launch', itemIds: [uuid(1), uuid(2)] })],
});

export const APP = aSnapshot({
  project: aProject({ id: APP_ID, identifier: 'APP', name: 'Mobile app' }),
  items: [aWorkItem({ id: uuid(700), number: 7, labelIds: ['l9'], assigneeIds: ['a'] })],
  labels: [{ id: 'l9', name: 'Bug' }],
  members: PEOPLE,
  cycles: [],
  modules: [],
});

/** A source that lists both projects, and knows one e-mail address. */
export function aSourceOfTwo() {
  const fake = aFakeSource();
  fake.publish(WEB, APP);
  fake.emails.set('ada@example.test', PEOPLE[0]);
  return fake;
}

/** A publisher over a source that the test controls. */
export function aPublisher({ cacheMaxBytes = 1_000_000, store = aMemoryStore() } = {}) {
  const fake = aFakeSource();
  const { clock, loader } = fake;
  const now = (): number => clock.now;
  let rendered = 0;
  const start = (): Publisher => {
    const renderer = aRenderer(store, now);
    const counting: Renderer = {
      render: (...args) => {
        rendered++;
        return renderer.render(...args);
      },
    };
    return createPublisher({ loader, renderer: counting, store, cacheMaxBytes, now });
  };
  return { ...fake, store, publisher: start(), restart: start, rendered: () => rendered };
}

/** Three items whose feeds show when each last changed. */

const SECOND = NOON / 1000;
export const TODAY = '2026-11-20';
export const LABELS = [
  { id: 'x', name: 'bug' },
  { id: 'y', name: 'docs' },
];
export const OPEN = aWorkItem({ id: uuid(1), number: 1, labelIds: ['x'] });
export const DONE = aWorkItem({ id: uuid(2), number: 2, stateId: 'done', labelIds: ['y'] });
const BOTH = aWorkItem({ id: uuid(3), number: 3, labelIds: ['x', 'y'] });
export const ITEMS = [OPEN, DONE, BOTH];
export const PLAIN = aSnapshot({ items: ITEMS, labels: LABELS });
/** An alarm changes only the text of open items. */
export const ALARM: Partial<FeedOptions> = { alarm: ['-PT15H'] };

/** Renders feeds over one store, with a clock that the test moves; `restart` forgets all that is not stored. */
export function aRevisionFixture() {
  const clock = { now: NOON };
  const store = aMemoryStore();
  const now = (): number => clock.now;
  let renderer = aRenderer(store, now);
  const render = async (
    options: Partial<FeedOptions> = {},
    snapshot: Snapshot = PLAIN,
    feed: Parameters<typeof aFeed>[0] = {},
  ) => {
    const rendered = await renderer.render(
      partsOf(aFeed({ ...feed, options: { done: 'keep', ...options } }), [snapshot], TODAY),
    );
    await rendered.saved.catch(() => undefined);
    return rendered;
  };
  return {
    clock,
    store,
    render,
    restart: () => {
      renderer = aRenderer(store, now);
    },
    /** Seconds after the start by item number, the same in all three properties. */
    stamps: async (...args: Parameters<typeof render>) => stampsOf((await render(...args)).identity),
  };
}

export function stampsOf(identity: Buffer): Record<string, number> {
  const text = identity.toString().replaceAll('\r\n ', '');
  const found = [...text.matchAll(/UID:plane-(.*?)@[^]*?DTSTAMP:(.*)\r\nLAST-MODIFIED:(.*)\r\nSEQUENCE:(\d+)\r/g)];
  return Object.fromEntries(
    found.map(([, id = '', stamp = '', modified, sequence]) => {
      const iso = stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
      const seconds = Date.parse(iso) / 1000;
      expect([modified, sequence]).toEqual([stamp, String(seconds - Date.UTC(2020, 0, 1) / 1000)]);
      const name = id.startsWith('note') ? 'note' : String(Number(id.slice(-12)));
      return [name, seconds - SECOND];
    }),
  );
}

export const changed = (item: typeof OPEN, fields: Partial<typeof OPEN>): Snapshot =>
  aSnapshot({ items: ITEMS.map((one) => (one === item ? { ...one, ...fields } : one)), labels: LABELS });
