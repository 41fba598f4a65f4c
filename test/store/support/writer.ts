import { openStores } from '../../../src/store/stores.ts';
import { batchOf, noLog } from './batches.ts';

/**
 * A process that writes one batch after the other to both databases, says the number of each that is written, and ends when it is killed.
 * A batch that could not be written is tried again.
 */

const [, , folder = '', first = '0'] = process.argv;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** As in main.ts: a delay does not hold the process. */
const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

const stores = await openStores({ folder, owner: '', now: Date.now, delay, log: noLog });
process.stdout.write('open\n');
for (let number = Number(first); ;) {
  const batch = batchOf(number);
  try {
    await Promise.all([stores.kept.write(batch), stores.cache.write(batch)]);
    process.stdout.write(`${number++}\n`);
  } catch {
    process.stdout.write('failed\n');
    await wait(10);
  }
}
