import { accessSync, constants, statfsSync } from 'node:fs';
import process from 'node:process';

const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 1_000_000_000;

/** Lets the tests keep their databases in memory where it has room: thousands of them are opened, and a disk takes most of the time for that. */
export default function setup() {
  if (hasRoom()) process.env.TMPDIR = MEMORY;
}

function hasRoom() {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ENOUGH_BYTES;
  } catch {
    return false;
  }
}
