import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { aLink, api, ask, type Json } from '../../ask.ts';

/** Whom a link is for, when it ends, and many links at once. */

const DAY = 86_400_000;
const SCOPE = { projects: ['ALPHA'] };

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp();
});
afterAll(() => site.close());

const count = async (): Promise<number> => ((await api(site, 'GET', 'links')).json.links as Json[]).length;

test('a link says whom it is for and when it ends; its calendar does not', async () => {
  const { id, url, token, json } = await aLink(site, { for: '  Ada Lovelace ', expires: '2027-01-31' });
  expect(json).toMatchObject({
    for: 'Ada Lovelace',
    expires: '2027-01-31T23:59:59.999Z',
    state: 'active',
    owner: null,
    grace_until: null,
    subscribe_url: `${new URL(url).origin}/s/${token}`,
  });
  expect((await ask(site, url)).text).not.toContain('Lovelace');
  const edited = await api(site, 'PATCH', `links/${id}`, { for: '' });
  expect(edited.json).toMatchObject({ for: null, expires: '2027-01-31T23:59:59.999Z' });
  // What is left out stays, and the end that a link has may be sent back after it has passed.
  const last = (await api(site, 'PATCH', `links/${id}`, { for: 'Lin', expires: null })).json;
  expect(last).toMatchObject({ for: 'Lin', expires: null, name: json.name });
  expect((await api(site, 'GET', `links/${id}`)).json).toEqual(last);
  const expires = new Date(site.clock.now + 1).toISOString();
  expect((await api(site, 'PATCH', `links/${id}`, { expires })).status).toBe(200);
  site.clock.now += DAY;
  expect((await api(site, 'PATCH', `links/${id}`, { name: 'Bo', expires })).json).toMatchObject({
    name: 'Bo',
    expires,
    state: 'expired',
  });
  const rotated = await api(site, 'POST', `links/${id}/rotate`);
  expect([rotated.status, rotated.json.message]).toEqual([
    400,
    'This link has expired. Give it a later end date first.',
  ]);
});

describe('a wrong field', () => {
  const END = '"expires" must be a date such as 2027-01-31, an instant such as 2027-01-31T18:00:00Z, or null.';
  test.each<[string, Json, string]>([
    ['an end that has passed', { expires: '2026-01-01' }, '"expires" must be in the future.'],
    ['an end that is no date', { expires: 'tomorrow' }, END],
    ['a day that is none', { expires: '2027-02-30' }, END],
    ['a number', { expires: 1_900_000_000_000 }, END],
    ['two lines', { for: 'Ada\nLin' }, '"for" must be one line.'],
    ['half a character', { for: 'Ada\ud83d' }, '"for" must be one line.'],
    ['too long', { for: 'x'.repeat(101) }, '"for" may have 100 characters.'],
    ['no text', { for: 7 }, '"for" must be a text or null.'],
    ['an owner', { owner: 'ada' }, 'The body has no field "owner"'],
    ['the stored name of a field', { ownerId: 'ada' }, 'The body has no field "ownerId"'],
  ])('is refused: %s', async (_what, fields, message) => {
    const { id } = await aLink(site);
    const before = await count();
    for (const answer of [
      await api(site, 'POST', 'links', { name: 'Ada', scope: SCOPE, ...fields }),
      await api(site, 'PATCH', `links/${id}`, fields),
    ]) {
      expect([answer.status, answer.json.error_code]).toEqual([400, 'INVALID_VALUE']);
      expect(answer.json.message).toContain(message);
    }
    expect(await count()).toBe(before);
  });

  test.each([-1, 91, 1.5, '7', null])('is refused: %j days of grace', async (days) => {
    const { id, url } = await aLink(site);
    const { status, json } = await api(site, 'POST', `links/${id}/rotate`, { grace_days: days });
    expect([status, json.message]).toEqual([400, '"grace_days" must be a whole number of days from 0 to 90.']);
    expect((await ask(site, url)).text).not.toContain('disabled');
  });
});

describe('many links', () => {
  const entry = (fields: Json = {}): Json => ({ name: 'Website', scope: SCOPE, ...fields });

  test('are created at once, in order, each with an address of its own', async () => {
    const people = Array.from({ length: 1_000 }, (_, at) => `Person ${at}`);
    const before = await count();
    const body = { links: people.map((person) => entry({ for: person, expires: '2027-01-31' })) };
    const { status, json } = await api(site, 'POST', 'links', body);
    const made = json.links as { for: string; url: string; subscribe_url: string }[];
    expect([status, made.map((one) => one.for)]).toEqual([201, people]);
    expect(new Set(made.map(({ url }) => url)).size).toBe(1_000);
    expect(await count()).toBe(before + 1_000);
    const { text } = await ask(site, made[999]!.url);
    expect(text).toContain('BEGIN:VEVENT');
  });

  test.each<[string, readonly Json[], string, string]>([
    ['an empty list', [], 'links', '"links" must not be empty.'],
    ['an entry without a name', [entry(), { scope: SCOPE }], 'links.1.name', '"links.1.name" is missing.'],
    ['a line break', [entry(), entry(), entry({ for: 'a\nb' })], 'links.2.for', '"links.2.for" must be one line.'],
    [
      'an end that has passed',
      [entry(), entry({ expires: '2020-01-01' })],
      'links.1',
      '"links.1": "expires" must be in the future.',
    ],
    ['an unknown project', [entry(), entry({ scope: { projects: ['NOPE'] } })], 'links.1', '"links.1": '],
    ['an unknown option', [entry({ options: { nope: '1' } })], 'links.0', '"links.0": '],
    ['too many', Array.from({ length: 1_001 }, () => entry()), 'links', '"links" may have 1000 entries.'],
  ])('are all refused for %s', async (_what, links, field, message) => {
    const before = await count();
    const { status, json } = await api(site, 'POST', 'links', { links });
    expect([status, (json.details as Json).field]).toEqual([400, field]);
    expect(json.message).toContain(message);
    expect(await count()).toBe(before);
  });

  test('are refused for a path that two of them want, and beside fields of a single link', async () => {
    const before = await count();
    const twice = await api(site, 'POST', 'links', { links: [entry({ path: 'same' }), entry({ path: 'same' })] });
    expect([twice.status, twice.json.message]).toEqual([400, 'The path "same" is taken by another link.']);
    const mixed = await api(site, 'POST', 'links', { ...entry(), links: [entry()] });
    expect([mixed.status, mixed.json.message]).toEqual([400, 'The body has no field "name"; its fields are: links.']);
    expect(await count()).toBe(before);
  });
});
