import { hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { isWorking } from '../../src/lib/cooperative.ts';

/**
 * One order of everything that takes time: timers, replies of Plane, and commits of the database, for any number of processes. A seed decides
 * how long each takes, so that the same seed gives the same order. Time passes only from one of them to the next.
 */

/** What a process waits for. */
export interface Process {
  /** Resolves when that much time has passed. */
  readonly delay: (ms: number) => Promise<void>;
  /** Resolves after some of that time, at random: a reply, or a commit. */
  readonly step: (what: string, mostMs: number) => Promise<void>;
  /** Nothing of it goes on until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Nothing of it ever goes on. */
  kill(): void;
}

/** The order of a seed. */
export interface Scheduler {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** At least 0 and below 1. */
  readonly random: () => number;
  process(name: string): Process;
  /** Lets that much time pass. */
  run(ms: number): Promise<void>;
  /** Lets time pass until that is settled, and returns it. Throws where nothing is left to happen. */
  until<T>(work: Promise<T>): Promise<T>;
  /** Adds what was observed to the digest. */
  note(what: string): void;
  /** Of everything that happened so far, and when. */
  digest(): string;
}

interface Waiting {
  readonly at: number;
  readonly what: string;
  readonly owner: { state: 'running' | 'frozen' | 'dead' };
  readonly resolve: () => void;
}

export function createScheduler(seed: number, startsAt: number): Scheduler {
  const random = createRandom(seed);
  const notes: string[] = [];
  /** In the order in which they happen. */
  const waiting: Waiting[] = [];
  let now = startsAt;

  /** Everybody waits: a turn of the event loop ends with no promise and no tick left, and nobody works in slices. */
  async function idle(): Promise<void> {
    do await turn();
    while (isWorking());
  }

  /** Of those at the same time the last comes last. */
  function add(one: Waiting): void {
    let [from, to] = [0, waiting.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (waiting[middle]!.at <= one.at) from = middle + 1;
      else to = middle;
    }
    waiting.splice(from, 0, one);
  }

  /** What happens next until then; null where that is nothing. */
  function take(until: number): Waiting | null {
    let at = 0;
    for (let one = waiting[at]; one && one.at <= until; one = waiting[at]) {
      if (one.owner.state === 'frozen') at++;
      else {
        waiting.splice(at, 1);
        if (one.owner.state === 'running') return one;
      }
    }
    return null;
  }

  function happen(one: Waiting): void {
    now = Math.max(now, one.at);
    notes.push(`${now} ${one.what}`);
    one.resolve();
  }

  return {
    now: () => now,
    random,
    process: (name) => {
      const owner: Waiting['owner'] = { state: 'running' };
      const wait = (what: string, ms: number): Promise<void> =>
        new Promise((resolve) => {
          add({ at: now + Math.ceil(ms), what: `${name} ${what}`, owner, resolve });
        });
      return {
        delay: (ms) => wait('timer', ms),
        step: (what, mostMs) => wait(what, Math.ceil(random() * mostMs)),
        freeze: () => (owner.state = 'frozen'),
        thaw: () => (owner.state = 'running'),
        kill: () => (owner.state = 'dead'),
      };
    },
    run: async (ms) => {
      const end = now + Math.ceil(ms);
      await idle();
      for (let one = take(end); one; one = take(end)) {
        happen(one);
        await idle();
      }
      now = Math.max(now, end);
    },
    until: async (work) => {
      const settled = { is: false };
      const end = (): boolean => (settled.is = true);
      void work.then(end, end);
      await idle();
      while (!settled.is) {
        const one = take(Infinity);
        if (!one) throw new Error('nothing is left to happen');
        happen(one);
        await idle();
      }
      return work;
    },
    note: (what) => {
      notes.push(what);
    },
    digest: () => hash('sha256', notes.join('\n'), 'hex').slice(0, 16),
  };
}

/** Numbers of a seed: mulberry32, which is short, and random enough for an order. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
