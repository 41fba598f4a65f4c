import { describe, expect, test } from '@jest/globals';
import { openCollection } from '../../src/caldav/collection.ts';
import type { Collection } from '../../src/domain/collection.ts';
import type { RunReport } from '../../src/mirrors/sync/report.ts';
import { errorOf } from '../caldav/support.ts';
import { aBench, anItem, items, type Bench } from '../mirrors/support/fixture.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { createScratch } from '../support/scratch.ts';
import { caldavNeeds, type ServerKind } from './support/caldav-server.ts';
import { needs } from './support/clients.ts';
import type { Fault } from './support/fault-proxy.ts';
import { accountAt, aPlace, expectMirrored, expectSettled, randomNumbers, writesOf } from './support/mirror.ts';

/** Whatever goes wrong between the mirror and a real server: in the end all is as wanted, nothing is there twice, and others' objects stay. */

const scratch = createScratch();
const ANY_NUMBER = { count: 1000, percent: 100 };
const REFUSAL = { status: 401, headers: { 'www-authenticate': 'Basic realm="calendars"' } };

const busy = (random: () => number): Fault => ({
  status: random() < 0.5 ? 429 : 503,
  headers: { 'retry-after': '7' },
});
const FAULTS: Readonly<Record<string, (random: () => number) => Fault | null>> = {
  'answers that are lost': (random) => (random() < 0.2 ? 'drop' : null),
  'connections that break before': (random) => (random() < 0.15 ? 'reset' : null),
  'too many requests': (random) => (random() < 0.25 ? busy(random) : null),
  'answers that break off': (random) => (random() < 0.3 ? 'tear' : null),
  'halves of answers': (random) => (random() < 0.3 ? 'halve' : null),
  'all of it': (random) => {
    const kinds = ['drop', 'reset', 'tear', 'halve', busy(random)] as const;
    return random() < 0.4 ? kinds[Math.floor(random() * kinds.length)]! : null;
  },
};

/** Some items change, some come and some go. */
function change({ world }: Bench, salt: string, random: () => number): void {
  const there = new Map(world.items.map((one) => [one.number, one]));
  for (let edit = 0; edit < 14; edit++) {
    const number = 1 + Math.floor(random() * 25);
    if (random() < 0.3) there.delete(number);
    else there.set(number, anItem(number, { name: `Salt ${salt}.${edit}` }));
  }
  world.items = [...there.values()];
}

/** The collection of a process that ends with its call number `last`, which every second time still goes through. */
function dyingAt(collection: Collection, last: number, die: () => void): Collection {
  let calls = 0;
  const dying =
    <Given extends readonly unknown[], T>(call: (...given: Given) => Promise<T>) =>
    async (...given: Given): Promise<T> => {
      const mine = ++calls;
      if (mine < last) return call(...given);
      die();
      if (mine === last && last % 2 === 0) await call(...given);
      throw new Error('killed');
    };
  const { list, read, readOne: look, put, remove } = collection;
  return {
    ...collection,
    list: dying(list),
    read: dying(read),
    readOne: dying(look),
    put: dying(put),
    remove: dying(remove),
  };
}

async function isSettled(bench: Bench, most: number): Promise<RunReport> {
  for (let run = 1; ; run++) {
    const report = await bench.run();
    const { conflicts, unanswered, waiting } = report.counts;
    if ((report.error === null && conflicts + unanswered + waiting === 0) || run === most) return report;
  }
}

describe.each<ServerKind>(['radicale', 'xandikos'])('a mirror', (kind) => {
  needs(caldavNeeds(kind), kind, () => {
    test('comes through each kind of fault, with memory and without', async () => {
      const place = await aPlace(kind, scratch);
      const random = randomNumbers(2);
      let bench = aBench({ ...place, deletionGuard: ANY_NUMBER });
      bench.world.items = items(20);
      let faults = 0;
      for (const [name, fault] of Object.entries(FAULTS)) {
        change(bench, name, random);
        if (random() < 0.5) bench = bench.again({ store: aMemoryStore() });
        place.proxy.fault = () => {
          const drawn = fault(random);
          if (drawn !== null) faults++;
          return drawn;
        };
        await isSettled(bench, 15);
        place.proxy.fault = () => null;
        const { error, counts } = await bench.run();
        expect([name, error, counts.conflicts, counts.rejected]).toEqual([name, null, 0, 0]);
        await expectMirrored(place, bench.desired());
        await expectSettled(place, () => bench.run());
      }
      expect(faults).toBeGreaterThan(10);
      expect(Math.max(...place.tools.waited)).toBeGreaterThanOrEqual(7_000);
    });

    test('takes half an object for no object: neither for one of others, nor for one to keep', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(8);
      await bench.run();
      place.proxy.fault = (method) => (method === 'REPORT' || method === 'GET' ? 'halve' : null);
      expect((await errorOf(bench.backup())).code).toBe('caldav_invalid_response');
      const fresh = bench.again({ store: aMemoryStore() });
      expect((await fresh.run()).error?.code).toBe('caldav_invalid_response');
      place.proxy.fault = () => null;
      const report = await fresh.run();
      expect([report.error, report.counts.unchanged, report.counts.left]).toEqual([null, 8, 1]);
    });

    test('finishes the next time when it is killed at any step, with memory and without', async () => {
      const place = await aPlace(kind, scratch);
      const random = randomNumbers(3);
      let store = aMemoryStore();
      const bench = aBench({ ...place, store, deletionGuard: ANY_NUMBER });
      bench.world.items = items(20);
      await bench.run();
      let kills = 0;
      for (const last of [1, 2, 3, 4, 6, 7, 9, 10]) {
        change(bench, String(last), random);
        const die = (): void => {
          store.isFull = true;
        };
        const killed = bench.again({ store, collection: dyingAt(place.collection, last, die) });
        const ended = await killed.run().catch((error: unknown) => error);
        // Where the steps were fewer, it came to its end.
        expect(ended instanceof Error).toBe(store.isFull);
        if (store.isFull) kills++;
        store.isFull = false;
        if (last % 4 < 2) store = aMemoryStore();
        const next = bench.again({ store });
        const { error, counts } = await next.run();
        expect([error, counts.conflicts, counts.rejected]).toEqual([null, 0, 0]);
        await expectMirrored(place, bench.desired());
        await expectSettled(place, () => next.run());
      }
      expect(kills).toBeGreaterThan(4);
    });

    test('stops at a signal, and does the rest the next time and no more', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(30);
      for (const [stopAt, remembers] of [
        [3, true],
        [9, false],
      ] as const) {
        const stop = new AbortController();
        const onProgress = (done: number): void => {
          if (done === stopAt) stop.abort();
        };
        bench.world.items = bench.world.items.map((one) => ({ ...one, name: `Until ${stopAt}` }));
        const { counts } = await bench.run({ signal: stop.signal, onProgress });
        expect(counts.waiting).toBeGreaterThan(0);
        const rest = await (remembers ? bench : bench.again({ store: aMemoryStore() })).run();
        const { created, updated } = rest.counts;
        expect([rest.error, created + updated]).toEqual([null, counts.waiting]);
        await expectMirrored(place, bench.desired());
      }
    });

    test('deletes nothing for an empty source, or one in doubt, and says why', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(5);
      await bench.run();
      const before = bench.desired();
      bench.world.items = [];
      const { counts, heldBack, error } = await bench.run();
      expect([error, counts.deleted, counts.heldBack]).toEqual([null, 0, 5]);
      expect(heldBack?.reason).toBe('Plane lists nothing at all.');
      bench.world.items = items(1);
      bench.world.doubt = 'Plane could not be asked just now.';
      expect((await bench.run()).heldBack).toMatchObject({ reason: bench.world.doubt, digest: null });
      await expectMirrored(place, before);
      bench.world.doubt = null;
      expect(writesOf(await bench.run())).toEqual([0, 0, 4]);
    });

    test('holds back many deletions until an administrator agrees', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(20);
      await bench.run();
      bench.world.items = [anItem(1, { name: 'New' }), anItem(21)];
      const { counts, heldBack } = await bench.run();
      expect(counts).toMatchObject({ created: 1, updated: 1, deleted: 0, heldBack: 19 });
      expect(writesOf(await bench.run({ force: heldBack!.digest! }))).toEqual([0, 0, 19]);
      await expectMirrored(place, bench.desired());
      const [{ madeAt } = { madeAt: 0 }] = await bench.backups.list();
      expect((await bench.backups.read(madeAt))!.manifest.resources).toHaveLength(19);
    });

    test('asks once when the login is refused', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(20);
      let answered = 0;
      place.proxy.fault = () => (++answered > 6 ? REFUSAL : null);
      expect((await bench.run()).error?.code).toBe('caldav_key');
      // The others were on their way.
      expect(place.asked().length).toBeLessThanOrEqual(6 + 4);
      expect((await bench.run()).error?.code).toBe('caldav_key');
      expect(place.asked()).toEqual([]);

      const { server, proxy, collection } = place;
      if (server.asksPassword) proxy.fault = () => null;
      const stranger = accountAt({ username: server.username, password: 'wrong' }, proxy.url, scratch);
      expect((await errorOf(openCollection(stranger, collection.url))).code).toBe('caldav_key');
      expect(place.asked()).toEqual(['PROPFIND']);
    });
  });
});
