import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

/** Loaded before a program that is measured: reports what the process has used, and ends with it. */

/** From the first question on: watching costs a little. */
const delays = monitorEventLoopDelay({ resolution: 1 });

const answers = {
  /** Microseconds of CPU since the start, all threads. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** Bytes, after a full garbage collection where the process was started with --expose-gc. */
  memory: () => {
    globalThis.gc?.();
    globalThis.gc?.();
    return process.memoryUsage();
  },
  /** The longest pause of the event loop since the last time, in milliseconds. */
  pause: () => {
    const ms = delays.max / 1e6;
    delays.enable();
    delays.reset();
    return ms;
  },
};

process.on('message', (/** @type {{ ask?: keyof typeof answers }} */ message) => {
  if (message.ask) process.send?.({ [message.ask]: answers[message.ask]() });
});
process.on('disconnect', () => process.exit());
