import { expect, test } from '@jest/globals';
import { checkPlane } from '../../../src/cli/doctor/plane.ts';
import { readConfig } from '../../../src/config/config.ts';
import type { SeenRequest } from '../../../src/demo/plane.ts';
import { ACME_KEY } from '../../support/acme.ts';
import { NOON } from '../../support/make.ts';
import { createPlaneFixture } from '../../support/plane.ts';
import { recordedList } from '../../support/recorded.ts';

/** What the doctor says of a Plane whose answers make no sense. */

async function findings(change: (row: object, at: number) => object): Promise<string[]> {
  const fixture = await createPlaneFixture();
  const results = recordedList<object>('projects-list').map(change);
  const page = { total_results: results.length, next_page_results: false, results };
  fixture.plane.onRequest = ({ path }: SeenRequest) => {
    const body = path === '/api/instances/' ? { instance: { current_version: 'v1.3.1' } } : page;
    return { kind: 'json', status: 200, body: JSON.parse(JSON.stringify(body)) as never };
  };
  const settings = { PLANE_URL: fixture.url, PLANE_API_KEY: ACME_KEY, PLANE_WORKSPACE: 'acme' };
  try {
    const found = await checkPlane(
      readConfig(settings, () => ''),
      false,
      () => NOON,
    );
    return found.map(({ level, what, detail }) => `${level} ${what}: ${detail}`);
  } finally {
    await fixture.close();
  }
}

test('an answer 503 sends nobody to look for a wrong PLANE_URL', async () => {
  const fixture = await createPlaneFixture();
  fixture.plane.onRequest = () => ({ kind: 'status', status: 503 });
  const settings = { PLANE_URL: fixture.url, PLANE_API_KEY: ACME_KEY, PLANE_WORKSPACE: 'acme' };
  const config = readConfig(settings, () => '');
  const found = await checkPlane(config, false, () => NOON);
  await fixture.close();
  expect(found.map(({ detail, fix }) => [detail, fix])).toEqual([
    [expect.stringContaining('status 503'), expect.stringMatching(/^Plane, or the proxy in front of it, is down/)],
  ]);
});

test('a name in PLANE_PROJECTS that no project has is no failure of a running server, which may know what it meant', async () => {
  const fixture = await createPlaneFixture();
  const settings = { PLANE_URL: fixture.url, PLANE_API_KEY: ACME_KEY, PLANE_WORKSPACE: 'acme', PLANE_PROJECTS: 'OLD' };
  const config = readConfig(settings, () => '');
  const levels: (string | undefined)[] = [];
  for (const serverRuns of [true, false]) {
    const found = await checkPlane(config, serverRuns, () => NOON);
    levels.push(found.find(({ what }) => what === 'PLANE_PROJECTS')?.level);
  }
  await fixture.close();
  expect(levels).toEqual(['warn', 'FAIL']);
});

test('a fix that the message contains is not repeated, and is no other than the message says', async () => {
  const fixture = await createPlaneFixture();
  const settings = { PLANE_URL: fixture.url, PLANE_API_KEY: 'wrong', PLANE_WORKSPACE: 'acme' };
  const config = readConfig(settings, () => '');
  const [, key] = await checkPlane(config, false, () => NOON);
  expect([key?.what, key?.fix]).toEqual(['PLANE_API_KEY', undefined]);
  expect(key?.detail).toContain('set PLANE_API_KEY');
  fixture.plane.onRequest = () => ({ kind: 'html' });
  const [page] = await checkPlane(config, false, () => NOON);
  await fixture.close();
  expect([page?.detail, page?.fix]).toEqual([expect.stringContaining('a web page'), undefined]);
});

test('one project that makes no sense is a failure beside those that do, with field, address and version', async () => {
  const found = await findings((row, at) => (at === 0 ? { ...row, identifier: 7 } : row));
  expect(found).toContainEqual(
    expect.stringMatching(
      /^FAIL projects: .*"identifier" is a number in 1 of 7 projects \(\/api\/v1\/workspaces\/acme\/projects\/\)\..* Plane's version is v1\.3\.1\.$/,
    ),
  );
  expect(found).toContainEqual(expect.stringMatching(/^ok projects: the key's user is a member of .*BIG/));
});

test('where none makes sense, it says so, and nothing of memberships', async () => {
  const found = await findings((row) => ({ ...row, identifier: null }));
  expect(found.at(-1)).toMatch(/^FAIL projects: .*"identifier" is null in 7 of 7 projects/);
});
