/** Cooperative scheduling: long work is done in slices, so that requests are answered in between. */

/** About how long one slice takes, in milliseconds. */
const SLICE_MS = 5;

/** To be awaited after every step of long work: yields to the event loop when a slice is over, and otherwise returns undefined. */
export type YieldPoint = () => Promise<void> | undefined;

/** When the last slice of any work began. */
let latest = -Infinity;

/**
 * Starts the first slice now, or goes on with one that has just begun: works that follow each other would otherwise take a slice each in one turn
 * of the event loop. Slices are measured in time, since the first steps of a process take many times as long as later ones.
 */
export function createYieldPoint(): YieldPoint {
  const now = performance.now();
  if (now - latest > 2 * SLICE_MS) latest = now;
  let since = latest;
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return yieldToEventLoop().then(() => {
      since = latest = performance.now();
    });
  };
}

/** Runs work to its end without interruption. */
export function runToEnd<T>(work: Generator<undefined, T>): T {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}

/** Runs work in slices, and yields to the event loop between them. */
export async function runInSlices<T>(work: Generator<undefined, T>, pause = createYieldPoint()): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    const paused = pause();
    if (paused) await paused;
  }
}

/**
 * Does something with each of many things, of which a step has so many. That is a function of its own, since the engine compiles one that is
 * called often much sooner than the body of a generator that runs once.
 */
export function* forEachInSteps<T>(
  things: Iterable<T>,
  step: number,
  handle: (thing: T) => void,
): Generator<undefined, void> {
  let count = 0;
  for (const thing of things) {
    if (count++ % step === 0) yield;
    handle(thing);
  }
}

const waiting: (() => void)[] = [];

/** Whether long work goes on. */
export function isWorking(): boolean {
  return waiting.length > 0;
}

/**
 * Resolves in a later iteration of the event loop, for one waiting caller in each: however many calendars are rendered concurrently, a request
 * waits for one slice of one of them.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(resumeNext);
  });
}

function resumeNext(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(resumeNext);
}
