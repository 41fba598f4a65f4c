import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { createRandom } from '../../test/simulation/scheduler.ts';

/**
 * Ids, tokens and nonces of a seed, and the ends of slices of long work, so that the same seed gives the same bytes. For simulations only:
 * nothing is secret then, and `performance.now` returns a seeded number.
 */

let random = createRandom(0);
let passed = 0;

/** Between two histories: no slice of one goes on in the next. */
const APART_MS = 60_000;

/** Everything that is drawn from now on is that of the seed. */
export function seedCrypto(seed: number): void {
  random = createRandom(seed ^ 0xc0de);
  passed += APART_MS;
}

function bytes(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
}

const seeded = {
  randomBytes: bytes,
  randomInt: (most: number) => Math.floor(random() * most),
  randomUUID: () =>
    bytes(16)
      .toString('hex')
      .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5'),
};
Object.assign(crypto, seeded);

// Real time would end a slice wherever the machine is busy. It never goes back, and in steps that are added without rounding.
performance.now = () => (passed += Math.floor(random() * 1_024) / 1_024);
syncBuiltinESMExports();
