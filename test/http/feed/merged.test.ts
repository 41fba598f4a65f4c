import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { lint } from '../../support/linter.ts';
import { ask, uidsOf, unfolded } from '../ask.ts';

/** Calendars of several projects: of all, and of a person. */

const MINUTE = 60_000;

let folder: string;
let site: TestApp;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  site = await aTestApp({ dataDir: folder });
});
afterEach(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

const idOf = (name: string): string =>
  [...site.plane.tables.people.values()].find((one) => one.display_name === name)!.id;
const projectNamed = (identifier: string): string =>
  [...site.plane.tables.projects.values()].find(({ row }) => row.identifier === identifier)!.row.id;

/** Gives other projects some items of ada's and bob's. */
function fill(): void {
  for (const [identifier, name] of [
    ['BIG', 'ada'],
    ['BIG', 'bob'],
    ['SECRET', 'ada'],
    ['RTL', 'bob'],
  ] as const) {
    site.plane.createItem(projectNamed(identifier), { target_date: '2026-12-03', assignees: [idOf(name)] });
  }
}

async function read(path: string): Promise<{ status: number; uids: string[]; text: string; etag: string | undefined }> {
  const { status, body, text, headers } = await ask(site, path);
  if (status === 200) expect(lint(body)).toEqual([]);
  return { status, uids: uidsOf(text), text: unfolded(text), etag: headers.etag };
}

describe('/ics/all.ics', () => {
  test('is the union of the calendars of all projects, and costs nothing once those are fresh', async () => {
    fill();
    const identifiers = [...site.plane.tables.projects.values()].map(({ row }) => row.identifier);
    const each = await Promise.all(identifiers.map((name) => read(`/ics/${name}.ics`)));
    const asked = site.plane.requests.length;
    const all = await read('/ics/all.ics');
    expect(all.uids).toEqual(each.flatMap(({ uids }) => uids).sort());
    expect(all.uids).toHaveLength(29);
    expect(all.text).toContain('X-WR-CALNAME:All projects\r\n');
    expect((await read('/ics/person/ada.ics')).uids).toHaveLength(3);
    expect((await read('/ics/all.ics?mode=span&done=hide')).status).toBe(200);
    expect(site.plane.requests.length).toBe(asked);
  });

  test('takes options, and refuses what it does not know', async () => {
    const span = await read('/ics/all.ics?mode=span');
    expect(span.uids.length).toBeGreaterThan((await read('/ics/all.ics')).uids.length);
    expect((await read('/ics/all.ics?modus=span')).status).toBe(400);
  });

  test('is not a project that is called so', async () => {
    const id = projectNamed('BIG');
    site.plane.editProject(id, { identifier: 'ALL', name: 'Everything' });
    fill2(id);
    site.clock.now += 2 * MINUTE;
    expect((await read('/ics/ALL.ics')).text).toContain('X-WR-CALNAME:Everything\r\n');
    expect((await read('/ics/ALL.ics')).uids).toHaveLength(1);
    expect((await read('/ics/All.ics')).uids).toHaveLength(1);
    expect((await read('/ics/all.ics')).text).toContain('X-WR-CALNAME:All projects\r\n');
  });

  const fill2 = (projectId: string): void => {
    site.plane.createItem(projectId, { target_date: '2026-12-03' });
  };

  test('shows the last good items of a project that fails, and updates the others', async () => {
    fill();
    const before = await read('/ics/all.ics');
    site.plane.onRequest = ({ path }) => (path.includes(ALPHA) ? { kind: 'status', status: 503 } : undefined);
    fill2(projectNamed('BIG'));
    for (const restarted of [false, true]) {
      site.clock.now += 2 * MINUTE;
      if (restarted) site = await site.restart();
      const after = await read('/ics/all.ics');
      expect([after.status, after.uids.length]).toEqual([200, before.uids.length + 1]);
      expect(after.uids).toEqual(expect.arrayContaining(before.uids));
    }
  });

  test('is there without a project that could never be read, says so, and has it when it can', async () => {
    fill();
    site.plane.onRequest = ({ path }) => (path.includes(ALPHA) ? { kind: 'status', status: 503 } : undefined);
    const without = await read('/ics/all.ics');
    expect([without.status, without.uids.length]).toEqual([200, 4]);
    expect(without.text).toMatch(/^X-WR-CALDESC:.*A project in it could not be read from Plane yet\./m);
    site.plane.onRequest = () => undefined;
    site.clock.now += 2 * MINUTE;
    const whole = await read('/ics/all.ics');
    expect(whole.uids).toHaveLength(29);
    expect(whole.text).not.toContain('could not be read');
  });

  test('loses a project that was deleted in Plane, and one that is no longer published', async () => {
    fill();
    const before = await read('/ics/all.ics');
    const alpha = await read('/ics/ALPHA.ics');
    site.plane.deleteProject(ALPHA);
    for (const minutes of [2, 6]) {
      expect((await read('/ics/all.ics')).etag).toBe(before.etag);
      site.clock.now += minutes * MINUTE;
    }
    const after = await read('/ics/all.ics');
    expect(after.uids).toEqual(before.uids.filter((uid) => !alpha.uids.includes(uid)));
    site = await site.restart({ projects: ['BIG'] });
    expect((await read('/ics/all.ics')).uids).toHaveLength(2);
  });

  test('is the same for a while of a project whose permission is lost', async () => {
    const before = await read('/ics/all.ics');
    site.plane.editProject(ALPHA, { is_member: false });
    site.clock.now += 2 * MINUTE;
    expect((await read('/ics/all.ics')).etag).toBe(before.etag);
    site.clock.now += 7 * 24 * 60 * MINUTE;
    expect((await read('/ics/all.ics')).uids).toEqual([]);
  });
});

describe('/ics/person/', () => {
  test('is found by display name in any letter case, by e-mail address, and by id', async () => {
    fill();
    const { uids, etag, text } = await read('/ics/person/ada.ics');
    expect(uids).toHaveLength(3);
    expect(text).toContain('X-WR-CALNAME:ada\r\n');
    for (const name of ['ADA', 'ada@example.test', 'ada%40example.test', idOf('ada'), idOf('ada').toUpperCase()])
      expect((await read(`/ics/person/${name}.ics`)).etag).toBe(etag);
  });

  test.each<[string, () => void]>([
    [
      'is archived',
      () => {
        site.plane.archiveProject(ALPHA);
      },
    ],
    [
      'the key lost',
      () => {
        site.plane.editProject(ALPHA, { is_member: false });
      },
    ],
    [
      'is deleted',
      () => {
        site.plane.deleteProject(ALPHA);
      },
    ],
  ])('has the new name of a person, also when a project %s whose identifier comes first', async (_, close) => {
    fill();
    const ada = idOf('ada');
    expect((await read(`/ics/person/${ada}.ics`)).text).toContain('X-WR-CALNAME:ada\r\n');
    close();
    site.clock.now += 2 * MINUTE;
    await read('/ics/all.ics');
    site.plane.renamePerson(ada, 'Ada Lovelace');
    // Those that are read find the new name first, the others at their next look.
    for (let minutes = 0; minutes < 20; minutes += 2) {
      site.clock.now += 2 * MINUTE;
      await read('/ics/all.ics');
    }
    const { text } = await read('/ics/person/Ada%20Lovelace.ics');
    expect(text).toContain('X-WR-CALNAME:Ada Lovelace\r\n');
    expect(unfolded(text)).not.toMatch(/Assignees?: ada/);
  });

  test('never shows an e-mail address', async () => {
    fill();
    const every = [
      await ask(site, '/ics/person/ada@example.test.ics'),
      await ask(site, '/ics/person/BOB@example.test.ics?detail=brief'),
      await ask(site, '/ics/all.ics?assignee=bob@example.test'),
      await ask(site, '/ics/person/zoe.ics'),
      await ask(site, '/ics/all.ics?assignee=zoe'),
    ];
    expect(every.map(({ status }) => status)).toEqual([200, 200, 200, 404, 400]);
    for (const { headers, text } of every)
      expect(JSON.stringify(headers) + unfolded(text)).not.toMatch(/(?:ada|bob)@/i);
  });

  test('looks an e-mail address up once, and works in an outage afterwards', async () => {
    const path = '/ics/person/ada@example.test.ics';
    const { etag } = await read(path);
    const asked = site.plane.requests.length;
    expect((await read(path)).etag).toBe(etag);
    expect(site.plane.requests.length).toBe(asked);
    site.plane.onRequest = () => ({ kind: 'reset' });
    site = await site.restart();
    expect(await read(path)).toMatchObject({ status: 200, etag });
  });

  test('of an unknown person is a plain 404', async () => {
    for (const name of ['zoe', 'zoe@example.test', '.', '%00', 'x'.repeat(1000)]) {
      const { status, headers, text } = await ask(site, `/ics/person/${name}.ics`);
      expect([name, status, headers['content-type'], text]).toEqual([
        name,
        404,
        'text/plain; charset=utf-8',
        'There is no calendar at this address.\n',
      ]);
    }
  });

  test('lists the candidates where a name means several people', async () => {
    site.plane.renamePerson(idOf('eve'), 'Ada');
    const { status, text } = await ask(site, '/ics/person/ada.ics');
    expect(status).toBe(400);
    expect(text).toBe(`"ada" may mean any of these people: Ada (${idOf('Ada')}), ada (${idOf('ada')}). Give the id.\n`);
    expect((await read(`/ics/person/${idOf('ada')}.ics`)).uids).toHaveLength(1);
  });

  test('still leads to a renamed person, until another has the name', async () => {
    fill();
    const before = await read('/ics/person/ada.ics');
    site.plane.renamePerson(idOf('ada'), 'Countess');
    site.clock.now += 10 * MINUTE;
    await read('/ics/all.ics');
    for (const restarted of [false, true]) {
      if (restarted) site = await site.restart();
      const after = await read('/ics/person/ada.ics');
      expect([after.status, after.uids]).toEqual([200, before.uids]);
      expect(after.text).toContain('X-WR-CALNAME:Countess\r\n');
    }
    site.plane.renamePerson(idOf('bob'), 'ada');
    site.clock.now += 10 * MINUTE;
    await read('/ics/all.ics');
    const other = await read('/ics/person/ada.ics');
    expect(other.uids).toHaveLength(4);
    expect(other.text).toContain('X-WR-CALNAME:ada\r\n');
  });
});
