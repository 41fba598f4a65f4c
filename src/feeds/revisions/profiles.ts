import { createHash } from 'node:crypto';
import type { ChangeListener, Clock, Store, StoreChange } from '../../domain/ports.ts';
import { versionOf } from '../../lib/record-version.ts';
import { createRecent } from '../recent.ts';

/**
 * Which profile each feed is rendered in. A profile is named after the digest of what shapes the text (`shapeOf` in `views/view.ts`), so
 * feeds with equal shapes share it. A feed whose shape changes gets a profile of its own: in the shared one the new text may have an older
 * revision than the one its subscribers know.
 */

/** The kind of their records. */
export const PROFILE = 'profile';
const DAY_MS = 86_400_000;
/** Anyone can make up public feeds with options of their own, so those are forgotten when unused this long… */
const PUBLIC = 'open:';
const FORGET_MS = 60 * DAY_MS;
/** …or when there are more of them, or of their shapes: then the least recently used ones. */
const MAX_PUBLIC = 5_000;
const MAX_PUBLIC_SHAPES = 500;
/** Checked once a day, or after this many new ones. */
const MANY_NEW = 200;
/** How many feeds have their profile in memory. */
const MAX_KNOWN = 10_000;

/** The profile of a feed, as stored. */
export interface ProfileUse {
  readonly shape: string;
  readonly profile: string;
  /** The profile before the shape changed: text that is equal in both keeps its revision. */
  readonly from: string | null;
  /** How often the shape has changed. */
  readonly changes: number;
  /** Milliseconds since the epoch, to the day; missing in records of earlier releases. */
  readonly usedAt?: number;
}

/** What nobody uses any more. */
export interface UnusedProfiles {
  readonly feedKeys: readonly string[];
  readonly profiles: readonly string[];
  /** Delete the records of those feeds. */
  readonly changes: readonly StoreChange[];
}

/** The profile that a feed has now. */
export interface FoundProfile {
  readonly use: ProfileUse;
  /** True for a feed that is new or whose shape has changed. */
  readonly isNew: boolean;
  /** Records it, if that is due; has to be written with its first revisions. */
  readonly changes: readonly StoreChange[];
}

/** The profiles of all feeds. */
export interface Profiles {
  /** The profile of a feed with that shape. */
  use(feedKey: string, shape: string): Promise<FoundProfile>;
  /** Public feeds that are unused, or too many, and the profiles that only they used. Empty until a check is due. */
  unused(): Promise<UnusedProfiles>;
}

/** The profiles that feeds had when they were last read, written or reported. */
export interface LatestProfiles {
  /** undefined for a feed of which nothing is known. */
  get(feedKey: string): string | undefined;
  /** Sets what was read or written since the feed had `before`, unless another server's profile was reported meanwhile: that is newer. */
  replace(feedKey: string, before: string | undefined, profile: string): void;
  /** False where the feed has another profile by now. */
  isCurrent(feedKey: string, profile: string): boolean;
  /** Applies what other servers stored. */
  readonly adopt: ChangeListener;
}

export function createLatestProfiles(): LatestProfiles {
  const latest = createRecent<string>(MAX_KNOWN);
  return {
    get: (feedKey) => latest.get(feedKey),
    replace: (feedKey, before, profile) => {
      if (latest.get(feedKey) === before) latest.set(feedKey, profile);
    },
    isCurrent: (feedKey, profile) => (latest.get(feedKey) ?? profile) === profile,
    adopt: ({ isComplete, records }) => {
      if (isComplete) latest.clear();
      // A feed that was forgotten has none.
      for (const { id, value } of records) latest.set(id, (value as ProfileUse | undefined)?.profile ?? '');
    },
  };
}

export function createProfiles(store: Store, now: Clock): Profiles {
  let checkedAt = -Infinity;
  let newFeeds = 0;

  /** A feed whose shape changed stays: in the shared profile its text may have an older revision than its subscribers know. */
  function unusedKeys(uses: readonly (readonly [string, ProfileUse])[]): ReadonlySet<string> {
    const usedAtOf = ({ usedAt }: ProfileUse): number => usedAt ?? now();
    const latestFirst = uses
      .filter(([key, { changes }]) => key.startsWith(PUBLIC) && changes === 0)
      .sort(([, a], [, b]) => usedAtOf(b) - usedAtOf(a));
    const shapes = new Set<string>();
    const unused = new Set<string>();
    for (const [at, [key, use]] of latestFirst.entries()) {
      shapes.add(use.shape);
      if (at >= MAX_PUBLIC || shapes.size > MAX_PUBLIC_SHAPES || now() - usedAtOf(use) >= FORGET_MS) unused.add(key);
    }
    return unused;
  }

  return {
    use: async (feedKey, shape) => {
      const stored = (await store.get(PROFILE, feedKey)) as ProfileUse | undefined;
      const use = nextUse(stored, feedKey, shape, now());
      const isNew = stored?.shape !== shape;
      if (!isNew && Math.abs(now() - (stored.usedAt ?? -Infinity)) < DAY_MS) return { use, isNew, changes: [] };
      if (feedKey.startsWith(PUBLIC)) newFeeds++;
      const change = { kind: PROFILE, id: feedKey, value: use, expected: versionOf(stored) };
      return { use, isNew, changes: [change] };
    },
    unused: async () => {
      if (now() - checkedAt < DAY_MS && newFeeds < MANY_NEW) return { feedKeys: [], profiles: [], changes: [] };
      checkedAt = now();
      newFeeds = 0;
      const uses = (await store.list(PROFILE)) as [string, ProfileUse][];
      const keys = unusedKeys(uses);
      const used = new Set(uses.flatMap(([key, { profile, from }]) => (keys.has(key) ? [] : [profile, from])));
      const profiles = new Set(uses.map(([, { profile }]) => profile).filter((profile) => !used.has(profile)));
      const changes = uses
        .filter(([id]) => keys.has(id))
        .map(([id, use]) => ({ kind: PROFILE, id, expected: versionOf(use) }));
      return { feedKeys: [...keys], profiles: [...profiles], changes };
    },
  };
}

function nextUse(stored: ProfileUse | undefined, feedKey: string, shape: string, usedAt: number): ProfileUse {
  if (stored?.shape === shape) return { ...stored, usedAt };
  if (!stored) return { shape, profile: shape, from: null, changes: 0, usedAt };
  const changes = stored.changes + 1;
  const own = createHash('sha256').update(feedKey).digest('base64url').slice(0, 12);
  return { shape, profile: `${shape}.${own}.${changes}`, from: stored.profile, changes, usedAt };
}
