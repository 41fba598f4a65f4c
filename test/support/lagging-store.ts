import type { ChangeListener, FollowedStore, StoredChange } from '../../src/domain/ports.ts';

/** A store as another server follows it, which reads only now and then what was written. */
export interface LaggingStore extends Pick<FollowedStore, 'follow'> {
  /**
   * Reports what was written since the last time: each record as it is now, in the order in which it was first written or in the opposite
   * one, or every record there is.
   */
  catchUp(how?: 'changes' | 'reversed' | 'everything'): Promise<void>;
  /** Records that were reported since this began. */
  readonly reported: () => number;
}

export function aLaggingStore(store: FollowedStore): LaggingStore {
  const followed: { readonly kinds: readonly string[]; readonly listener: ChangeListener; seen: StoredChange[] }[] = [];
  let reported = 0;

  function report(listener: ChangeListener, isComplete: boolean, records: readonly StoredChange[]): void {
    reported += records.length;
    // Another process has objects of its own.
    listener({
      isComplete,
      records: records.map(({ kind, id, value }) => ({ kind, id, value: value === undefined ? value : copyOf(value) })),
    });
  }

  return {
    reported: () => reported,
    follow: async (kinds, listener) => {
      const one = { kinds, listener, seen: [] as StoredChange[] };
      await store.follow(kinds, ({ isComplete, records }) => {
        if (isComplete) report(listener, true, records);
        else one.seen.push(...records);
      });
      followed.push(one);
    },
    catchUp: async (how = 'changes') => {
      for (const one of followed) {
        const seen = new Map(one.seen.map((record) => [`${record.kind} ${record.id}`, record]));
        one.seen = [];
        if (how === 'everything') {
          const records: StoredChange[] = [];
          for (const kind of one.kinds)
            for (const [id, value] of await store.list(kind)) records.push({ kind, id, value });
          // What was written meanwhile is among them, and is reported again.
          report(one.listener, true, records);
        } else if (seen.size > 0)
          report(one.listener, false, how === 'reversed' ? [...seen.values()].reverse() : [...seen.values()]);
      }
    },
  };
}

function copyOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
