import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { subscribeAnswer } from '../../../../src/http/api/subscribe/responses.ts';
import { ACME_KEY, ALPHA } from '../../../support/acme.ts';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { NOON } from '../../../support/make.ts';
import { eventually } from '../../../support/processes.ts';
import { aLink, api, ask, askFor, linkOf, type Json } from '../../ask.ts';

/** What the recipient of a link sees. */

const DAY = 86_400_000;
const NOTHING = { url: null, grace_until: null, built: false, progress: null, preview: null, description: null };

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp({ publicUrl: 'https://calendars.example.com' });
});
afterEach(() => site.close());

/** The state, as described in the API. */
async function stateOf(token: string): Promise<Json> {
  const { status, json, headers } = await askFor(site, 'GET', `/s/${token}/state`, undefined, null);
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  expect(subscribeAnswer.safeParse(json).error?.issues).toBeUndefined();
  return json;
}

/** The state, once it is like that. The clock moves on: what is not ready is not built at every request. */
function becomes(token: string, test: (state: Json) => boolean): Promise<Json> {
  return eventually(async () => {
    site.clock.now += 3000;
    return stateOf(token);
  }, test);
}

test('of a link has its address, contents and preview, and builds the calendar', async () => {
  const { token } = await aLink(site, { name: 'Launch', options: { done: 'keep' } });
  const state = await becomes(token, ({ preview }) => preview !== null);
  expect(state).toMatchObject({
    state: 'active',
    name: 'Launch',
    description: expect.stringContaining('Work items of Alpha'),
    url: `https://calendars.example.com/ics/${token}/Launch.ics`,
    grace_until: null,
    expires: null,
    built: true,
    progress: null,
    plane: { ok: true, last_good: expect.stringMatching(/^2026-11-20T12:00/) },
    webhook: false,
    private_address: false,
    preview: { partial: false },
  });
  const { events, count } = state.preview as { events: unknown[]; count: number };
  expect([events.length, events.length]).toEqual([count, (await calendarOf(token)).match(/^BEGIN:VEVENT/gm)?.length]);
});

async function calendarOf(token: string): Promise<string> {
  return (await ask(site, `/ics/${token}/x.ics`)).text;
}

test('never says for whom the link is, who owns it, or anything that its calendar leaves out', async () => {
  const options = { detail: 'private' };
  const { id, token } = await aLink(site, { name: 'Launch', for: 'Ada Lovelace of Example Ltd', options });
  const { json: link } = await api(site, 'GET', `links/${id}`);
  expect(link.for).toBe('Ada Lovelace of Example Ltd');
  const state = await becomes(token, ({ preview }) => preview !== null);
  const text = JSON.stringify(state);
  for (const secret of ['Lovelace', id, ACME_KEY, ALPHA, 'Alpha ', 'owner', 'plane.example.com'])
    expect([secret, text.includes(secret)]).toEqual([secret, false]);
  const { events } = state.preview as { events: readonly { readonly project: string }[] };
  expect([...new Set(events.map(({ project }) => project))]).toEqual(['']);
});

test('of an unknown address is an error in JSON', async () => {
  for (const token of ['A'.repeat(22), 'short', 'x%2Fy']) {
    const answer = await askFor(site, 'GET', `/s/${token}/state`, undefined, null);
    expect([answer.status, answer.json.error_code, answer.headers['cache-control']]).toEqual([
      404,
      'NOT_FOUND',
      'no-store',
    ]);
  }
});

describe('of an address that has ended', () => {
  test('says that its link was revoked', async () => {
    const { id, token } = await aLink(site, { name: 'Launch' });
    await api(site, 'DELETE', `links/${id}`);
    expect(await stateOf(token)).toMatchObject({ ...NOTHING, state: 'revoked', name: 'Launch' });
    site.clock.now += 40 * DAY;
    expect(await stateOf(token)).toMatchObject({ ...NOTHING, state: 'revoked' });
  });

  test('an old address does not outlive its link', async () => {
    const expires = new Date(NOON + 7 * DAY).toISOString();
    const first = await aLink(site, { expires });
    await api(site, 'POST', `links/${first.id}/rotate`, { grace_days: 14 });
    expect(await stateOf(first.token)).toMatchObject({ state: 'replaced', expires, grace_until: expires });
  });

  test('says that it was replaced, at once or after its grace', async () => {
    const first = await aLink(site);
    const second = linkOf(await api(site, 'POST', `links/${first.id}/rotate`));
    expect(await stateOf(first.token)).toMatchObject({ ...NOTHING, state: 'replaced' });
    const third = linkOf(await api(site, 'POST', `links/${first.id}/rotate`, { grace_days: 14 }));
    expect(await stateOf(second.token)).toMatchObject({
      state: 'replaced',
      url: `https://calendars.example.com/ics/${second.token}/Ada-phone.ics`,
      grace_until: new Date(NOON + 14 * DAY).toISOString(),
    });
    expect(await stateOf(third.token)).toMatchObject({ state: 'active', grace_until: null });
    site.clock.now += 15 * DAY;
    expect(await stateOf(second.token)).toMatchObject({ ...NOTHING, state: 'replaced' });
    await api(site, 'DELETE', `links/${first.id}`);
    for (const { token } of [first, second, third]) expect(await stateOf(token)).toMatchObject({ state: 'revoked' });
  });

  test('says that its link has expired, until its end is moved', async () => {
    const { id, token } = await aLink(site, { expires: '2026-11-30' });
    const { expires } = await stateOf(token);
    expect(expires).toMatch(/^2026-(?:11-30T23:59:59|12-01T00:00:00)/);
    site.clock.now = Date.parse(String(expires));
    expect(await stateOf(token)).toMatchObject({ ...NOTHING, state: 'expired' });
    await api(site, 'PATCH', `links/${id}`, { expires: null });
    expect(await stateOf(token)).toMatchObject({ state: 'active', expires: null });
  });

  test('says that the calendar is no longer shared once its project is gone', async () => {
    const { token } = await aLink(site);
    await becomes(token, ({ built }) => built === true);
    const gone = { kind: 'json', status: 404, body: { detail: 'Not found.' } } as const;
    site.plane.tables.projects.delete(ALPHA);
    site.plane.onRequest = ({ path }) => (path.includes(ALPHA) ? gone : undefined);
    const state = await eventually(
      async () => {
        site.clock.now += 400_000;
        return stateOf(token);
      },
      (one) => one.state === 'revoked',
    );
    expect(state).toMatchObject({ ...NOTHING, state: 'revoked' });
  });
});

describe('before the calendar was built', () => {
  test('is answered while Plane is silent', async () => {
    site.plane.onRequest = ({ path }) => (path.includes('/work-items') ? { kind: 'silence' } : undefined);
    const { token } = await aLink(site);
    expect(await stateOf(token)).toMatchObject({ state: 'active', built: false });
    // A request without an answer is given up and sent again; nobody waited for that.
    expect(site.plane.requests.filter(({ path }) => path.includes('/work-items')).length).toBeLessThanOrEqual(1);
  });

  test('has the address and how far it is, and then is ready by itself', async () => {
    let isDown = true;
    site.plane.onRequest = ({ path }) =>
      isDown && path.includes('/work-items') ? { kind: 'status', status: 503 } : undefined;
    const { token } = await aLink(site);
    const state = await stateOf(token);
    expect(state).toMatchObject({
      state: 'active',
      url: expect.stringContaining(token),
      built: false,
      progress: { read: 0, total: 1, seconds_left: null },
      preview: null,
    });
    isDown = false;
    site.clock.now += 60_000;
    expect(await becomes(token, ({ built }) => built === true)).toMatchObject({ built: true, progress: null });
  });

  test('is not ready with what the link showed before it was changed', async () => {
    const { id, token } = await aLink(site);
    await becomes(token, ({ built }) => built === true);
    site.plane.onRequest = ({ path }) => (path.includes('/work-items') ? { kind: 'status', status: 503 } : undefined);
    await api(site, 'PATCH', `links/${id}`, { scope: { projects: ['BIG'] } });
    expect(await calendarOf(token)).toContain('is incomplete\r\n');
    expect(await stateOf(token)).toMatchObject({ built: false, progress: { read: 0, total: 1 }, preview: null });
    site.plane.onRequest = () => undefined;
    site.clock.now += 60_000;
    await becomes(token, ({ built, preview }) => built === true && preview !== null);
  });

  test('says that Plane is down, and afterwards when the last good copy is from', async () => {
    const { token } = await aLink(site);
    site.plane.onRequest = () => ({ kind: 'reset' });
    expect(await becomes(token, ({ plane }) => !(plane as { ok: boolean }).ok)).toMatchObject({
      built: false,
      plane: { ok: false, last_good: null },
    });
    site.plane.onRequest = () => undefined;
    await becomes(token, ({ built }) => built === true);
    const { plane } = await becomes(token, (one) => (one.plane as { ok: boolean }).ok);
    const { last_good: lastGood } = plane as { last_good: string };
    site.plane.onRequest = () => ({ kind: 'reset' });
    site.clock.now += 3 * 3_600_000;
    const state = await becomes(token, (one) => !(one.plane as { ok: boolean }).ok);
    expect(state).toMatchObject({ built: true, preview: { partial: false } });
    const { last_good: later } = state.plane as { last_good: string };
    expect(Math.abs(Date.parse(later) - Date.parse(lastGood))).toBeLessThan(30_000);
  });
});

test.each([
  ['http://localhost:8080', true],
  ['http://192.168.1.5:8080', true],
  ['https://127.0.1.1', true],
  ['http://[::1]:80', true],
  ['https://calendars.lan', true],
  ['https://calendars', true],
  ['https://calendars.example.com/ics', false],
  ['https://8.8.8.8', false],
])('at %s the address is private: %s', async (publicUrl, isPrivate) => {
  await site.close();
  site = await aTestApp({ publicUrl });
  const { token } = await aLink(site);
  expect(await stateOf(token)).toMatchObject({ private_address: isPrivate });
});
