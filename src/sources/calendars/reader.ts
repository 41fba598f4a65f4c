import type { AccountTools } from '../../caldav/transport/account.ts';
import type { Setting, Store, StoreChange } from '../../domain/ports.ts';
import type { CalendarFile } from '../../icalendar/foreign/types.ts';
import { createCaldavReader } from './caldav/caldav-reader.ts';
import type { FetchLimits } from './fetch/client.ts';
import type { GuardOptions } from './fetch/dispatcher.ts';
import { createIcsReader } from './ics-reader.ts';
import type { SourceConfig } from './source.ts';

/** Reads a source, whatever its kind. */

/** What was read. */
export interface Reading {
  readonly file: CalendarFile;
  /** To be given to the next `read`: JSON. To be stored once what was read is believed. */
  readonly state: unknown;
  /** What the reader itself stores with it. */
  readonly changes: readonly StoreChange[];
}

/** Reads one source. */
export interface SourceReader {
  /** What the source has now; null when nothing changed since the reading with this state. Throws source_… and caldav_… errors. */
  read(state: unknown): Promise<Reading | null>;
  /** Aborts what is under way. */
  close(): Promise<void>;
}

/** What readers work with. */
export interface ReaderTools extends Omit<AccountTools, 'proxy' | 'connect'> {
  /** For what can be read again. */
  readonly cache: Store;
  /** Which addresses may be connected to. */
  readonly guard: Setting<GuardOptions>;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** Throws for a login that can't work. Sends nothing. */
export function createReader(config: SourceConfig, tools: ReaderTools): SourceReader {
  return config.kind === 'ics' ? createIcsReader(config, tools) : createCaldavReader(config, tools);
}
