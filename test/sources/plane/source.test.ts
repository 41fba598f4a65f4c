import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../../src/domain/errors.ts';
import { createLoader } from '../../../src/feeds/loader.ts';
import { ALPHA } from '../../support/acme.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../support/snapshots-fixture.ts';
import { recordedAnswer } from '../../support/recorded.ts';
import { aFeed } from '../../support/render.ts';
import { apart } from '../../../src/feeds/calendars/merge.ts';

let fixture: SnapshotsFixture;
beforeEach(async () => {
  fixture = await createSnapshotsFixture();
});
afterEach(() => fixture.close());

const people = () => [...fixture.plane.tables.people.values()];
/** As for a key whose user may not list the workspace's people. */
const asGuest = () => {
  fixture.plane.onRequest = ({ path }) =>
    path.endsWith('/acme/members/')
      ? { kind: 'json', ...recordedAnswer('err-other-workspace-members').response }
      : undefined;
};
const down = () => {
  fixture.plane.onRequest = () => ({ kind: 'status', status: 503 });
};

describe('projects', () => {
  const identifiers = async () => (await fixture.source.projects()).map(({ identifier }) => identifier);

  test('by identifier, for one request when the list is not known yet', async () => {
    const all = ['ALPHA', 'BIG', 'EMPT2', 'PUBL', 'RTL', 'SECRET', 'TARCH'];
    expect(await identifiers()).toEqual(all);
    expect(await identifiers()).toEqual(all);
    expect(fixture.asked()).toHaveLength(1);
  });

  test('also one that is no longer there, while it is known', async () => {
    const { snapshots, plane, clock } = fixture;
    await snapshots.refresh(ALPHA, 'reader');
    plane.deleteProject(ALPHA);
    clock.now += 60_000;
    await snapshots.refresh(ALPHA, 'reader');
    expect(fixture.directory.get(ALPHA)).toBeUndefined();
    expect(await identifiers()).toContain('ALPHA');
  });

  test('not ready while the list was never read', async () => {
    down();
    await expect(fixture.source.projects()).rejects.toMatchObject({ code: 'not_ready' });
  });

  test('the list as it was, in an outage', async () => {
    const before = await identifiers();
    down();
    fixture.clock.now += 600_000;
    expect(await identifiers()).toEqual(before);
  });
});

describe('members', () => {
  test('of all that was read, without a request', async () => {
    await fixture.snapshots.refresh(ALPHA, 'reader');
    fixture.asked();
    expect([...(await fixture.source.members()).keys()].sort()).toEqual(
      people()
        .map(({ id }) => id)
        .sort(),
    );
    expect(fixture.asked()).toEqual([]);
  });

  test('of the workspace when nothing was read yet', async () => {
    expect((await fixture.source.members()).size).toBe(people().length);
    expect(fixture.asked()).toEqual(['members/']);
  });

  test('of the projects for a guest', async () => {
    asGuest();
    const { members } = fixture.plane.tables.projects.get(ALPHA)!;
    expect([...(await fixture.source.members()).keys()].sort()).toEqual([...members].sort());
  });

  test('an outage is an error', async () => {
    down();
    await expect(fixture.source.members()).rejects.toMatchObject({ code: 'plane_unavailable' });
  });
});

describe('the person with an e-mail address', () => {
  test.each(['ada@example.test', ' Ada@EXAMPLE.test '])('%j', async (email) => {
    const ada = people().find((one) => one.email === 'ada@example.test')!;
    expect(await fixture.source.memberByEmail(email)).toEqual({ id: ada.id, displayName: ada.display_name });
  });

  test.each(['nobody@example.test', 'ada', '', ' '])('%j is nobody', async (email) => {
    const { people: table } = fixture.plane.tables;
    const bot = people()[0]!;
    table.set(bot.id, { ...bot, email: '' });
    expect(await fixture.source.memberByEmail(email)).toBeUndefined();
  });

  test('is found by a guest too, and asked anew each time', async () => {
    asGuest();
    expect(await fixture.source.memberByEmail('ada@example.test')).toBeDefined();
    fixture.asked();
    expect(await fixture.source.memberByEmail('ada@example.test')).toBeDefined();
    expect(fixture.asked()[0]).toBe('members/');
  });

  test('an address reaches neither the log nor the store', async () => {
    await fixture.snapshots.refresh(ALPHA, 'reader');
    await fixture.source.memberByEmail('ada@example.test');
    await fixture.snapshots.project(ALPHA).saved;
    expect(JSON.stringify([fixture.log.lines, [...fixture.store.records]])).not.toMatch(/\w@example/);
  });
});

describe('while Plane wants no requests', () => {
  const wantNone = () => {
    fixture.pause.begin(new AppError('plane_limit', "Plane's rate limit is reached.", { retryAfterSeconds: 200 }));
  };
  /** Time passes for those who are made to wait. */
  const never = async (): Promise<never> => {
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    throw new Error('a reader was made to wait');
  };
  const load = () => createLoader({ source: fixture.source, merge: apart, now: fixture.now, delay: never }).load(ONE);
  const ONE = aFeed({ scope: { kind: 'projects', projectIds: [ALPHA] } });

  test('a reader gets what there is at once, also one that waited already', async () => {
    await fixture.snapshots.refresh(ALPHA, 'reader');
    fixture.clock.now += 60_000;
    fixture.plane.onRequest = () => ({ kind: 'silence' });
    const early = load();
    wantNone();
    expect((await early).projects).toHaveLength(1);
    expect(await load()).toMatchObject({ unread: [], staleSeconds: 60 });
  });

  test('a project that was never read is missing, with the time of the next try', async () => {
    fixture.plane.onRequest = () => ({ kind: 'silence' });
    wantNone();
    expect(await load()).toMatchObject({
      unread: [ALPHA],
      isLoading: true,
      error: { code: 'plane_paused', retryAfterSeconds: 200 },
    });
  });

  test('lists of projects and people are not waited for', async () => {
    fixture.plane.onRequest = () => ({ kind: 'silence' });
    wantNone();
    await expect(fixture.source.projects()).rejects.toMatchObject({
      code: 'not_ready',
      cause: { code: 'plane_paused', retryAfterSeconds: 200 },
    });
    await expect(fixture.source.members()).rejects.toMatchObject({ code: 'plane_paused' });
    await expect(fixture.source.memberByEmail('ada@example.test')).rejects.toMatchObject({ code: 'plane_paused' });
    expect(fixture.asked()).toEqual([]);
  });
});
