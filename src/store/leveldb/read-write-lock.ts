import { yieldToEventLoop } from '../../lib/cooperative.ts';

/** Many readers at a time, or one writer alone. */
export interface ReadWriteLock {
  /** Waits for the writer; resolves with the function that leaves, which must be called. */
  enter(): Promise<() => void>;
  /** Runs the task once all readers have left. Not to be called while another call is pending. */
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

/** A long list in slices, yielding to the event loop between them. */
export async function* inSlices<T>(list: readonly T[]): AsyncGenerator<readonly T[], void, undefined> {
  for (let at = 0; at < list.length; at += SLICE) {
    if (at > 0) await yieldToEventLoop();
    yield list.slice(at, at + SLICE);
  }
}
