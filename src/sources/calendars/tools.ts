import type { AccountTools } from '../../caldav/transport/account.ts';
import type { Setting, Store, StoreChange } from '../../domain/ports.ts';
import type { CalendarFile } from '../../icalendar/foreign/types.ts';
import type { RemovalGuard } from '../trust/removal-guard.ts';
import type { FetchLimits } from './fetch/client.ts';
import type { GuardOptions } from './fetch/dispatcher.ts';

/** What reads a source, whatever its kind, and what that works with. */

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
export interface ReaderTools extends Omit<AccountTools, 'connect'> {
  /** For what can be read again. */
  readonly cache: Store;
  /** Which addresses may be connected to. */
  readonly guard: Setting<GuardOptions>;
  readonly limits?: Partial<FetchLimits> | undefined;
}

/** What sources work with. */
export interface SourceTools extends ReaderTools {
  /** For what can't be read again. */
  readonly kept: Store;
  readonly removals: RemovalGuard;
  /** UIDs of a source changed. */
  readonly changed: (sourceId: string, uids: ReadonlySet<string>) => void;
}
