import type { ChangeListener, FollowedChanges, StoredChange, StoreChange } from '../domain/ports.ts';
import type { RecordVersion } from '../lib/record-version.ts';

/** Those who follow kinds of records. */
export interface Listeners {
  add(kinds: readonly string[], listener: ChangeListener): void;
  /** Calls each with the changes of its kinds. */
  report(changes: FollowedChanges): void;
  /** True where one of these kinds is followed. */
  follow(changes: readonly { readonly kind: string }[]): boolean;
  /** Every kind that is followed. */
  kinds(): readonly string[];
}

/** Learns of a record at which a listener throws; `version` is as it is stored, missing where that is the `versionOf` the value. */
export type OnBadRecord = (record: StoredChange & { readonly version?: RecordVersion }, error: unknown) => void;

/**
 * Calls a listener. Where it throws, it gets the records in ever smaller parts, as changes, and `onBad` those at which it throws again, so that
 * they cost the others nothing. Throws what `onBad` throws, and the listener's error where it is not about one record.
 */
export function reportTo(
  listener: ChangeListener,
  { isComplete, records }: FollowedChanges,
  onBad: OnBadRecord = rethrow,
): void {
  try {
    listener({ isComplete, records });
  } catch (error) {
    const good = acceptedHalves(listener, records, error, onBad);
    if (good.length === records.length) throw error;
    if (isComplete) listener({ isComplete, records: good });
  }
}

/** Reports both halves of records at which the listener threw; returns those records at which it does not throw. */
function acceptedHalves(
  listener: ChangeListener,
  records: readonly StoredChange[],
  error: unknown,
  onBad: OnBadRecord,
): readonly StoredChange[] {
  const [first] = records;
  if (first === undefined) return [];
  if (records.length > 1) {
    const middle = records.length >> 1;
    return [records.slice(0, middle), records.slice(middle)].flatMap((half) => accepted(listener, half, onBad));
  }
  onBad(first, error);
  return [];
}

function accepted(
  listener: ChangeListener,
  records: readonly StoredChange[],
  onBad: OnBadRecord,
): readonly StoredChange[] {
  try {
    listener({ isComplete: false, records });
    return records;
  } catch (error) {
    return acceptedHalves(listener, records, error, onBad);
  }
}

function rethrow(_record: StoredChange, error: unknown): never {
  throw error;
}

export function createListeners(onBad?: OnBadRecord): Listeners {
  const all: { readonly kinds: ReadonlySet<string>; readonly listener: ChangeListener }[] = [];
  let allKinds: readonly string[] = [];
  return {
    add: (kinds, listener) => {
      all.push({ kinds: new Set(kinds), listener });
      allKinds = [...new Set([...allKinds, ...kinds])];
    },
    report: ({ isComplete, records }) => {
      for (const { kinds, listener } of all) {
        const theirs = records.filter(({ kind }) => kinds.has(kind));
        if (isComplete || theirs.length > 0) reportTo(listener, { isComplete, records: theirs }, onBad);
      }
    },
    follow: (changes) => changes.some(({ kind }) => allKinds.includes(kind)),
    kinds: () => allKinds,
  };
}

/** What a write leaves: of several changes to one record the last one counts. */
export function writtenBy(changes: readonly StoreChange[]): FollowedChanges {
  const last = new Map<string, StoredChange>();
  for (const { kind, id, value } of changes) last.set(`${kind} ${id}`, { kind, id, value });
  return { isComplete: false, records: [...last.values()] };
}
