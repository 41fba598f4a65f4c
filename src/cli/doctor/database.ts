import type { Config } from '../../config/config.ts';
import type { Clock } from '../../domain/ports.ts';
import { errorMessage } from '../../domain/errors.ts';
import { isUnprotected, nameOfDatabase } from '../../store/postgres/address.ts';
import { inspectDatabase } from '../../store/postgres/inspect.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/** The database: whether it can be used, by this version and this user, and whose clock is wrong. */

const MAX_SKEW_MS = 2_000;
const WHAT = 'DATABASE_URL';

/** Checks the database; nothing where the settings name none. Changes nothing in it. */
export async function checkDatabase({ database, ca }: Config, now: Clock): Promise<Finding[]> {
  if (!database) return [];
  try {
    const { version, isEncrypted, canCreate, aheadMs, holder } = await inspectDatabase(database, ca, now);
    const serving = holder === null ? 'no server has it' : `${holder} leads`;
    const how = isEncrypted ? 'encrypted' : 'not encrypted';
    return [
      ok(WHAT, `${nameOfDatabase(database)} is PostgreSQL ${version}, ${how}; ${serving}`),
      ...(canCreate
        ? []
        : [fail(WHAT, 'its user may not create tables', 'Run: ALTER DATABASE name OWNER TO user; or grant CREATE.')]),
      ...(isUnprotected(database)
        ? [warn(WHAT, 'it has no sslmode, so nothing is encrypted on the way', 'Add ?sslmode=verify-full.')]
        : []),
      ...(Math.abs(aheadMs) > MAX_SKEW_MS
        ? [warn(WHAT, `its clock differs by ${Math.round(aheadMs / 1000)} s`, 'Synchronize the clocks of both (NTP).')]
        : []),
    ];
  } catch (error) {
    // The message includes the fix.
    return [{ level: 'FAIL', what: WHAT, detail: errorMessage(error) }];
  }
}
