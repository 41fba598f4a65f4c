import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Store, StoreChange } from '../../../src/domain/ports.ts';
import { NOON, type StoreBench } from './open.ts';

/** A folder with a past, and everything both its databases ever held: `states[n]` is what stood there after n batches. */
export interface History {
  readonly folder: string;
  readonly states: readonly string[];
}

const DAY_MS = 86_400_000;
const KINDS = ['link', 'revision'];
export const BATCHES = 60;
/** The batches after which copies were made. */
export const COPIES = [20, 40];

/** Everything in a store, as text. */
export async function stateOf(store: Store): Promise<string> {
  return JSON.stringify(await Promise.all(KINDS.map((kind) => store.list(kind))));
}

/** Three runs of the server: so there are tables, a log of several blocks, and copies of two days. Both databases hold the same. */
export async function aHistory(bench: StoreBench): Promise<History> {
  const folder = await bench.folder();
  const states: string[] = [];
  let stores = await bench.open(folder);
  states.push(await stateOf(stores.kept));
  for (let batch = 1; batch <= BATCHES; batch++) {
    await Promise.all([stores.kept.write(changesOf(batch)), stores.cache.write(changesOf(batch))]);
    states.push(await stateOf(stores.kept));
    const day = COPIES.indexOf(batch);
    if (day === -1) continue;
    await stores.close();
    stores = await bench.open(folder, { now: () => NOON + day * DAY_MS });
    await stores.backUp();
  }
  await stores.close();
  return { folder, states };
}

function changesOf(batch: number): StoreChange[] {
  const some = Array.from({ length: 10 }, (_, at) => at);
  return [
    ...some.map((at) => ({ kind: 'revision', id: `new ${batch}/${at}`, value: `${batch} ${'text '.repeat(60)}` })),
    ...some.map((at) => ({ kind: 'revision', id: `changed ${at}`, value: [batch, at] })),
    ...some.map((at) => ({ kind: 'revision', id: `new ${batch - 3}/${at}` })),
    { kind: 'link', id: `${batch % 5}`, value: { batch } },
  ];
}

/** A history to spoil. */
export async function aCopyOf(history: History, bench: StoreBench): Promise<string> {
  const folder = await bench.folder();
  await cp(history.folder, folder, { recursive: true });
  return folder;
}

/** What can happen to a file. */
export interface Fault {
  readonly how: 'flip' | 'smear' | 'cut' | 'empty' | 'remove';
  readonly file: number;
  /** Where, as a share of its length. */
  readonly at: number;
  readonly mask: number;
}

export const anyFault: fc.Arbitrary<Fault> = fc.record({
  how: fc.constantFrom('flip', 'flip', 'flip', 'flip', 'flip', 'smear', 'smear', 'cut', 'cut', 'empty', 'remove'),
  file: fc.nat(),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  mask: fc.integer({ min: 1, max: 255 }),
});

/** Does it to the file of that number, among those of the folder. */
export async function spoil(folder: string, fault: Fault): Promise<void> {
  const names = (await readdir(folder)).sort();
  const path = join(folder, names[fault.file % names.length]!);
  if (fault.how === 'remove') return rm(path);
  if (fault.how === 'empty') return truncate(path, 0);
  const bytes = await readFile(path);
  const position = Math.floor(fault.at * bytes.length);
  if (fault.how === 'cut') return truncate(path, position);
  if (bytes.length === 0) return;
  if (fault.how === 'smear') bytes.fill(fault.mask, position, Math.min(position + 512, bytes.length));
  else bytes.writeUInt8(bytes.readUInt8(position) ^ fault.mask, position);
  await writeFile(path, bytes);
}
