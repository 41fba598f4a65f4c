import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { createSmallPlane, type SmallPlane } from '../../src/demo/plane.ts';
import { ACME_KEY, acmeTables, ALPHA } from '../support/acme.ts';
import { recordedAnswer, recordedAnswers, type RecordedAnswer } from '../support/recorded.ts';

/** The small Plane against the real one: the same questions, the same answers. */

let plane: SmallPlane;
let address: string;
const others: SmallPlane[] = [];

beforeAll(async () => {
  plane = createSmallPlane({ tables: acmeTables(), now: Date.now, requestsPerMinute: 1_000_000 });
  address = await plane.listen();
});
afterAll(() => Promise.all([plane, ...others].map((one) => one.close())));

/** Why recordings with such names can't be requested of the small Plane, which has project ALPHA as it was listed. */
const LEFT_OUT: readonly (readonly [name: RegExp, reason: string])[] = [
  [/^(?:archived-project-2|cycle-issues-expand|module-issues-expand)/, 'other rows than were listed'],
  [/^(?:paging-shift|rate-limit|cors|state-detail|label-detail|user-timezone)/, 'a moment of its own'],
  [/^work-item-(?:after|detail)/, 'recorded at other moments'],
  [/cycles-list-|cycle-issue-detail|work-items-filter-external-id$/, 'not modelled: plane-ics does not request it'],
  [
    /order-(?:target_date|minus-target_date|assignees|labels|state|injection|priority|minus-priority)/,
    'orders over relations, or with ties that Plane breaks by all columns',
  ],
  [/expand-(?:all|unknown|cycle-module|with-space)|projects-list-(?:order|expand)/, 'expansions that are not modelled'],
  [/after-removal|after-deactivation|archived|states-list-initial|-wh$|gzip|cond-if/, 'a later or earlier state'],
];

/** Why a recording can't be requested of the small Plane; undefined if it can. */
function reasonToLeaveOut({ name, key, request: { path } }: RecordedAnswer): string | undefined {
  if (key !== null && !/^(?:<redacted:ada>|plane_api_0+|)$/.test(key)) return 'another user, or a key of its own';
  const [, reason] = LEFT_OUT.find(([pattern]) => pattern.test(name)) ?? [];
  if (reason !== undefined) return reason;
  return path.includes('fafe3117') || path.includes('dd753638') ? 'another project' : undefined;
}

/** Plane lists the people and labels of an item in no order of its own. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const isSet = (name === 'assignees' || name === 'labels') && Array.isArray(one);
      return [name, isSet ? one.map((entry) => JSON.stringify(entry)).sort() : unordered(one)];
    }),
  );
}

const asked = recordedAnswers().filter((one) => reasonToLeaveOut(one) === undefined);

test('most recordings can be asked', () => {
  expect(asked.length).toBeGreaterThan(80);
});

describe('answers as Plane does', () => {
  test.each(asked.map((one) => [one.name, one] as const))(
    '%s',
    async (_name, { request: { method, path, query }, key, response }) => {
      const answer = await request(`${address}${path}${query === null ? '' : `?${query}`}`, {
        method: method as 'GET',
        headers: {
          accept: 'application/json',
          ...(key === null ? {} : { 'x-api-key': key.replace('<redacted:ada>', ACME_KEY) }),
        },
      });
      const text = await answer.body.text();
      expect(answer.statusCode).toBe(response.status);
      for (const name of ['content-type', 'allow', 'location'])
        expect([name, answer.headers[name]]).toEqual([name, response.headers[name]]);
      expect('x-ratelimit-remaining' in answer.headers).toBe('x-ratelimit-remaining' in response.headers);
      if (method === 'GET' && response.body !== null)
        expect(unordered(JSON.parse(text))).toEqual(unordered(response.body));
    },
  );
});

test('a cursor without per_page falls back to the largest page, and skips', async () => {
  const big = createSmallPlane({ tables: acmeTables(), now: Date.now });
  for (let count = 0; count < 1966; count++) big.createItem(ALPHA);
  const url = await big.listen();
  others.push(big);
  const path = `/api/v1/workspaces/acme/projects/${ALPHA}/work-items/`;
  for (const name of [
    'work-items-cursor-without-per-page',
    'work-items-cursor-value-differs-from-per-page',
    'work-items-page-last',
    'work-items-page-beyond-last',
  ]) {
    const { request: recorded, response } = recordedAnswer(name);
    const answer = await request(`${url}${path}?${recorded.query}`, { headers: { 'x-api-key': ACME_KEY } });
    const { results, ...envelope } = (await answer.body.json()) as { results: unknown[] };
    const { results: recordedResults, ...recordedEnvelope } = response.body as { results: unknown[] };
    expect(envelope).toEqual(recordedEnvelope);
    expect(results).toHaveLength(recordedResults.length);
  }
});

test('the rate limit counts in a sliding window and says how long to wait', async () => {
  let now = 1_795_173_814_000;
  const limited = createSmallPlane({ tables: acmeTables(), now: () => now, requestsPerMinute: 60 });
  const url = await limited.listen();
  others.push(limited);
  const ask = async (): Promise<{ status: number; headers: Record<string, unknown>; body: unknown }> => {
    const answer = await request(`${url}/api/v1/users/me/`, { headers: { 'x-api-key': ACME_KEY } });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
  };
  expect((await ask()).headers).toMatchObject({ 'x-ratelimit-remaining': '59', 'x-ratelimit-reset': '1795173874' });
  now += 2_000;
  for (let count = 0; count < 59; count++) await ask();
  const refused = await ask();
  expect(refused).toMatchObject({
    status: 429,
    headers: { 'retry-after': '58' },
    body: recordedAnswer('rate-limit-429').response.body,
  });
  expect(refused.headers).not.toHaveProperty('x-ratelimit-remaining');
  now += 58_000;
  expect((await ask()).status).toBe(200);
  expect((await ask()).status).toBe(429);
});
