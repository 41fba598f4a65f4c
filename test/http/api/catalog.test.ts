import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { listedItems } from '../../../src/demo/rows.ts';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { aLink, api, ask, type Json } from '../ask.ts';

/** What there is to publish, and calendars for whoever runs the server. */

const MINUTE = 60_000;

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

const identifiers = async (): Promise<unknown[]> =>
  ((await api(site, 'GET', 'projects')).json.projects as Json[]).map(({ identifier }) => identifier);
const exported = (query: string) => api(site, 'GET', `export?${query}`);

describe('the projects to choose from', () => {
  const later = async (): Promise<void> => {
    site.clock.now += 2 * MINUTE;
    await ask(site, '/ics/all.ics');
  };
  beforeEach(() => ask(site, '/ics/all.ics'));

  test('are those of Plane, with the number of items that are known', async () => {
    const items = listedItems(site.plane.tables.projects.get(ALPHA)!).length;
    expect(items).toBeGreaterThan(30);
    const { projects } = (await api(site, 'GET', 'projects')).json as { projects: Json[] };
    expect(projects).toContainEqual(
      expect.objectContaining({ id: ALPHA, identifier: 'ALPHA', archived: false, items }),
    );
    expect(await identifiers()).toEqual(['ALPHA', 'BIG', 'EMPT2', 'PUBL', 'RTL', 'SECRET', 'TARCH']);
  });

  test('are not one that was deleted', async () => {
    site.plane.deleteProject(ALPHA);
    await later();
    expect(await identifiers()).toContain('ALPHA');
    site.clock.now += 300_000;
    await later();
    expect(await identifiers()).not.toContain('ALPHA');
  });

  test('are also one whose permission may come back', async () => {
    site.plane.editProject(ALPHA, { is_member: false });
    await later();
    expect(await identifiers()).toContain('ALPHA');
  });
});

describe('an export', () => {
  test('is the calendar of a project with the options given, or of a link with its own', async () => {
    const { id, url } = await aLink(site, { options: { mode: 'span' } });
    const { pathname } = new URL(url);
    expect((await exported(`feed=${id}`)).text).toBe((await ask(site, pathname)).text);
    expect((await exported('feed=ALPHA&mode=span')).text).toBe((await ask(site, '/ics/ALPHA.ics?mode=span')).text);
  });

  test('takes no options for a link, which has its own', async () => {
    const { id } = await aLink(site);
    const { status, json } = await exported(`feed=${id}&mode=span`);
    expect([status, json.message]).toEqual([400, expect.stringContaining('its own options')]);
  });
});
