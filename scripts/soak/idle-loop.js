import { parentPort } from 'node:worker_threads';
import { watchLoop } from './loop.js';

/** A thread that does nothing: how late it is, is the machine's doing. */

const late = watchLoop();
parentPort?.on('message', () => parentPort?.postMessage(late()));
