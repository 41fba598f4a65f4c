import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { deliver, deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import { SECRET, TOKEN } from '../../scripts/bench/workspace.ts';
import { eventually } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { needs } from './support/clients.ts';
import { frontNeeds } from './support/front.ts';
import { PGBOUNCER, POSTGRES } from './support/postgres.ts';
import { EVENTS } from './support/replica-events.ts';
import { startTrial, type Trial } from './support/replica-trial.ts';
import { verdictsOf, type Verdict } from './support/replica-verdicts.ts';
import { ADMIN, type Answer } from './support/replicas.ts';

/** Three servers over one PostgreSQL behind nginx, at work all the time: whatever ends, nothing that was promised is lost. */

jest.setTimeout(300_000);

needs([POSTGRES, PGBOUNCER, ...frontNeeds('nginx')], 'three replicas', () => {
  const scratch = createScratch(afterAll);
  let trial: Trial;

  beforeAll(async () => {
    trial = await startTrial({
      count: 3,
      isPooled: true,
      projects: 3,
      items: 120,
      budget: 600,
      reads: 30,
      editsPerSecond: 2,
      seed: 1,
      scratch,
    });
  });

  const json = ({ body }: Answer): Record<string, unknown> => JSON.parse(body.toString()) as Record<string, unknown>;

  test('each says whether it is the leader, and answers feeds, the API and its health', async () => {
    const { all, ask, leader } = trial.replicas;
    const { name } = await leader();
    for (const replica of all) {
      const { body } = await ask(`${replica.url}/metrics`, { headers: ADMIN });
      expect([replica.name, /^plane_ics_leader (\d)$/m.exec(body.toString())?.[1]]).toEqual([
        replica.name,
        replica.name === name ? '1' : '0',
      ]);
      const health = await ask(`${replica.url}/api/v1/health`, { headers: ADMIN });
      expect([replica.name, health.status]).toEqual([replica.name, 200]);
    }
  });

  test('a session that was opened at one is valid at each, and so is the protection of forms', async () => {
    const { all, ask, front } = trial.replicas;
    const first = await ask(`${all[0]!.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: { token: TOKEN },
    });
    expect(first.status).toBe(204);
    const cookies = [first.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0]!);
    const body = { name: 'From the page', scope: { projects: ['P01'] } };
    for (const { name, url } of all) {
      const send = (more: Record<string, string>): Promise<Answer> =>
        ask(`${url}/api/v1/links`, { method: 'POST', headers: { cookie: cookies.join('; '), ...more }, body });
      const session = await ask(`${url}/api/v1/session`, { headers: { cookie: cookies.join('; ') } });
      expect([name, json(session).authenticated]).toEqual([name, true]);
      expect([name, (await send({ 'sec-fetch-site': 'same-origin' })).status]).toEqual([name, 201]);
      expect([name, (await send({ origin: front.https })).status]).toEqual([name, 201]);
      expect([name, (await send({ 'sec-fetch-site': 'cross-site' })).status]).toEqual([name, 403]);
      expect([name, (await send({ origin: 'https://elsewhere.example.com' })).status]).toEqual([name, 403]);
    }
  });

  test("a delivery of Plane's that reaches a follower is applied everywhere, and a forged one nowhere", async () => {
    const { replicas, site } = trial;
    const { plane } = site;
    const [follower] = await replicas.followers();
    const [item] = trial.project('QUIET').items.values();
    const hook = { url: `${follower!.url}/webhooks/plane`, secret: SECRET };
    const edit = (name: string): string => {
      plane.hook = null;
      const row = plane.editItem(item!.id, { name });
      const activity = { field: 'name', old_value: item!.name, new_value: name };
      return deliveryBody(plane.tables, 'issue', 'updated', deliveryData(plane.tables, 'issue', row), activity);
    };
    const { hook: usual } = plane;
    const body = edit('Delivered to a follower');
    plane.hook = usual;
    const counted = async (): Promise<number> => {
      const { url } = await replicas.leader();
      const { body: text } = await replicas.ask(`${url}/metrics`, { headers: ADMIN });
      return Number(/^plane_ics_webhook_deliveries_total\{outcome="applied"\} (\d+)$/m.exec(text.toString())?.[1] ?? 0);
    };
    const before = await counted();
    const answer = await replicas.ask(hook.url, { method: 'POST', body: { event: 'issue' } });
    expect(answer.status).toBe(401);
    await deliver(hook, 'issue', body);
    const shown = async (): Promise<boolean[]> =>
      Promise.all(
        replicas.all.map(async ({ url }) =>
          (await replicas.ask(`${url}/ics/QUIET.ics`)).body.toString().includes('Delivered to a follower'),
        ),
      );
    expect(await eventually(shown, (list) => list.every(Boolean))).toEqual([true, true, true]);
    expect(await counted()).toBeGreaterThan(before);
  });

  describe.each(Object.entries(EVENTS))('%s', (name, event) => {
    test('is survived: a server has the lease, all answer, and a revocation reaches each', async () => {
      const figures = await event(trial);
      const words = Object.entries(figures).map(([what, ms]) => `${what} ${Math.round(ms)} ms`);
      process.stderr.write(`${name}: ${words.join(', ')}\n`);
      expect(figures.takeover ?? 0).toBeLessThan(30_000);
    });
  });

  test('in the end all is as it was promised', async () => {
    const verdicts = await verdictsOf(trial);
    for (const { what, figure, problems } of verdicts) process.stderr.write(`${problems.length} ${what}: ${figure}\n`);
    const wrong = verdicts.filter(({ problems }) => problems.length > 0);
    expect(wrong.map(({ what, problems }: Verdict) => [what, ...problems])).toEqual([]);
  });
});
