import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/demo/json.ts';
import type { ProjectTable } from '../../src/demo/rows.ts';
import { AppError } from '../../src/domain/errors.ts';
import { ALPHA } from '../support/acme.ts';
import { createFaultFixture, wrongsOf, type FaultFixture } from './fixture.ts';
import { isPage, withKey } from './mutations.ts';

/** That a fault ends: what was wrong is right again, or nobody reads it any more. */

const MINUTE = 60_000;

let fixture: FaultFixture;
let alpha: ProjectTable;
beforeEach(async () => {
  fixture = await createFaultFixture();
  alpha = fixture.tables.projects.get(ALPHA)!;
});

const readAll = (): Promise<void> => fixture.snapshots.refresh(ALPHA, 'background', true);

async function ticks(count: number): Promise<void> {
  for (let done = 0; done < count; done++) await fixture.tick();
}

/** Whatever comes from addresses with that end has a first entry that can't be read. */
function spoil(end: string): void {
  fixture.tamper = (path, _query, body) => {
    if (!path.endsWith(end) || body === null) return body;
    const spoilt = (rows: readonly Json[]): Json[] => [{ id: 7 }, ...rows.slice(1)];
    return isPage(body) ? { ...body, results: spoilt(body.results) } : Array.isArray(body) ? spoilt(body) : body;
  };
}

describe('a list that made no sense is no fault any more', () => {
  beforeEach(async () => {
    await fixture.read();
  });

  test.each([
    ['cycles', 'cycle_view'],
    ['modules', 'module_view'],
  ] as const)('when the project has no %s now', async (kind, feature) => {
    spoil(`/${ALPHA}/${kind}/`);
    await readAll();
    expect(wrongsOf(fixture)).not.toEqual([]);
    fixture.tables.projects.set(ALPHA, { ...alpha, row: Object.assign({}, alpha.row, { [feature]: false }) });
    await ticks(4);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test.each(['cycles', 'modules'])('when no feed needs %s', async (kind) => {
    spoil(`/${ALPHA}/${kind}/`);
    await readAll();
    fixture.clock.now += 49 * 60 * MINUTE;
    await ticks(4);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('when the module whose items it listed is deleted', async () => {
    const [module] = alpha.modules.values();
    const id = '0f3b1d1e-6a52-4d0c-9d0e-2f5f7c1c9a11';
    alpha.modules.set(id, Object.assign({}, module, { id }));
    await readAll();
    spoil(`/${id}/module-issues/`);
    alpha.contents.set(id, new Set(alpha.items.keys()));
    await readAll();
    expect(wrongsOf(fixture)).not.toEqual([]);
    alpha.modules.delete(id);
    await readAll();
    await ticks(4);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('when the key may not list the people of the workspace any more', async () => {
    spoil('/acme/members/');
    fixture.clock.now += 2 * MINUTE;
    await readAll();
    expect(wrongsOf(fixture)).not.toEqual([]);
    fixture.tamper = (path, _query, body) =>
      path.endsWith('/acme/members/') ? new AppError('plane_permission', 'A guest may not see it.') : body;
    await ticks(4);
    expect(wrongsOf(fixture)).toEqual([]);
  });
});

test('a workspace that is no id is not what the data folder belongs to', async () => {
  fixture.tamper = (path, _query, body) =>
    path.endsWith('/acme/projects/') && body !== null ? withKey(body, 'workspace', () => 'some text') : body;
  expect((await fixture.read()).size).toBeGreaterThan(0);
  expect(wrongsOf(fixture)).toEqual([expect.stringContaining('"workspace" has an invalid value')]);
  fixture.tamper = null;
  await ticks(3);
  expect(wrongsOf(fixture)).toEqual([]);
});

describe('an outage is over within a minute of the first answer', () => {
  const isDown = (): AppError => new AppError('plane_unavailable', 'Plane can not be reached.');

  test('for projects that somebody reads', async () => {
    await fixture.read();
    fixture.clock.now += 2 * MINUTE;
    fixture.tamper = isDown;
    await fixture.read();
    await ticks(4);
    expect(wrongsOf(fixture)).toHaveLength(fixture.snapshots.projects().length);
    fixture.tamper = null;
    await ticks(2);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('for a project that nobody has read for days', async () => {
    await fixture.read();
    fixture.clock.now += 72 * 60 * MINUTE;
    fixture.tamper = isDown;
    await readAll();
    fixture.tamper = null;
    await ticks(2);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('and until then costs two requests a look', async () => {
    await fixture.read();
    fixture.clock.now += 2 * MINUTE;
    fixture.tamper = isDown;
    await fixture.read();
    const before = fixture.requests.length;
    await ticks(10);
    expect(fixture.requests.length - before).toBeLessThanOrEqual(20);
  });
});

test('a page of more rows than a call has arguments is read', async () => {
  await fixture.read();
  fixture.tamper = (path, _query, body) =>
    path.endsWith(`/${ALPHA}/labels/`) && body !== null && isPage(body)
      ? { ...body, results: [...body.results, ...Array<Json>(200_000).fill(0)] }
      : body;
  await readAll();
  expect(wrongsOf(fixture)).toEqual([expect.stringContaining('is a number in 200000 of')]);
});
