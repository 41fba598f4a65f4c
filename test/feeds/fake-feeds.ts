import { expect } from '@jest/globals';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { Snapshot } from '../../src/domain/plane.ts';
import { aSnapshot, aWorkItem, NOON, uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed, aRenderer, partsOf } from '../support/render.ts';

/** Three items, and feeds of them whose revisions are told in seconds after the start. */

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
/** An alarm changes the text of what is open alone. */
export const RINGING: Partial<FeedOptions> = { alarm: ['-PT15H'] };

/** Feeds by key over one store, on a clock that stands still until it is moved; `restart` forgets all that is not stored. */
export function aDesk() {
  const clock = { now: NOON };
  const store = aMemoryStore();
  const now = (): number => clock.now;
  let renderer = aRenderer(store, now);
  const write = (
    options: Partial<FeedOptions> = {},
    snapshot: Snapshot = PLAIN,
    feed: Parameters<typeof aFeed>[0] = {},
  ) => renderer.render(partsOf(aFeed({ ...feed, options: { done: 'keep', ...options } }), [snapshot], TODAY));
  return {
    clock,
    store,
    write,
    restart: () => {
      renderer = aRenderer(store, now);
    },
    /** Seconds after the start by item number, as three properties tell them. */
    stamps: async (...args: Parameters<typeof write>) => stampsOf((await write(...args)).identity),
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
