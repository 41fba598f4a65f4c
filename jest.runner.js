import { AsyncLocalStorage } from 'node:async_hooks';
import circus from 'jest-circus/runner';

const { run } = AsyncLocalStorage.prototype;
/** What the file that runs now has stored in. */
const used = new Set();

AsyncLocalStorage.prototype.run = function (...args) {
  used.add(this);
  return run.apply(this, args);
};

/**
 * Runs one file with jest-circus, which makes a storage for each file and leaves it on: every promise of a later file would carry a value for each
 * earlier one of its worker. Switches it off.
 */
export default async function runFile(...args) {
  try {
    return await circus.default(...args);
  } finally {
    for (const storage of used) storage.disable();
    used.clear();
  }
}
