import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parseDatabaseAddress } from '../../src/store/postgres/address.ts';
import { createDatabase, type Database } from '../../src/store/postgres/database.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { connectToDatabase } from '../../src/store/postgres/open.ts';
import { MIGRATIONS } from '../../src/store/postgres/schema.ts';
import { checkDatabase } from '../../src/cli/doctor/database.ts';
import { readConfig } from '../../src/config/config.ts';
import { StoreError, StoreTakenError } from '../../src/store/stores.ts';
import { createStoreBench } from '../store/support/open.ts';
import { aLog } from '../support/log.ts';
import { eventually } from '../support/processes.ts';
import { delay } from '../support/time.ts';
import { command, needs } from './support/clients.ts';
import { openDatabase } from './support/database-stores.ts';
import { freePort } from './support/free-port.ts';
import { createCluster, POSTGRES, type Cluster } from './support/postgres.ts';

/** What a database refuses, and when plane-ics refuses one: sentences that say what to do, without a password. */

jest.setTimeout(300_000);

needs([POSTGRES, command('openssl')], 'a database', () => {
  const bench = createStoreBench();
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await createCluster({ hasTls: true });
  });
  afterAll(() => cluster.remove());

  function databaseAt(url: string): Database {
    const database = createDatabase({
      address: parseDatabaseAddress(url),
      ca: null,
      size: 2,
      elapsed: () => performance.now(),
    });
    bench.defer(database.close);
    return database;
  }

  async function refusal(url: string, options: Parameters<typeof openDatabase>[2] = {}): Promise<string> {
    const error: unknown = await openDatabase(bench, url, { lockTimeoutMs: 0, ...options }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(StoreError);
    const { message } = error as StoreError;
    expect(message).not.toMatch(/pw[:%]/);
    return message;
  }

  describe('is refused', () => {
    test('with a wrong password, without the database, and where nobody listens', async () => {
      const url = await cluster.database();
      expect(await refusal(url.replace(/:pw[^@]*@/, ':pw%3Awrong@'))).toMatch(/refuses the user or password/);
      expect(await refusal(url.replace(/test_\d+/, 'missing'))).toMatch(/does not exist\. Run: createdb/);
      expect(await refusal(cluster.through(await freePort(), url))).toMatch(/can't be reached/);
      expect(await refusal(url.replace('127.0.0.1', 'db.invalid'))).toMatch(/host .* is not known/);
    });

    test('where its user may not create the tables', async () => {
      const url = await cluster.database();
      await cluster.sql(url, `CREATE ROLE guest LOGIN PASSWORD 'pw:guest'`);
      const name = url.slice(url.lastIndexOf('/') + 1);
      await cluster.sql(url, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC; GRANT CONNECT ON DATABASE ${name} TO guest`);
      expect(await refusal(url.replace(/plane:[^@]*@/, 'guest:pw%3Aguest@'))).toMatch(/ALTER DATABASE name OWNER TO/);
    });

    test('where the tables belong to another user, once for each reason', async () => {
      const url = await cluster.database();
      await (await openDatabase(bench, url)).close();
      await cluster.sql(
        url,
        `CREATE ROLE reader LOGIN PASSWORD 'pw:reader'; GRANT USAGE ON SCHEMA plane_ics TO reader;
         GRANT SELECT ON ALL TABLES IN SCHEMA plane_ics TO reader`,
      );
      const log = aLog();
      const connection = await connectToDatabase({
        ...{
          address: parseDatabaseAddress(url.replace(/plane:[^@]*@/, 'reader:pw%3Areader@')),
          ca: null,
          folder: null,
        },
        ...{ owner: '', replica: 'reader', now: Date.now, elapsed: () => performance.now(), delay, log },
      });
      bench.defer(connection.close);
      expect([await connection.tryLead(), await connection.tryLead()]).toEqual([null, null]);
      expect(log.lines.map(({ message, fields }) => `${message}: ${String(fields.reason)}`)).toEqual([
        expect.stringMatching(/^this server can't lead: .* must belong to that user too\.$/),
      ]);
    });

    test('with another encoding than UTF-8', async () => {
      const url = await cluster.database(`ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
      expect(await refusal(url)).toMatch(/encoding SQL_ASCII\. plane-ics needs UTF8/);
    });

    test('with a schema that needs a newer program, but not with one that only has more', async () => {
      const url = await cluster.database();
      await (await openDatabase(bench, url)).close();
      const more = [...MIGRATIONS, 'CREATE TABLE plane_ics.later (a integer)'];
      await migrate(databaseAt(url), 'x', more, MIGRATIONS.length);
      await (await openDatabase(bench, url)).close();
      await migrate(databaseAt(url), 'x', [...more, 'DROP TABLE plane_ics.later'], MIGRATIONS.length + 1);
      expect(await refusal(url)).toMatch(/written by a newer plane-ics \(schema 4; this one knows 2\)/);
    });

    test('that is older than PostgreSQL 13, or a read-only copy', async () => {
      const asServer = (server: object): Database => ({
        query: () => Promise.resolve([server] as never),
        transaction: () => Promise.reject(new Error('not reached')),
        close: () => Promise.resolve(),
      });
      const old = { version: 120_017, encoding: 'UTF8', isReplica: false };
      await expect(migrate(asServer(old), 'x')).rejects.toThrow('is PostgreSQL 12. plane-ics needs PostgreSQL 13');
      const copy = { version: 150_000, encoding: 'UTF8', isReplica: true };
      await expect(migrate(asServer(copy), 'x')).rejects.toThrow('read-only copy');
    });
  });

  test('a database of an earlier build gets the functions of this one', async () => {
    const url = await cluster.database();
    const earlier = MIGRATIONS.join('').replace(/PERFORM set_config.*/, '');
    await migrate(databaseAt(url), 'x', [earlier], 1);
    await migrate(databaseAt(url), 'x');
    const [write] = await cluster.sql(url, `SELECT prosrc FROM pg_proc WHERE proname = 'write_1'`);
    expect(write).toMatchObject({ prosrc: expect.stringContaining('set_config') });
    await (await openDatabase(bench, url)).kept.write([{ kind: 'link', id: 'a', value: 1 }]);
  });

  test('several programs may create the tables at a time', async () => {
    const url = await cluster.database();
    await Promise.all(Array.from({ length: 6 }, () => migrate(databaseAt(url), 'x')));
    expect(await cluster.sql(url, 'SELECT version, needs FROM plane_ics.schema')).toEqual([{ version: 2, needs: 1 }]);
  });

  test('is encrypted as its address says', async () => {
    const url = (await cluster.database()).replace('127.0.0.1', 'localhost');
    const ca = readFileSync(cluster.certificate, 'utf8');
    const isEncrypted = async (sslmode: string, authority: string | null): Promise<unknown> => {
      const stores = await openDatabase(bench, `${url}?sslmode=${sslmode}`, { ca: authority });
      const rows = await cluster.sql(
        url,
        `SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'plane-ics'`,
      );
      await stores.close();
      return rows[0]?.ssl;
    };
    expect(await isEncrypted('disable', null)).toBe(false);
    expect(await isEncrypted('require', null)).toBe(true);
    expect(await isEncrypted('verify-full', ca)).toBe(true);
    expect(await refusal(`${url}?sslmode=verify-full`)).toMatch(/certificate .* is not trusted/);
    const byAddress = url.replace('localhost', '127.0.0.1');
    expect(await refusal(`${byAddress}?sslmode=verify-full`, { ca })).toMatch(/check the host name/);
    await (await openDatabase(bench, `${byAddress}?sslmode=verify-ca`, { ca })).close();
  });

  describe('has one server at a time', () => {
    test('a second one waits, and gets it at once when the first is closed', async () => {
      const url = await cluster.database();
      const first = await openDatabase(bench, url);
      await first.kept.write([{ kind: 'link', id: 'a', value: 1 }]);
      const taken = openDatabase(bench, url, { lockTimeoutMs: 0 });
      await expect(taken).rejects.toThrow(StoreTakenError);
      await expect(taken).rejects.toThrow('Another plane-ics (one) serves from the database');
      const second = openDatabase(bench, url, { replica: 'two' });
      await first.close();
      const begun = performance.now();
      expect(await (await second).kept.get('link', 'a')).toBe(1);
      expect(performance.now() - begun).toBeLessThan(5_000);
      await expect(first.kept.write([{ kind: 'link', id: 'a', value: 2 }])).rejects.toMatchObject({
        code: 'storage_unavailable',
      });
    });

    test('one that does not renew its lease loses it after ten seconds, and can write nothing from then on', async () => {
      const url = await cluster.database();
      // As if it were frozen: no time passes for it.
      let isFrozen = false;
      const wake: (() => void)[] = [];
      const delay = (ms: number): Promise<void> =>
        new Promise((resolve) => (isFrozen ? wake.push(resolve) : setTimeout(resolve, ms).unref()));
      const first = await openDatabase(bench, url, { delay });
      await first.kept.write([{ kind: 'link', id: 'a', value: 1 }]);
      isFrozen = true;
      const begun = performance.now();
      const second = await openDatabase(bench, url, { replica: 'two', lockTimeoutMs: 20_000 });
      const ms = performance.now() - begun;
      expect(ms).toBeGreaterThan(5_000);
      expect(ms).toBeLessThan(15_000);
      expect([first.isLeader(), second.isLeader()]).toEqual([false, true]);
      await expect(first.kept.write([{ kind: 'link', id: 'a', value: 2 }])).rejects.toMatchObject({
        code: 'storage_unavailable',
        message: expect.stringContaining('has taken over'),
      });
      expect(await second.kept.get('link', 'a')).toBe(1);
      let isLost = false;
      void first.lost.then(() => (isLost = true));
      isFrozen = false;
      for (const resolve of wake.splice(0)) resolve();
      expect(await eventually(() => isLost, Boolean)).toBe(true);
    });

    test('a write that arrives after a later one of its epoch is refused', async () => {
      const url = await cluster.database();
      const { kept } = await openDatabase(bench, url);
      await kept.write([{ kind: 'link', id: 'a', value: 1 }]);
      await kept.write([{ kind: 'link', id: 'a', value: 2 }]);
      const late = cluster.sql(
        url,
        `SELECT plane_ics.write_1(epoch, step - 1, 'kept', '[["link","a","1","v"]]', '[]') FROM plane_ics.state`,
      );
      await expect(late).rejects.toMatchObject({ code: 'PI001' });
      expect(await kept.get('link', 'a')).toBe(2);
    });
  });

  test('doctor says what a database is like, and changes nothing in it', async () => {
    const url = await cluster.database();
    const examine = async (more: Record<string, string> = {}, now: () => number = Date.now): Promise<string[]> => {
      const environment = {
        PLANE_URL: 'https://plane.example.com',
        PLANE_API_KEY: 'key',
        PLANE_WORKSPACE: 'acme',
        DATABASE_URL: url,
        SECRET_KEY: 'a-secret-key-of-this',
        ADMIN_TOKEN: 'an-admin-token-of-this',
      };
      const findings = await checkDatabase(
        readConfig({ ...environment, ...more }, () => ''),
        now,
      );
      return findings.map(({ level, detail }) => `${level} ${detail}`);
    };
    const name = `${url.slice(url.lastIndexOf('/') + 1)} at 127.0.0.1:${cluster.port}`;
    expect(await examine()).toEqual([
      expect.stringMatching(`^ok ${name} is PostgreSQL 15[.]\\d+, not encrypted; no server has it$`),
    ]);
    expect(await cluster.sql(url, `SELECT 1 FROM pg_namespace WHERE nspname = 'plane_ics'`)).toEqual([]);
    await openDatabase(bench, url);
    expect(await examine()).toEqual([expect.stringMatching(/; one leads$/)]);
    expect(await examine({ DATABASE_URL: `${url}?sslmode=require` })).toEqual([
      expect.stringMatching(/, encrypted; one leads$/),
    ]);
    expect(await examine({}, () => Date.now() - 5_000)).toEqual([
      expect.stringMatching(/^ok /),
      'warn its clock differs by 5 s',
    ]);
    expect(await examine({ DATABASE_URL: url.replace(/:pw[^@]*@/, ':pw%3Awrong@') })).toEqual([
      expect.stringMatching(/^FAIL The database .* refuses the user or password/),
    ]);
  });

  test('nothing of a password is in what it logs', async () => {
    const url = await cluster.database();
    const { lines, warnings } = await openDatabase(bench, url.replace('127.0.0.1', 'localhost'));
    expect(JSON.stringify([lines, warnings()])).not.toMatch(/pw[:%]/);
  });
});
