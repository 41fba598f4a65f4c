import { describe, expect, test } from '@jest/globals';
import { eventually } from '../../../support/processes.ts';
import type { Json } from '../../ask.ts';
import { createMirrors } from './fixture.ts';

/** Mirrors that come from the settings MIRROR_*. */

const mirrors = createMirrors();
const { settings, start, ask, all, read, settled, run, ours, feedSize } = mirrors;

describe('from the settings', () => {
  test('a mirror finds its calendar by name, writes what the feed contains, and survives a restart without a write', async () => {
    await start(settings());
    const mirror = await settled('settings');
    expect(mirror).toMatchObject({
      from: 'settings',
      name: 'Work',
      state: 'ok',
      scope: { projects: ['ALPHA'] },
      calendar: { name: 'Work', url: `${mirrors.dav.url}/dav/work/` },
      server: { url: mirrors.dav.url, username: 'alice', auth: 'auto', tls_verify: true },
      conflict: 'plane',
      max_delete: '10,30%',
      check_seconds: 900,
      next_run: expect.any(String),
      held_back: null,
    });
    expect(ours('/dav/work/')).toHaveLength(await feedSize());
    expect(ours().length).toBeGreaterThan(3);
    const health = (await ask('GET', 'health')).json as { metrics: Json; mirrors: Json[] };
    expect(health.metrics.caldav_connection).toBe('ok');
    expect(health.mirrors).toEqual([{ name: 'Work', state: 'ok', last_run: expect.any(String), last_error: null }]);
    mirrors.dav.writes();
    await mirrors.restart();
    expect((await settled('settings')).last_run).toMatchObject({ created: expect.any(Number) });
    await eventually(
      () => mirrors.site.log.lines,
      (lines) => lines.some(({ message }) => message === 'mirror: run'),
    );
    expect(mirrors.dav.writes()).toEqual([]);
    expect(((await ask('GET', 'runs?mirror=settings')).json.runs as Json[]).length).toBeGreaterThan(1);
  });

  test('per-project makes a calendar for each', async () => {
    await start(settings({ MIRROR_CALENDAR: 'per-project', MIRROR_FEED: 'all' }));
    const found = await all();
    expect(found.length).toBeGreaterThan(1);
    for (const { id } of found) expect((await settled(id)).state).toBe('ok');
    const names = [...mirrors.dav.calendars.values()].filter((name) => name !== 'Work').sort();
    expect(names).toEqual(found.map(({ name }) => name).sort());
    expect(new Set(found.map(({ mirror_id: id }) => id)).size).toBe(found.length);
  });

  test('it is not changed or removed by the API, but pauses', async () => {
    await start(settings());
    await settled('settings');
    const refused = await ask('PATCH', 'mirrors/settings', { name: 'Other' });
    expect([refused.status, refused.json.message]).toEqual([
      400,
      'This mirror comes from the settings MIRROR_*. Change it there.',
    ]);
    expect((await ask('DELETE', 'mirrors/settings?purge=true')).status).toBe(400);
    expect(ours().length).toBeGreaterThan(0);
    expect((await ask('PATCH', 'mirrors/settings', { paused: true })).json).toMatchObject({ state: 'paused' });
    await mirrors.restart();
    expect(await read('settings')).toMatchObject({ state: 'paused', next_run: null });
  });

  test('an unknown project is reported in health, and stops nothing', async () => {
    await start(settings({ MIRROR_FEED: 'NOPE' }));
    expect(await all()).toEqual([]);
    const { json } = await ask('GET', 'health');
    expect(json.mirrors).toEqual([
      { name: 'MIRROR_URL', state: 'error', last_run: null, last_error: expect.stringContaining('NOPE') },
    ]);
    expect((json.metrics as Json).caldav_connection).toBe('unknown');
  });

  test('a wrong password is reported with its fix, and was sent once', async () => {
    mirrors.dav.accepts = 'another';
    await start(settings());
    const { state, last_run: last } = await settled('settings');
    expect([state, last?.errors]).toEqual(['error', [expect.stringContaining('Check user and password')]]);
    expect(mirrors.dav.asked()).toBe(1);
    expect(((await ask('GET', 'health')).json.metrics as Json).caldav_connection).toBe('error');
    mirrors.dav.accepts = mirrors.dav.password;
    expect(await run('settings')).toMatchObject({ state: 'ok' });
    expect(ours().length).toBeGreaterThan(0);
  });
});
