import { CONFLICT, LEASE_LOST, UNCHECKED } from './errors.ts';

/**
 * The tables, in a schema of their own. Servers of the previous release may run beside this one, so a migration only adds, a function whose
 * parameters or meaning change gets a new number, and what is no longer used is dropped a release later.
 */

/**
 * `record`: `id` as `ids.ts` encodes it; `value` is JSON as text, since jsonb refuses texts with NUL; `version` is the `versionOf` it. Where
 * `value` is null, the record was deleted. `change` numbers the write that changed it last.
 *
 * `state` is one row, which every write locks. So writes are numbered in the order of their commits: who has read all with `change` up to
 * `changes` has missed none. It is the lease too: the server that has the current `epoch` may write, until another one takes a later one.
 * `step` numbers the writes of an epoch, so that one which was given up and arrives late can't undo a later one.
 */
const TABLES = `
CREATE TABLE plane_ics.record (
  store text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  value text,
  version text COLLATE "C",
  change bigint NOT NULL,
  PRIMARY KEY (store, kind, id)
);
CREATE INDEX record_change ON plane_ics.record (change);
CREATE TABLE plane_ics.state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  changes bigint NOT NULL DEFAULT 0,
  purged bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  step bigint NOT NULL DEFAULT 0,
  holder text,
  until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO plane_ics.state DEFAULT VALUES;
`;

/**
 * Writes a batch, all of it or nothing, and returns its number. `changes` is [[kind, id, value, version], …], with null for value and version
 * to delete; `checks` is [[kind, id, version], …], what the records must have before, null for no record. Without an epoch, each changed
 * record must have a check.
 *
 * It is a function so that a batch is one statement: a server that is frozen or cut off never has a transaction open that others wait for.
 * The first statement locks `state`; the later ones see what was committed before that. With `synchronous_commit = off`, the server would lose
 * what it has confirmed when one of its processes crashes, and use the numbers again, without a sign that it did.
 */
const WRITE = `
CREATE OR REPLACE FUNCTION plane_ics.write_1(of_epoch bigint, of_step bigint, of_store text, changes json, checks json)
RETURNS bigint LANGUAGE plpgsql SET lock_timeout = '4s' AS $$
DECLARE
  number bigint;
BEGIN
  IF of_epoch IS NULL AND EXISTS (
    SELECT c->>0, c->>1 FROM json_array_elements(changes) AS c EXCEPT SELECT c->>0, c->>1 FROM json_array_elements(checks) AS c
  ) THEN
    RAISE EXCEPTION 'a change without epoch has no check' USING ERRCODE = '${UNCHECKED}';
  END IF;
  PERFORM set_config('synchronous_commit', 'local', true) WHERE current_setting('synchronous_commit') = 'off';
  UPDATE plane_ics.state AS s SET changes = s.changes + 1, step = coalesce(of_step, s.step)
    WHERE of_epoch IS NULL OR (s.epoch = of_epoch AND s.step < of_step) RETURNING s.changes INTO number;
  IF number IS NULL THEN
    RAISE EXCEPTION 'epoch % has ended', of_epoch USING ERRCODE = '${LEASE_LOST}';
  END IF;
  PERFORM FROM json_array_elements(checks) AS c
    LEFT JOIN plane_ics.record AS r ON r.store = of_store AND r.kind = c->>0 AND r.id = c->>1
    WHERE r.version IS DISTINCT FROM c->>2;
  IF FOUND THEN
    RAISE EXCEPTION 'a record has another version' USING ERRCODE = '${CONFLICT}';
  END IF;
  INSERT INTO plane_ics.record AS r (store, kind, id, value, version, change)
    SELECT of_store, c->>0, c->>1, c->>2, c->>3, number FROM json_array_elements(changes) AS c WHERE c->>2 IS NOT NULL
    ON CONFLICT (store, kind, id) DO UPDATE SET value = excluded.value, version = excluded.version, change = excluded.change
    WHERE r.value IS DISTINCT FROM excluded.value;
  UPDATE plane_ics.record AS r SET value = NULL, version = NULL, change = number
    FROM json_array_elements(changes) AS c
    WHERE c->>2 IS NULL AND r.store = of_store AND r.kind = c->>0 AND r.id = c->>1 AND r.value IS NOT NULL;
  RETURN number;
END $$;
`;

/** Forgets what was deleted up to a number. Who has not read that far has to read everything anew. It locks `state` first, as writes do. */
const PURGE = `
CREATE OR REPLACE FUNCTION plane_ics.purge_1(of_epoch bigint, up_to bigint)
RETURNS void LANGUAGE plpgsql SET lock_timeout = '4s' AS $$
BEGIN
  UPDATE plane_ics.state AS s SET purged = greatest(s.purged, up_to) WHERE s.epoch = of_epoch AND up_to <= s.changes;
  IF FOUND THEN
    DELETE FROM plane_ics.record AS r WHERE r.value IS NULL AND r.change <= up_to;
  END IF;
END $$;
`;

/** The steps from an empty database to the current schema; the version of a schema is how many were applied. Released steps never change. */
export const MIGRATIONS: readonly string[] = [TABLES, WRITE + PURGE];

/** The oldest program that works with the current schema, by the number of migrations it knows. */
export const NEEDS = 1;
