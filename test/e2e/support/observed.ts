import { createDatabase } from '../../../src/store/postgres/database.ts';
import { parseDatabaseAddress } from '../../../src/store/postgres/address.ts';
import { migrate } from '../../../src/store/postgres/migrate.ts';
import { SHARED_KINDS } from '../../../src/store/shared-kinds.ts';
import type { Cluster } from './postgres.ts';

/** What servers do in a database, noted by the database itself: each of them has a user of its own. */

/** One taking of the lease. */
export interface LeaseTaken {
  readonly epoch: number;
  readonly who: string;
  /** Milliseconds of the database's clock, which is the machine's. */
  readonly at: number;
}

/** A record that was written. */
export interface Written {
  readonly who: string;
  readonly kind: string;
  readonly id: string;
  /** Whose the lease was. */
  readonly leader: string | null;
}

export interface Observed {
  /** The user whose server has the lease now; null for none. */
  leader(): Promise<string | null>;
  /** Oldest first. */
  leases(): Promise<LeaseTaken[]>;
  /** Records of the leader's kinds that another server wrote, at most a few. */
  strayWrites(): Promise<Written[]>;
  /** Kinds of records that a user wrote between two moments of the database's clock. */
  kindsWritten(who: string, from: number, to: number): Promise<string[]>;
}

const TRIGGERS = `
CREATE SCHEMA observed;
CREATE TABLE observed.lease (epoch bigint, who text, at timestamptz);
CREATE TABLE observed.write (epoch bigint, who text, at timestamptz, store text, kind text, id text);
CREATE FUNCTION observed.note_lease() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO observed.lease VALUES (NEW.epoch, session_user, clock_timestamp());
  RETURN NULL;
END $$;
CREATE FUNCTION observed.note_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO observed.write
    SELECT s.epoch, session_user, clock_timestamp(), NEW.store, NEW.kind, NEW.id FROM plane_ics.state AS s;
  RETURN NULL;
END $$;
CREATE TRIGGER note_lease AFTER UPDATE OF epoch ON plane_ics.state FOR EACH ROW EXECUTE FUNCTION observed.note_lease();
CREATE TRIGGER note_write AFTER INSERT OR UPDATE ON plane_ics.record FOR EACH ROW EXECUTE FUNCTION observed.note_write();
`;

const PASSWORD = 'pw-of-a-replica';
const FEW = 10;

/** Makes the tables of a new database and the users, and notes what they do from now on. */
export async function observe(
  cluster: Cluster,
  url: string,
  users: readonly string[],
): Promise<Observed & { readonly passwords: Readonly<Record<string, string>> }> {
  const database = createDatabase({
    address: parseDatabaseAddress(url),
    ca: null,
    size: 1,
    elapsed: () => performance.now(),
  });
  await migrate(database, 'test').finally(database.close);
  await cluster.sql(url, TRIGGERS);
  for (const user of users) await cluster.sql(url, `CREATE ROLE ${user} SUPERUSER LOGIN PASSWORD '${PASSWORD}'`);
  const shared = Object.entries(SHARED_KINDS).flatMap(([store, kinds]) =>
    kinds.map((kind) => `('${store}', '${kind}')`),
  );
  const rows = <T>(text: string): Promise<T[]> => cluster.sql(url, text) as Promise<T[]>;
  return {
    passwords: Object.fromEntries(users.map((user) => [user, PASSWORD])),
    leader: async () => {
      const [row] = await rows<{ who: string }>(
        'SELECT l.who FROM plane_ics.state AS s JOIN observed.lease AS l USING (epoch) WHERE s.until > clock_timestamp()',
      );
      return row?.who ?? null;
    },
    leases: () =>
      rows<LeaseTaken>(
        'SELECT epoch::float8, who, (extract(epoch FROM at) * 1000)::float8 AS at FROM observed.lease ORDER BY 1',
      ),
    strayWrites: () =>
      rows<Written>(
        `SELECT DISTINCT w.who, w.kind, w.id, l.who AS leader
           FROM observed.write AS w LEFT JOIN observed.lease AS l USING (epoch)
           WHERE w.who IS DISTINCT FROM l.who AND (w.store, w.kind) NOT IN (${shared.join(', ')}) LIMIT ${FEW}`,
      ),
    kindsWritten: async (who, from, to) => {
      const found = await rows<{ kind: string }>(
        `SELECT DISTINCT kind FROM observed.write WHERE who = '${who}'
           AND at BETWEEN to_timestamp(${from / 1000}) AND to_timestamp(${to / 1000})`,
      );
      return found.map(({ kind }) => kind);
    },
  };
}
