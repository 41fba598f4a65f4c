import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { openStores, type Stores, type StoresOptions } from '../../../src/store/stores.ts';
import { aLog, type LogLine } from '../../support/log.ts';
import { delay } from '../../support/time.ts';

export const NOON = Date.UTC(2026, 10, 20, 12);

/** Stores of a test, and what they told the log. */
export interface OpenedStores extends Stores {
  readonly lines: readonly LogLine[];
}

/** Folders and the stores in them, closed and removed at the end. */
export interface StoreBench {
  folder(): Promise<string>;
  open(folder: string, options?: Partial<StoresOptions>): Promise<OpenedStores>;
  /** Runs at the end; what came last goes first. */
  defer(undo: () => Promise<unknown>): void;
}

/** The end is that of each test, or of the file. */
export function createStoreBench(atEnd: typeof afterEach = afterEach): StoreBench {
  const undos: (() => Promise<unknown>)[] = [];
  const defer = (undo: () => Promise<unknown>): void => {
    undos.push(undo);
  };
  atEnd(async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
  });
  return {
    defer,
    folder: async () => {
      const path = await mkdtemp(join(tmpdir(), 'plane-ics-store-'));
      defer(() => rm(path, { recursive: true, force: true }));
      return path;
    },
    open: async (folder, options) => {
      const log = aLog();
      const stores = await openStores({ folder, owner: '1000:1000', now: () => NOON, delay, log, ...options });
      defer(stores.close);
      return { ...stores, lines: log.lines };
    },
  };
}

/** The levels of what was told, without what is told in a good day. */
export function alarms(lines: readonly LogLine[]): string[] {
  return lines
    .filter(({ level }) => level !== 'info' && level !== 'debug')
    .map(({ level, message }) => `${level}: ${message}`);
}
