import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';

/** How late an event loop is, from inside. */

const EVERY_MS = 10;

/**
 * Checks a hundred times a second. The returned function returns the milliseconds by which each check since its last call came late; what held the
 * loop for long is one such number.
 *
 * @returns {() => number[]}
 */
export function watchLoop() {
  /** @type {number[]} */
  let late = [];
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, Math.round((now - last - EVERY_MS) * 10) / 10));
    last = now;
  }, EVERY_MS).unref();
  return () => {
    const measured = late;
    late = [];
    return measured;
  };
}
