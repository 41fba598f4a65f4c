import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from '../../src/demo/seed.ts';
import { addressOf, createPrograms, type Settings } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';
import { needs } from './support/clients.ts';
import { createCluster, POSTGRES, type Cluster } from './support/postgres.ts';

/** `store copy`: from a folder into a database, and back into another folder. */

jest.setTimeout(300_000);

const SECRET = 'plane_wh_entered_on_the_page';

needs([POSTGRES], 'plane-ics store copy', () => {
  const scratch = createScratch();
  const { start } = createPrograms(scratch, [SECRET, DEMO_KEY]);
  let cluster: Cluster;
  let settings: Settings = {};

  beforeAll(async () => {
    cluster = await createCluster();
  });
  afterAll(() => cluster.remove());
  beforeEach(async () => {
    const plane = createSmallPlane({ tables: seedDemo(Date.now()), now: Date.now, requestsPerMinute: 100_000 });
    scratch.defer(plane.close);
    settings = {
      PLANE_URL: await plane.listen(),
      PLANE_WEB_URL: 'https://plane.example.com',
      PLANE_API_KEY: DEMO_KEY,
      PLANE_WORKSPACE: DEMO_WORKSPACE,
      FEED_ACCESS: 'open',
    };
  });

  /** What a server answers that is started for it. `work` may change something first. */
  async function visit<T>(more: Settings, work: (ask: (path: string, init?: RequestInit) => Promise<Response>) => T) {
    const server = await start(['serve'], { ...settings, ...more });
    const url = await addressOf(server);
    const token = more.ADMIN_TOKEN ?? readFileSync(join(more.DATA_DIR!, 'admin-token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const result = await work((path, init) => fetch(url + path, { headers, ...init }));
    expect((await server.stop()).code).toBe(0);
    return result;
  }

  async function copy(more: Settings, to: string): Promise<{ code: number | null; text: string }> {
    const { code, stdout, stderr } = await (await start(['store', 'copy', '--to', to], { ...settings, ...more })).ended;
    return { code, text: stdout + stderr };
  }

  test('moves links, revisions, sealed secrets and the access log, so that calendars stay the same to the byte', async () => {
    const [folder, other] = [await scratch.folder(), await scratch.folder()];
    const database = await cluster.database();
    const { path, before, id } = await visit({ DATA_DIR: folder }, async (ask) => {
      const body = JSON.stringify({ name: 'Team', scope: { projects: ['WEB'] } });
      const link = (await (await ask('/api/v1/links', { method: 'POST', body })).json()) as { id: string; url: string };
      const secret = await ask('/api/v1/webhook-secret', { method: 'PUT', body: JSON.stringify({ secret: SECRET }) });
      expect(secret.status).toBeLessThan(300);
      const feed = await ask(new URL(link.url).pathname);
      expect(feed.status).toBe(200);
      return { id: link.id, path: new URL(link.url).pathname, before: [feed.headers.get('etag'), await feed.text()] };
    });
    const secrets = {
      SECRET_KEY: readFileSync(join(folder, 'secret-key'), 'utf8').trim(),
      ADMIN_TOKEN: readFileSync(join(folder, 'admin-token'), 'utf8').trim(),
    };

    const copied = await copy({ DATA_DIR: folder }, database);
    expect(copied).toMatchObject({ code: 0, text: expect.stringMatching(/kept: \d+ records copied and compared/) });
    expect(copied.text).not.toContain(secrets.SECRET_KEY);
    expect(await copy({ DATA_DIR: folder }, database)).toMatchObject({
      code: 1,
      text: expect.stringContaining('not empty'),
    });

    const isSame = async (ask: (path: string) => Promise<Response>): Promise<void> => {
      const feed = await ask(path);
      expect([feed.headers.get('etag'), await feed.text()]).toEqual(before);
      expect((await (await ask(`/api/v1/links/${id}`)).json()) as object).toMatchObject({ name: 'Team' });
      const health = (await (await ask('/api/v1/health')).json()) as { webhook: object; problems: object[] };
      expect(health).toMatchObject({ webhook: { secret: 'page' }, problems: [] });
    };
    const inDatabase = { DATABASE_URL: database, DATA_DIR: await scratch.folder(), ...secrets };
    await visit(inDatabase, isSame);
    const target = join(other, 'data');
    expect(await copy(inDatabase, target)).toMatchObject({ code: 0 });
    await visit({ DATA_DIR: target, ...secrets }, isSame);
  });

  test('refuses a place that a server uses, and a server refuses what was not copied to the end', async () => {
    const database = await cluster.database();
    const more = { DATABASE_URL: database, SECRET_KEY: 'a-secret-key-of-this', ADMIN_TOKEN: 'an-admin-token-of-this' };
    const server = await start(['serve'], { ...settings, ...more });
    await addressOf(server);
    const target = join(await scratch.folder(), 'data');
    expect(await copy(more, target)).toMatchObject({ code: 1, text: expect.stringContaining('Another plane-ics (') });
    await server.stop();
    await cluster.sql(
      database,
      `INSERT INTO plane_ics.record (store, kind, id, value, version, change) VALUES ('kept', 'copy', 'unfinished', 'true', 'v', 0)`,
    );
    const { code, stderr } = await (await start(['serve'], { ...settings, ...more })).ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('was interrupted') });
  });
});
