import { describe, expect, test } from '@jest/globals';
import type { Scope } from '../../../src/domain/feed.ts';
import type { CalendarContent, ProjectContent, Renames, Store } from '../../../src/domain/ports.ts';
import { createMerge } from '../../../src/feeds/calendars/merge.ts';
import { createPublicFeeds } from '../../../src/feeds/public-feeds.ts';
import { createResolver } from '../../../src/feeds/resolver.ts';
import { claim } from '../../../src/lib/conflicts.ts';
import { planeAlone } from '../../support/calendars.ts';
import { aSnapshot } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aContent, aFactory } from '../../support/render.ts';
import { aSourceOfTwo, WEB } from '../fixture.ts';

/** The same store, in which something is written right before its first write. */
function overtaken(store: Store, write: () => Promise<unknown>): Store {
  let isFirst = true;
  return {
    ...store,
    write: async (changes) => {
      if (isFirst) {
        isFirst = false;
        await write();
      }
      await store.write(changes);
    },
  };
}

describe('a claim', () => {
  const claimed = { kind: 'a', id: 'b', value: 'own', before: undefined };

  test('is what another server stored first', async () => {
    const store = aMemoryStore();
    const late = overtaken(store, () => claim(store, { ...claimed, value: 'theirs' }));
    expect(await claim(late, claimed)).toBe('theirs');
    expect(await store.get('a', 'b')).toBe('theirs');
  });

  test('of a record that was deleted meanwhile is made anew', async () => {
    const store = aMemoryStore();
    await store.write([{ kind: 'a', id: 'b', value: 'old' }]);
    const late = overtaken(store, () => store.write([{ kind: 'a', id: 'b' }]));
    expect(await claim(late, { ...claimed, before: 'old' })).toBe('own');
  });

  test('fails with the error of the store', async () => {
    const store = aMemoryStore();
    store.isFull = true;
    await expect(claim(store, claimed)).rejects.toThrow('no space left');
  });
});

test('a name in an address means on all servers what it meant on the first', async () => {
  const store = aMemoryStore();
  const open = (own: Store, labels: typeof WEB.labels) => {
    const fake = aSourceOfTwo();
    fake.publish({ ...WEB, labels });
    const source = planeAlone(fake.source);
    return createPublicFeeds({
      source,
      resolver: createResolver(source, fake.loader),
      store: own,
      factory: aFactory(),
    });
  };
  const first = open(store, WEB.labels);
  // There the label is another one of that name.
  const other = new Map([['l7', { id: 'l7', name: 'bug' }]]);
  const late = open(
    overtaken(store, () => first.project('WEB', 'label=bug')),
    other,
  );
  const feed = await late.project('WEB', 'label=bug');
  expect(feed?.pins).toEqual({ label: { bug: ['l1'] } });
  expect(feed).toEqual(await first.project('WEB', 'label=bug'));
});

test('an e-mail address means on all servers whom it meant on the first', async () => {
  const store = aMemoryStore();
  const open = (own: Store, id: string) => {
    const fake = aSourceOfTwo();
    fake.emails.set('kim@example.test', { id, displayName: 'kim' });
    const source = planeAlone(fake.source);
    return createPublicFeeds({
      source,
      resolver: createResolver(source, fake.loader),
      store: own,
      factory: aFactory(),
    });
  };
  const first = open(store, 'a');
  const late = open(
    overtaken(store, () => first.person('kim@example.test', '')),
    'b',
  );
  expect((await late.person('kim@example.test', ''))?.scope).toEqual({ kind: 'person', memberId: 'a' });
});

describe('calendars side by side', () => {
  interface Fake extends ProjectContent {
    readonly renames: Renames | null;
  }
  const plain = aContent(aSnapshot());

  function aCalendar(id: string, uids: readonly string[]): Fake {
    const make = (renames: Renames | null): Fake => ({
      ...plain,
      info: { ...plain.info, id, identifier: id },
      renames,
      calendar: content,
    });
    const content: CalendarContent = {
      uids: new Set(uids),
      zones: new Map(),
      years: { from: 2025, to: 2027 },
      renamed: (renames) => Promise.resolve(make(renames)),
    };
    return make(null);
  }
  const scope: Scope = { kind: 'projects', projectIds: [], calendarIds: ['cal-a', 'cal-b'] };
  const both = (...uids: string[]): Fake[] => [aCalendar('cal-a', uids), aCalendar('cal-b', uids)];
  const renamedIn = ({ contents }: { readonly contents: readonly ProjectContent[] }): string[] =>
    [...((contents[1] as Fake).renames?.uids.keys() ?? [])].sort();

  test('have the UIDs renamed that another server renamed at the same time', async () => {
    const store = aMemoryStore();
    const first = createMerge(store);
    const late = createMerge(overtaken(store, () => first('link', scope, both('1'))));
    const merged = await late('link', scope, both('2', '3'));
    await merged.saved;
    expect(renamedIn(merged)).toEqual(['1', '2', '3']);
    expect(await store.get('renamed-uid', 'link/cal-b')).toEqual(['1', '2', '3']);
  });

  test('have those renamed that another server has renamed since, when it is followed', async () => {
    const store = aMemoryStore();
    const [a, b] = [createMerge(store), createMerge(store)];
    const apart = [aCalendar('cal-a', ['1']), aCalendar('cal-b', ['2'])];
    expect(renamedIn(await b('link', scope, apart))).toEqual([]);
    await a('link', scope, [apart[0]!, aCalendar('cal-b', ['1'])]);
    expect(renamedIn(await b('link', scope, apart))).toEqual([]);
    b.adopt({ isComplete: false, records: [{ kind: 'renamed-uid', id: 'link/cal-b', value: ['1'] }] });
    expect(renamedIn(await b('link', scope, apart))).toEqual(['1']);
  });
});
