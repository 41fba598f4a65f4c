import { yieldToEventLoop } from '../../lib/cooperative.ts';

/** Many may use a thing at once, or one alone. */
export interface ReadWriteLock {
  /** Waits until nobody is alone; returns how to leave, which must be called. */
  enter(): Promise<() => void>;
  /** Waits until all have left. Not to be called twice at once. */
  alone(task: () => Promise<void>): Promise<void>;
}

export function createReadWriteLock(): ReadWriteLock {
  const inside = new Set<Promise<void>>();
  let closed: Promise<unknown> | null = null;
  return {
    enter: async () => {
      while (closed !== null) await closed;
      let leave = (): void => undefined;
      const stay = new Promise<void>((resolve) => (leave = resolve));
      inside.add(stay);
      return () => {
        inside.delete(stay);
        leave();
      };
    },
    alone: async (task) => {
      const run = Promise.all(inside).then(task);
      closed = run.catch(() => undefined);
      try {
        await run;
      } finally {
        closed = null;
      }
    },
  };
}

const SLICE = 500;

/** A long list in pieces, with a turn for everyone else between them. */
export async function* inSlices<T>(list: readonly T[]): AsyncGenerator<readonly T[], void, undefined> {
  for (let at = 0; at < list.length; at += SLICE) {
    if (at > 0) await yieldToEventLoop();
    yield list.slice(at, at + SLICE);
  }
}
