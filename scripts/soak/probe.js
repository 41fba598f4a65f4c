import '../bench/probe.js';
import process from 'node:process';
import { URL } from 'node:url';
import { watchLoop } from './loop.js';

/**
 * Loaded before the program of the soak: measures its event loop from inside, and moves its clock. A moved clock is to the program what a set
 * system clock is: every `Date` jumps, timers go on.
 */

const MachineDate = Date;

let shiftMs = Number(new URL(import.meta.url).searchParams.get('shift') ?? 0);

const movedNow = () => MachineDate.now() + shiftMs;

globalThis.Date = new Proxy(MachineDate, {
  construct: (date, given, as) => Reflect.construct(date, given.length === 0 ? [movedNow()] : given, as),
  get: (date, name) => (name === 'now' ? movedNow : Reflect.get(date, name)),
});

const orders = {
  late: watchLoop(),
  /** The clock is so far from the machine's from now on. */
  shift: (/** @type {number} */ ms) => {
    shiftMs = ms;
    return ms;
  },
};

process.on('message', (/** @type {{ id?: number, order?: keyof typeof orders, value?: number }} */ message) => {
  const { id, order, value } = message;
  if (order) process.send?.({ id, answer: orders[order](value ?? 0) });
});
