import type { Store, StoreChange } from '../../../src/domain/ports.ts';
import type { Log } from '../../../src/lib/log.ts';

/** Numbered batches: several records, all with the same number. Now and then a large one, so that LevelDB makes tables of its log. */

const RECORDS = 8;
/** How many batches are kept: each removes the one so many before it. */
const KEPT = 40;

export const noLog: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

export function batchOf(number: number): StoreChange[] {
  const filler = 'x'.repeat(number % 50 === 25 ? 500_000 : number % 7 === 0 ? 10_000 : 100);
  const index = Array.from({ length: RECORDS }, (_, at) => at);
  return [
    ...index.map((at) => ({ kind: 'batch', id: `${number}/${at}`, value: { number, filler } })),
    ...index.map((at) => ({ kind: 'batch', id: `${number - KEPT}/${at}` })),
    ...index.map((at) => ({ kind: 'latest', id: `${at}`, value: { number } })),
  ];
}

/** The number of the last batch, when all batches are whole and none is missing; else what is wrong. */
export async function lastWholeBatch(store: Store): Promise<number | string> {
  const latest = (await store.list('latest')) as [string, { number: number }][];
  if (latest.length === 0) return -1;
  const [last = -1, ...others] = new Set(latest.map(([, { number }]) => number));
  if (others.length > 0 || latest.length !== RECORDS) return `the latest records differ: ${JSON.stringify(latest)}`;
  const records = (await store.list('batch')) as [string, { number: number }][];
  const first = Math.max(0, last - KEPT + 1);
  if (records.length !== (last - first + 1) * RECORDS)
    return `${records.length} records of the batches ${first} to ${last}`;
  const wrong = records.filter(([id, { number }]) => !id.startsWith(`${number}/`) || number < first || number > last);
  return wrong.length === 0 ? last : `of the batches ${first} to ${last}: ${JSON.stringify(wrong[0])}`;
}
