import process from 'node:process';

/** Loaded before a program that is measured: tells the bench what the process has used, and ends with it. */

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
};

process.on('message', (/** @type {{ ask?: keyof typeof answers }} */ message) => {
  if (message.ask) process.send?.({ [message.ask]: answers[message.ask]() });
});
process.on('disconnect', () => process.exit());
