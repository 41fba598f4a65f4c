/** Kinds of histories, so that what is rare in most of them is frequent in some. */

/** What people do. */
export const ACTS = [
  ...['read', 'read', 'read', 'read everywhere', 'read everywhere', 'read link', 'read link'],
  ...[
    'edit',
    'edit',
    'edit silently',
    'deliver late',
    'move',
    'create',
    'delete',
    'archive',
    'restore',
    'edit and back',
  ],
  ...['rename person', 'rename label', 'add link', 'revoke', 'rotate', 'race link'],
  ...['redefine', 'rename and back', 'read while edited'],
  ...['edit calendar', 'edit calendar', 'read source'],
  ...['add foreign', 'edit foreign', 'remove foreign', 'edit mirrored', 'run mirror'],
] as const;
/** One of them in each history, beside one restart and one run of the mirror. */
export const FAULTS = [
  ...['freeze', 'kill', 'kill after write', 'database down', 'database full', 'commits lost', 'commits lost'],
  ...['plane silent', 'plane errors', 'plane busy', 'plane pages', 'plane empty', 'mirror faults', 'source faults'],
  ...['source empty', 'mirror down'],
] as const;

export type Act = (typeof ACTS)[number] | (typeof FAULTS)[number] | 'restart';

/** What the histories of a kind have in common. */
export interface Profile {
  readonly name: string;
  /** Each as likely as it is often in the list. */
  readonly acts: readonly Act[];
  readonly faults: readonly Act[];
  /** The longest time between two steps, in milliseconds. */
  readonly mostWaitMs: number;
  /** The longest time that something is wrong, in milliseconds. */
  readonly troubleMs: number;
  /** The longest time of a read of the database; a commit takes up to four times as long. */
  readonly storeMs: number;
  /** Requests to Plane in a minute. */
  readonly budget: number;
  /** How often a request to the CalDAV server fails where that is what is wrong, from 0 to 1. */
  readonly mirrorFaults: number;
  /** Whether the CalDAV server names what it stores; null where the seed decides. */
  readonly renames: boolean | null;
  /** How often each server is asked for each calendar while its items change. */
  readonly readers: number;
  /** Time until everything must be as it should be, in milliseconds. */
  readonly quietMs: number;
}

const USUAL: Profile = {
  ...{ name: 'usual', acts: ACTS, faults: FAULTS, mostWaitMs: 2_500, troubleMs: 8_000 },
  ...{ storeMs: 5, budget: 120, mirrorFaults: 0.2, renames: null, quietMs: 16_000, readers: 1 },
};

const PROFILES: readonly Profile[] = [
  USUAL,
  {
    ...USUAL,
    name: 'links that many change at once',
    acts: [
      ...['add link', 'add link', 'add link', 'race link', 'race link', 'race link', 'revoke', 'rotate', 'redefine'],
      ...['rename and back', 'rename and back', 'read link', 'read link', 'read everywhere', 'read everywhere', 'edit'],
    ] as const,
    faults: ['kill after write', 'kill after write', 'freeze', 'commits lost', 'database full'],
  },
  USUAL,
  {
    ...USUAL,
    name: 'silent weeks: items only leave, far apart',
    acts: ['read', 'read', 'read', 'read', 'read', 'read everywhere', 'delete', 'delete', 'archive', 'run mirror'],
    faults: ['kill', 'plane errors', 'database down', 'commits lost'],
    mostWaitMs: 20_000,
  },
  USUAL,
  {
    ...USUAL,
    name: 'something is wrong for minutes',
    faults: [
      'database down',
      'plane errors',
      'plane empty',
      'source empty',
      'source empty',
      'mirror down',
      'mirror down',
    ],
    troubleMs: 100_000,
  },
  USUAL,
  {
    ...USUAL,
    name: 'a small budget',
    acts: [
      ...['edit', 'edit', 'edit', 'edit', 'edit', 'edit', 'deliver late', 'edit silently', 'move', 'create', 'delete'],
      ...['rename label', 'rename person', 'add link', 'read link', 'read', 'read everywhere', 'read source'],
    ] as const,
    mostWaitMs: 5_000,
    budget: 15,
    quietMs: 50_000,
  },
  USUAL,
  {
    ...USUAL,
    name: 'calendars that are read while their items change',
    acts: [
      ...[
        'read while edited',
        'read while edited',
        'read while edited',
        'read everywhere',
        'read everywhere',
        'read link',
      ],
      ...['add link', 'redefine', 'redefine', 'archive', 'restore', 'edit', 'deliver late'],
    ] as const,
    faults: ['freeze', 'kill', 'commits lost', 'database down'],
    mostWaitMs: 800,
    storeMs: 20,
    readers: 2,
  },
  USUAL,
  {
    ...USUAL,
    name: 'a CalDAV server that renames what it stores',
    acts: [...ACTS, 'create', 'create', 'edit', 'run mirror', 'run mirror', 'edit mirrored'],
    faults: ['mirror faults'],
    mirrorFaults: 0.4,
    renames: true,
  },
];

/** The kind of a seed's history: each comes in turn. */
export function profileOf(seed: number): Profile {
  return PROFILES[seed % PROFILES.length]!;
}
