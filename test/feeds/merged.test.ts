import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../src/domain/errors.ts';
import type { Publication } from '../../src/feeds/publisher.ts';
import { aCycle, NOON, PROJECT_ID, uuid } from '../support/make.ts';
import { aFeed } from '../support/render.ts';
import { aPublisher, APP, APP_ID, WEB } from './fixture.ts';

/** Calendars of several projects, of which each has troubles of its own. */

const DAY_MS = 86_400_000;
const ALL = aFeed({ key: 'all', scope: { kind: 'all' } });
const TWO = aFeed({ key: 'two', scope: { kind: 'projects', projectIds: [APP_ID, PROJECT_ID] } });
const NOTE = 'A project in it could not be read from Plane yet.';
const NO_PLANS = 'Cycles or modules of a project in it could not be read from Plane yet.';
const CHANGED = { ...WEB, items: new Map([...WEB.items].slice(0, 1)) };

const keysIn = ({ document }: Publication): string =>
  (document.identity.toString().match(/(?<=^SUMMARY:\[)[^\]]*/gm) ?? []).sort().join(' ');
const isNoted = ({ document }: Publication, note = NOTE): boolean =>
  document.identity.toString().replaceAll('\r\n ', '').includes(note);

test('has the items of each project, and the same bytes in any order of listing', async () => {
  const fixture = aPublisher();
  fixture.publish(APP, WEB);
  const both = await fixture.publisher.get(ALL);
  expect(keysIn(both)).toBe('APP-7 WEB-1 WEB-2 WEB-3');
  expect(isNoted(both)).toBe(false);
  expect(both.staleSeconds).toBeNull();
  expect([...fixture.publisher.eventsByProject()[0]!].sort()).toEqual(
    [
      [APP_ID, 1],
      [PROJECT_ID, 3],
    ].sort(),
  );
  const other = aPublisher();
  other.publish(WEB, APP);
  expect((await other.publisher.get(ALL)).document.etag).toBe(both.document.etag);
});

test('shows the last good items of a project that fails, and updates the others', async () => {
  const fixture = aPublisher();
  fixture.publish(WEB, APP);
  await fixture.publisher.get(ALL);
  fixture.clock.now += 300_000;
  const waiting = fixture.publisher.get(ALL);
  await fixture.answer({ failed: APP_ID });
  await fixture.answer(CHANGED);
  const after = await waiting;
  expect(keysIn(after)).toBe('APP-7 WEB-1');
  expect(isNoted(after)).toBe(false);
  expect(after.staleSeconds).toBe(300);
});

test('leaves out what was never read and fails, and says so; it comes when it can be read', async () => {
  const fixture = aPublisher();
  fixture.publish(WEB);
  const waiting = fixture.publisher.get(TWO);
  await fixture.answer({ failed: APP_ID });
  const without = await waiting;
  expect([keysIn(without), isNoted(without)]).toEqual(['WEB-1 WEB-2 WEB-3', true]);
  const again = fixture.publisher.get(TWO);
  await fixture.answer(APP);
  const whole = await again;
  expect([keysIn(whole), isNoted(whole)]).toEqual(['APP-7 WEB-1 WEB-2 WEB-3', false]);
});

test('waits for what is still being read, the first time; later it does not keep the others from readers', async () => {
  const fixture = aPublisher();
  fixture.publish(WEB);
  const first = expect(fixture.publisher.get(TWO)).rejects.toMatchObject({ code: 'not_ready' });
  await fixture.timeOut();
  await first;
  const second = fixture.publisher.get(TWO);
  await fixture.answer(APP);
  expect(keysIn(await second)).toBe('APP-7 WEB-1 WEB-2 WEB-3');

  const third = aFeed({ ...TWO, scope: { kind: 'projects', projectIds: [APP_ID, PROJECT_ID, uuid(801)] } });
  for (const publisher of [fixture.publisher, fixture.restart()]) {
    const waiting = publisher.get(third);
    await fixture.timeOut();
    expect([keysIn(await waiting), isNoted(await waiting)]).toEqual(['APP-7 WEB-1 WEB-2 WEB-3', true]);
  }
});

test('is not ready while nothing of it could be read', async () => {
  const fixture = aPublisher();
  const waiting = expect(fixture.publisher.get(TWO)).rejects.toMatchObject({
    code: 'not_ready',
    cause: expect.objectContaining({ message: 'down' }),
  });
  await fixture.answer({ failed: APP_ID });
  await fixture.answer({ failed: PROJECT_ID });
  await waiting;
});

test('of all projects is not ready while it is not known which there are', async () => {
  const fixture = aPublisher();
  fixture.publish(WEB);
  fixture.source.projects = () => Promise.reject(new AppError('not_ready', 'The projects could not be read yet.'));
  await expect(fixture.publisher.get(ALL)).rejects.toMatchObject({ code: 'not_ready' });
});

test('of all projects where there are none has one note', async () => {
  const { document } = await aPublisher().publisher.get(ALL);
  expect(document.events).toBe(0);
  expect(document.identity.toString()).toContain('SUMMARY:Nothing planned in All projects\r\n');
});

describe('a removed project', () => {
  test.each(['deleted', 'unpublished'] as const)('leaves when it was %s', async (kind) => {
    const fixture = aPublisher();
    fixture.publish(WEB, APP);
    await fixture.publisher.get(ALL);
    fixture.project(APP_ID).removed = { reason: kind, since: NOON };
    for (const feed of [ALL, TWO]) {
      const after = await fixture.publisher.get(feed);
      expect([keysIn(after), isNoted(after)]).toEqual(['WEB-1 WEB-2 WEB-3', false]);
    }
  });

  test('stays for seven days where a permission was lost', async () => {
    const fixture = aPublisher();
    fixture.publish(WEB, APP);
    fixture.project(APP_ID).removed = { reason: 'access lost', since: NOON };
    fixture.clock.now += 7 * DAY_MS - 1;
    fixture.publish(WEB, APP);
    expect(keysIn(await fixture.publisher.get(TWO))).toContain('APP-7');
    fixture.clock.now += 1;
    expect(keysIn(await fixture.publisher.get(TWO))).toBe('WEB-1 WEB-2 WEB-3');
  });

  test('ends a calendar when it was the last: thirty days say so', async () => {
    const fixture = aPublisher();
    fixture.publish(WEB, APP);
    await fixture.publisher.get(TWO);
    fixture.project(APP_ID).removed = { reason: 'deleted', since: NOON };
    fixture.clock.now += DAY_MS;
    fixture.project(PROJECT_ID).removed = { reason: 'unpublished', since: fixture.clock.now };
    fixture.publish(WEB, APP);
    const { document } = await fixture.publisher.get(TWO);
    const text = document.identity.toString();
    expect(text).toContain('SUMMARY:This calendar is no longer published\r\n');
    expect(text).toContain('DTSTART;VALUE=DATE:20261121\r\n');
    fixture.clock.now += 30 * DAY_MS - 1;
    fixture.publish(WEB, APP);
    expect((await fixture.publisher.get(TWO)).document).toBe(document);
    fixture.clock.now += 1;
    await expect(fixture.publisher.get(TWO)).rejects.toMatchObject({ code: 'gone' });
    expect((await fixture.publisher.get(ALL)).document.events).toBe(0);
  });
});

describe('a feed that needs cycles', () => {
  const cycles = aFeed({ key: 'two', scope: TWO.scope, options: { show: ['items', 'cycles'] } });
  const bare = { ...WEB, cycles: null };

  test('loads them, again where a refresh was already under way', async () => {
    const fixture = aPublisher();
    fixture.publish(bare, APP);
    const waiting = fixture.publisher.get(cycles);
    await fixture.answer(bare);
    await fixture.answer({ ...WEB, cycles: new Map([[uuid(11), aCycle({ id: uuid(11) })]]) });
    expect((await waiting).document.identity.toString()).toContain('SUMMARY:WEB: Sprint 1\r\n');
    expect(fixture.refreshed).toEqual([PROJECT_ID, PROJECT_ID]);
    expect(fixture.requiredParts.get(PROJECT_ID)).toEqual(['cycles', 'cycle_items']);
  });

  test('is there without those that can’t be read, and says so', async () => {
    const fixture = aPublisher();
    fixture.publish(bare, APP);
    const waiting = fixture.publisher.get(cycles);
    await fixture.answer({ failed: PROJECT_ID });
    const without = await waiting;
    expect([keysIn(without), isNoted(without, NO_PLANS)]).toEqual(['APP-7 WEB-1 WEB-2 WEB-3', true]);
    const again = fixture.publisher.get(cycles);
    await fixture.answer({ ...WEB, cycles: new Map([[uuid(11), aCycle({ id: uuid(11) })]]) });
    const whole = await again;
    expect([whole.document.events, isNoted(whole, NO_PLANS)]).toEqual([5, false]);
  });

  test('is as it was while they are still being read, and not ready when it never was', async () => {
    const fixture = aPublisher();
    fixture.publish(bare, APP);
    const first = expect(fixture.publisher.get(cycles)).rejects.toMatchObject({ code: 'not_ready' });
    await fixture.timeOut();
    await first;
    fixture.publish(WEB, APP);
    const { document } = await fixture.publisher.get({ ...TWO, key: 'two' });
    fixture.publish(bare);
    const waiting = fixture.publisher.get(cycles);
    await fixture.timeOut();
    expect((await waiting).document).toBe(document);
  });

  test('and chooses by them is not ready while they can’t be read: the wrong items are worse than none', async () => {
    const fixture = aPublisher();
    fixture.publish(bare, APP);
    const options = { cycle: { names: [], none: true } };
    const waiting = expect(fixture.publisher.get(aFeed({ scope: TWO.scope, options }))).rejects.toMatchObject({
      code: 'not_ready',
    });
    await fixture.answer({ failed: PROJECT_ID });
    await waiting;
  });
});

describe('a reader waits', () => {
  test('two seconds where all is recent or in vain, else fifteen', async () => {
    const fixture = aPublisher();
    fixture.publish(WEB, APP);
    await fixture.publisher.get(ALL);
    const wait = async (): Promise<number | undefined> => {
      const waiting = fixture.publisher.get(ALL);
      await fixture.timeOut();
      await waiting;
      return fixture.waits.at(-1);
    };
    fixture.clock.now += 599_999;
    expect(await wait()).toBe(2_000);
    fixture.clock.now += 1;
    expect(await wait()).toBe(15_000);
    fixture.project(APP_ID).error = new Error('down');
    expect(await wait()).toBe(15_000);
    fixture.project(PROJECT_ID).error = new Error('down');
    expect(await wait()).toBe(2_000);
  });

  test('only for stale projects, and until they are stored', async () => {
    const fixture = aPublisher();
    fixture.publish(WEB, APP);
    await fixture.publisher.get(ALL);
    fixture.clock.now += 60_000;
    fixture.publish(APP);
    let isSaved = false;
    fixture.project(PROJECT_ID).saved = Promise.resolve().then(() => {
      isSaved = true;
    });
    const waiting = fixture.publisher.get(ALL);
    await fixture.answer(CHANGED);
    await waiting;
    expect(fixture.refreshed).toEqual([PROJECT_ID]);
    expect(isSaved).toBe(true);
  });
});
