import type { Clock } from '../../domain/ports.ts';
import type { Database } from './database.ts';

/** The database's clock, in milliseconds since the epoch. */
export const CLOCK = '(extract(epoch FROM clock_timestamp()) * 1000)::float8';

/** How the clock of the database differs from this machine's. */
export interface Skew {
  /** How many milliseconds it is ahead, as last measured. */
  aheadMs(): number;
  /** Measures it. Throws an error of the driver. */
  measure(): Promise<void>;
}

export function createSkew(database: Pick<Database, 'query'>, now: Clock): Skew {
  let aheadMs = 0;
  return {
    aheadMs: () => aheadMs,
    measure: async () => {
      const asked = now();
      const [row] = await database.query<{ clock: number }>(`SELECT ${CLOCK} AS clock`);
      if (row) aheadMs = row.clock - (asked + now()) / 2;
    },
  };
}
