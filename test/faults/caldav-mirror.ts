import { expect } from '@jest/globals';
import { openCollection } from '../../src/caldav/collection.ts';
import { AppError } from '../../src/domain/errors.ts';
import { uidOf } from '../../src/mirrors/sync/object.ts';
import { inspect } from '../../src/mirrors/sync/fingerprint.ts';
import { accountAt, tools } from '../caldav/support.ts';
import { aBench, anItem, items, MIRROR, objectsOf } from '../mirrors/support/fixture.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aCalDav } from '../support/caldav.ts';
import type { Scratch } from '../support/scratch.ts';
import type { Mutation } from './caldav-mutations.ts';

/** A mirror of a few items into a real client's calendar, with events of others around its own. */

const FOLDER = '/dav/work/';
const DAY = 86_400_000;
const foreign = (uid: string): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nSUMMARY:Lunch\r\nX-PLANE-MIRROR:${MIRROR}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
/** Among them one that has a name of ours, and one that another program cut off. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  [`${FOLDER}8A7B-0001.ics`, foreign('lunch')],
  [`${FOLDER}ada%40example.com.ics`, foreign('ada@example.com')],
  [`${FOLDER}plane-${MIRROR}-x.ics`, foreign('not-its-name')],
  [`${FOLDER}broken.ics`, foreign('broken').slice(0, 60)],
]);

export interface FaultyMirror {
  /** A first run, which is ok. */
  fill(): Promise<void>;
  /** In Plane one item changes, one goes, one comes; in the calendar a user changes one. */
  edit(): void;
  /** Spoils all answers; `isIdle`: the server does not do what it is asked to either. */
  spoil(mutation: Mutation, isIdle?: boolean): void;
  heal(): void;
  /** Runs, checks what must always be so, and returns whether it was reported as ok. */
  run(): Promise<boolean>;
  /** One of the next runs is ok, and the one after that writes nothing. */
  expectSettled(runs: number): Promise<void>;
}

/**
 * `remembers` false: each run is that of a new process without memory. `renames`: the server names what is created as it likes.
 * `checksUids`: it takes no UID twice.
 */
export async function aMirror(
  scratch: Scratch,
  remembers: boolean,
  renames = false,
  checksUids = false,
): Promise<FaultyMirror> {
  const dav = await aCalDav();
  dav.renames = renames;
  dav.checksUids = checksUids;
  scratch.defer(() => dav.close());
  for (const [path, text] of OTHERS) dav.objects.set(path, text);
  const using = tools();
  const world = { ...aBench().world, items: items(5) };
  let store = aMemoryStore();
  let bench: ReturnType<typeof aBench> | null = null;
  let edits = 0;
  /** What is there and must stay: wanted before and after each edit. */
  let lasting = new Set<string>();

  /**
   * Paths and texts of ours by UID. Throws where one is there twice, unless the server chooses names: then a new object whose answer was
   * lost may be stored again, until the next run removes the copy.
   */
  function own({ isSettled = !renames } = {}): Map<string, readonly [path: string, text: string]> {
    const found = [...dav.objects].filter(([path]) => !OTHERS.has(path));
    const byUid = new Map(found.map((one) => [inspect(one[1])?.uid ?? '', one] as const));
    if (isSettled) expect(byUid.size).toBe(found.length);
    return byUid;
  }
  let expected = { of: null as unknown, fps: new Map<string, string>() };
  const desired = (): Map<string, string> => {
    if (expected.of !== world.items)
      expected = {
        of: world.items,
        fps: new Map([...objectsOf(world.items).values()].map(({ name, fp }) => [uidOf(name), fp])),
      };
    return expected.fps;
  };

  async function open(): Promise<ReturnType<typeof aBench>> {
    const credentials = { kind: 'password', method: 'basic', username: 'alice', password: dav.password } as const;
    const account = accountAt(scratch, dav.url, { credentials, timeouts: { totalMs: 20_000 } }, using);
    const collection = await openCollection(account, dav.url + FOLDER);
    return aBench({ collection: collection, store, deletionGuard: { count: 1_000, percent: 100 } }, world, {
      now: using.now,
    });
  }

  function check(): void {
    for (const [path, text] of OTHERS) expect(dav.objects.get(path)).toBe(text);
    expect([...own().keys()]).toEqual(expect.arrayContaining([...lasting]));
  }

  async function run(): Promise<boolean> {
    // Whatever the server asked to wait is over, and what was seen once may be seen again.
    using.now += 2 * DAY;
    if (!remembers) [bench, store] = [null, aMemoryStore()];
    try {
      bench ??= await open();
      bench.clock.now = using.now;
      const { error } = await bench.run();
      // After these the mirror logs in anew.
      if (error?.code === 'caldav_key' || error?.code === 'caldav_not_found') bench = null;
      check();
      if (error === null) expectDesired();
      return error === null;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      check();
      return false;
    }
  }

  function expectDesired(): void {
    expect(new Map([...own()].map(([uid, [, text]]) => [uid, inspect(text)?.fp]))).toEqual(desired());
  }

  return {
    run,
    fill: async () => {
      expect(await run()).toBe(true);
      lasting = new Set(desired().keys());
    },
    edit: () => {
      edits++;
      const before = own();
      const [, changed, ...others] = world.items;
      world.items = [{ ...changed!, name: `Changed ${edits}` }, ...others, anItem(100 + edits)];
      const edited = before.get(`plane-${MIRROR}-${others[0]!.id}`);
      if (edited !== undefined) dav.objects.set(edited[0], edited[1].replace('SUMMARY:', 'SUMMARY:Mine '));
      lasting = new Set([...desired().keys()].filter((uid) => before.has(uid)));
    },
    spoil: ({ change, headers }, isIdle = false) => {
      dav.alter = change;
      dav.alterHeaders = headers ?? ((given) => given);
      dav.isIdle = isIdle;
    },
    heal: () => {
      dav.alter = (reply) => reply;
      dav.alterHeaders = (headers) => headers;
      dav.isIdle = false;
    },
    expectSettled: async (runs) => {
      let isOk = false;
      for (let count = 0; count < runs && !isOk; count++) isOk = await run();
      expect(isOk).toBe(true);
      if (renames) expect(await run()).toBe(true);
      own({ isSettled: true });
      dav.writes();
      expect(await run()).toBe(true);
      expect(dav.writes()).toEqual([]);
    },
  };
}
