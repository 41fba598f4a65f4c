/** Runs the tasks of one key one after the other; one that fails does not hold up the next. */
export function createTurns(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, task) => {
    const run = (last.get(key) ?? Promise.resolve()).then(task);
    const over: Promise<unknown> = run
      .catch(() => undefined)
      .finally(() => {
        if (last.get(key) === over) last.delete(key);
      });
    last.set(key, over);
    return run;
  };
}

/** The same for tasks of one kind. */
export function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  const inTurn = createTurns();
  return (task) => inTurn('', task);
}

/** Long work is done in pieces of about so many milliseconds. */
const PIECE_MS = 5;

/** To be awaited after every step of long work: now and then it lets others have their turn, else it takes no time. */
export type Pause = () => Promise<void> | undefined;

/** For one piece of work after the other, from now on. By the clock, since the first steps of a process take many times as long as later ones. */
export function createPause(): Pause {
  let since = performance.now();
  return () => {
    if (performance.now() - since < PIECE_MS) return undefined;
    return yieldToOthers().then(() => {
      since = performance.now();
    });
  };
}

/** Runs work to its end that might be interrupted wherever it yields, without a turn for anybody else. */
export function atOnce<T>(work: Generator<undefined, T>): T {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}

/** The same with turns for others on the way. */
export async function inPieces<T>(work: Generator<undefined, T>, pause = createPause()): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await pause();
  }
}

const waiting: (() => void)[] = [];

/**
 * Resolves in a later turn of the event loop, and in each turn for one of all who wait: however many calendars are written at once, a
 * request waits for one piece of one of them.
 */
export function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(goOn);
}
