import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { lint } from '../../support/linter.ts';
import { recordedList } from '../../support/recorded.ts';
import type { Row } from '../../../src/demo/rows.ts';
import { aLink, ask, uidsOf, unfolded } from '../ask.ts';

/** Cycles and modules in calendars. */

const SPRINT = '8f710fa8-9c32-408e-9b6b-44ef9ab9bcb0';
const LAUNCH = '374a7ac6-3682-4ae2-b561-f1c6a5de4d01';

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

async function read(path: string): Promise<string> {
  const { status, body, text } = await ask(site, path);
  expect([status, status === 200 ? lint(body) : []]).toEqual([200, []]);
  return unfolded(text);
}

/** The event of that UID, as lines. */
function eventOf(calendar: string, uid: string): string[] {
  const events = calendar.split('BEGIN:VEVENT\r\n').slice(1);
  return (events.find((one) => one.startsWith(`UID:${uid}@`)) ?? '').split('\r\n');
}

/** How often Plane was asked for lists of cycles and of modules, and for what is in one. */
function asked(): Record<'cycles' | 'cycle-issues' | 'modules' | 'module-issues', number> {
  const count = (end: string): number => site.plane.requests.filter(({ path }) => path.endsWith(`/${end}/`)).length;
  return {
    cycles: count('cycles'),
    'cycle-issues': count('cycle-issues'),
    modules: count('modules'),
    'module-issues': count('module-issues'),
  };
}

const NOTHING = { cycles: 0, 'cycle-issues': 0, modules: 0, 'module-issues': 0 };

test('the days of a cycle are those of its project’s zone, as recorded in New York', async () => {
  const [row] = recordedList<Row>('cycles-list-timezone-new-york');
  site.plane.editProject(ALPHA, { timezone: 'America/New_York' });
  site.plane.tables.projects.get(ALPHA)!.cycles.set(row!.id, row!);
  const event = eventOf(await read('/ics/ALPHA.ics?show=cycles'), `plane-cycle-${row!.id}`);
  expect(event).toEqual(
    expect.arrayContaining(['DTSTART;VALUE=DATE:20261201', 'DTEND;VALUE=DATE:20261215', 'SUMMARY:NY sprint']),
  );
});

test('cycles alone are bars with their progress, modules too', async () => {
  const cycles = await read('/ics/ALPHA.ics?show=cycles');
  expect(uidsOf(cycles)).toEqual([`plane-cycle-${SPRINT}`]);
  expect(eventOf(cycles, `plane-cycle-${SPRINT}`)).toEqual(
    expect.arrayContaining(['DTSTART;VALUE=DATE:20261116', 'DTEND;VALUE=DATE:20261207', 'SUMMARY:Sprint 1 renamed']),
  );
  expect(cycles).toMatch(/^DESCRIPTION:.*Progress: 0 of 2 done/m);
  const modules = await read('/ics/ALPHA.ics?show=modules');
  expect(uidsOf(modules)).toEqual([`plane-module-${LAUNCH}`]);
  expect(modules).toContain('DTSTART;VALUE=DATE:20261101\r\nDTEND;VALUE=DATE:20270201');
});

test('items, cycles and modules are shown together, and items name theirs', async () => {
  const items = await read('/ics/ALPHA.ics');
  expect(items).not.toMatch(/Cycle: |Modules?: /);
  const all = await read('/ics/ALPHA.ics?show=items,cycles,modules');
  expect(uidsOf(all)).toEqual([...uidsOf(items), `plane-cycle-${SPRINT}`, `plane-module-${LAUNCH}`].sort());
  expect(all).toMatch(/Cycle: Sprint 1 renamed/);
  expect(all).toMatch(/Modules?: Module One renamed/);
});

test('a project without cycles has none, and its calendar says that nothing is planned', async () => {
  expect(await read('/ics/RTL.ics?show=cycles,modules')).toContain('Nothing planned');
  expect(asked()).toEqual(NOTHING);
});

test('to-dos of cycles are refused, with what helps', async () => {
  for (const show of ['cycles', 'modules', 'items,cycles']) {
    const { status, text } = await ask(site, `/ics/ALPHA.ics?as=todo&show=${show}`);
    expect([status, text]).toEqual([400, expect.stringContaining('Use show=items, or as=event.')]);
  }
});

test('a project whose cycles Plane refuses is shown without them, and its calendar says so until it has them', async () => {
  site.plane.onRequest = ({ path }) => (path.endsWith('/cycles/') ? { kind: 'status', status: 500 } : undefined);
  const path = '/ics/all.ics?show=items,cycles';
  const without = await read(path);
  expect(uidsOf(without)).toEqual(uidsOf(await read('/ics/all.ics')));
  expect(without).toMatch(/^X-WR-CALDESC:.*Cycles or modules of a project in it could not be read from Plane yet\./m);
  site.plane.onRequest = () => undefined;
  site.clock.now += 600_000;
  const whole = await read(path);
  expect(uidsOf(whole)).toEqual([...uidsOf(without), `plane-cycle-${SPRINT}`].sort());
  expect(whole).not.toContain('could not be read');
});

describe('they are read from Plane', () => {
  test('never for a plain calendar', async () => {
    await read('/ics/ALPHA.ics');
    await read('/ics/all.ics?mode=span');
    await aLink(site, { options: { label: 'bug' } });
    site.clock.now += 600_000;
    await read('/ics/ALPHA.ics?as=todo&undated=keep');
    expect(asked()).toEqual(NOTHING);
  });

  test.each([
    ['show=cycles', { ...NOTHING, cycles: 1 }],
    ['show=items,cycles', { ...NOTHING, cycles: 1, 'cycle-issues': 1 }],
    ['show=modules', { ...NOTHING, modules: 1, 'module-issues': 1 }],
    ['cycle=Sprint 1 renamed', { ...NOTHING, cycles: 1, 'cycle-issues': 1 }],
    ['module=none', { ...NOTHING, modules: 1, 'module-issues': 1 }],
  ])('once by ?%s', async (query, expected) => {
    const path = `/ics/ALPHA.ics?${new URLSearchParams(query).toString()}`;
    await read(path);
    await read(path);
    expect(asked()).toEqual(expected);
    expect((await ask(site, path)).status).toBe(200);
  });

  test('once for all calendars that need them', async () => {
    await read('/ics/ALPHA.ics?show=items,cycles,modules');
    const before = site.plane.requests.length;
    await read('/ics/ALPHA.ics?show=cycles');
    await read('/ics/ALPHA.ics?module=Module%20One%20renamed');
    const { url } = await aLink(site, { options: { cycle: ['Sprint 1 renamed'] } });
    expect(uidsOf(await read(url))).toHaveLength(2);
    expect(site.plane.requests.length).toBe(before);
  });
});

test('a filter by cycle has the same items when the cycle is renamed', async () => {
  const { url } = await aLink(site, { options: { cycle: 'sprint 1 RENAMED' } });
  const before = uidsOf(await read(url));
  expect(before).toHaveLength(2);
  site.plane.editCycle(SPRINT, { name: 'Sprint one' });
  site.clock.now += 600_000;
  await read('/ics/ALPHA.ics?show=cycles');
  expect(uidsOf(await read(url))).toEqual(before);
});
