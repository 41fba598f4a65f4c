import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPTION_NAMES } from '../../src/views/options/options.ts';
import type { ItemRow, Tables } from '../../src/demo/rows.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { api, ask, linkOf } from '../http/ask.ts';
import { ACME_KEY } from '../support/acme.ts';
import { aTestApp, type TestApp } from '../support/app.ts';
import { lint } from '../support/linter.ts';
import { NOON } from '../support/make.ts';
import { LINKS, OPEN_FEEDS } from './cases.ts';

/**
 * Calendars byte for byte, as the server sent them when they were last reviewed: one file for each option and scope. A change of the code that means to change no
 * calendar changes no file here. After a change that does, `UPDATE_GOLDEN=1 npm test -- test/golden` writes them again, and the difference is reviewed.
 */

const FOLDER = fileURLToPath(new URL('./calendars/', import.meta.url));
const isUpdate = process.env.UPDATE_GOLDEN === '1';
const HOUR = 3_600_000;
const SLUG = 'acme';

let site: TestApp;
const compared = new Set<string>();

/** Dates and texts that the demo's items happen not to have. */
const ODD_ITEMS: Partial<ItemRow>[] = [
  { start_date: '2026-11-10', target_date: null },
  { start_date: '2026-12-15', target_date: '2026-12-05' },
  { start_date: '2026-11-22', target_date: '2026-11-22' },
  { start_date: null, target_date: '9999-12-31' },
  { name: `Semicolons; commas, \\ and "quotes" ${'– a title that has to be folded more than once '.repeat(3)}🇰🇷👍🏽` },
  {
    description_html:
      '<p>One</p><ul><li>two</li><li>three</li></ul><p><a href="https://example.com/?a=1&amp;b=2">link</a></p>',
  },
];

/** The demo's projects, with 20 items each, and a third one without any. */
function tables(): Tables {
  const demo = seedDemo(NOON);
  for (const { items } of demo.projects.values()) {
    const rows = [...items.values()].slice(0, 20);
    items.clear();
    rows.forEach((row, at) => items.set(row.id, { ...row, ...ODD_ITEMS[at] } as ItemRow));
  }
  const [ada] = demo.people.keys();
  return { ...demo, workspace: { ...demo.workspace, slug: SLUG }, keys: new Map([[ACME_KEY, ada!]]) };
}

beforeAll(async () => {
  site = await aTestApp({}, { tables: tables() });
});
afterAll(() => site.close());

async function expectGolden(name: string, address: string): Promise<void> {
  const { status, body } = await ask(site, address);
  expect([status, lint(body)]).toEqual([200, []]);
  const path = `${FOLDER}${name}.ics`;
  compared.add(`${name}.ics`);
  if (isUpdate) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, body);
  }
  expect(existsSync(path)).toBe(true);
  expect(body.toString()).toBe(readFileSync(path, 'utf8'));
}

describe('a calendar is what it was', () => {
  test.each(Object.entries(OPEN_FEEDS))('%s', async (name, address) => {
    await expectGolden(name, `/ics/${address}`);
  });

  test.each(Object.entries(LINKS))('link: %s', async (name, { body }) => {
    const { url } = linkOf(await api(site, 'POST', 'links', body));
    await expectGolden(`link-${name}`, url);
  });

  test('a revoked link', async () => {
    const { id, url } = linkOf(await api(site, 'POST', 'links', { name: 'Client', scope: { projects: ['WEB'] } }));
    expect((await api(site, 'DELETE', `links/${id}`)).status).toBe(200);
    await expectGolden('link-revoked', url);
  });

  test('after edits in Plane and of a link, an hour later', async () => {
    const { id, url } = linkOf(await api(site, 'POST', 'links', { name: 'Team', scope: { projects: ['WEB'] } }));
    await ask(site, url);
    site.clock.now += HOUR;
    const web = [...site.plane.tables.projects.values()].find(({ row }) => row.identifier === 'WEB')!;
    const [first, second] = [...web.items.values()];
    const updated_at = new Date(site.clock.now - 60_000).toISOString();
    web.items.set(first!.id, { ...first!, name: 'Renamed', updated_at });
    web.items.set(second!.id, { ...second!, target_date: '2026-12-24', updated_at });
    expect((await api(site, 'PATCH', `links/${id}`, { options: { title: '{name}' } })).status).toBe(200);
    await expectGolden('link-edited', url);
    await expectGolden('project-edited', '/ics/WEB.ics');
  });

  test('a project that was archived, and one that was deleted', async () => {
    site.clock.now += HOUR;
    const [web, app] = [...site.plane.tables.projects.values()];
    site.plane.tables.projects.set(web!.row.id, { ...web!, row: { ...web!.row, archived_at: '2026-11-20T14:00:00Z' } });
    await expectGolden('project-archived', '/ics/WEB.ics');
    site.plane.tables.projects.delete(app!.row.id);
    // Believed when it is still gone five minutes later.
    for (const ms of [2 * HOUR, HOUR]) {
      site.clock.now += ms;
      await ask(site, '/ics/APP.ics');
    }
    await expectGolden('project-deleted', '/ics/APP.ics');
    await expectGolden('all-without-deleted', '/ics/all.ics');
  });

  test('a month later', async () => {
    site.clock.now += 30 * 24 * HOUR;
    await expectGolden('overdue-later', '/ics/WEB.ics?overdue=today');
  });

  test('no file is left over, and every option has one', () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...compared].sort());
    const used = Object.values(OPEN_FEEDS).join(' ');
    const ofOtherCalendars = ['only', 'without', 'calendar_title'];
    const ofPlane = OPTION_NAMES.filter((name) => !ofOtherCalendars.includes(name));
    expect(ofPlane.filter((name) => !new RegExp(`[?&]${name}=`).test(used))).toEqual([]);
  });
});
