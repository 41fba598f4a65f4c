import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { eventually } from '../../support/processes.ts';
import { samplesOf } from '../../support/prometheus.ts';
import { aLink, api, ask, askFor, type ApiAnswer, type NewLink } from '../ask.ts';

/** What people and programs see of a data folder that takes nothing, from the first refusal to the end of it. */

let site: TestApp;
let folder: string;
let link: NewLink;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  site = await aTestApp({ dataDir: folder });
  link = await aLink(site);
  await ask(site, '/ics/ALPHA.ics');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await site.close();
  rmSync(folder, { recursive: true });
});

/** From now on LevelDB refuses every write with these words. */
function refuseWrites(words: string): void {
  const cause = Object.assign(new Error(`IO error: ${folder}/kept/000005.log: ${words}`), { code: 'LEVEL_IO_ERROR' });
  const batch = {
    put: () => batch,
    del: () => batch,
    write: () =>
      Promise.reject(Object.assign(new Error('Batch failed', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' })),
    close: () => Promise.resolve(),
  };
  jest.spyOn(ClassicLevel.prototype, 'batch').mockReturnValue(batch as never);
}

interface Health {
  readonly status: string;
  readonly problems: readonly { readonly part: string; readonly message: string }[];
}
const health = async (): Promise<Health> => (await api(site, 'GET', 'health')).json as unknown as Health;
const problemsMetric = async (): Promise<number | undefined> => {
  const samples = samplesOf((await askFor(site, 'GET', '/metrics')).text);
  return samples.find(({ name, labels }) => name === 'plane_ics_problems' && labels.part === 'store')?.value;
};
/** What the log says of the folder as such, and all else that it says of it. */
const logged = (): string[] =>
  site.log.lines.filter(({ message }) => message.startsWith('the data folder')).map(({ message }) => message);
const otherLines = (): string[] =>
  site.log.lines
    .filter(({ fields, message }) => JSON.stringify(fields).includes(folder) && !message.startsWith('the data folder'))
    .map(({ message }) => message);

const WRITES: readonly (readonly [string, () => Promise<ApiAnswer>])[] = [
  ['a new link', () => api(site, 'POST', 'links', { name: 'B', scope: { all: true }, options: {} })],
  ['an edit', () => api(site, 'PATCH', `links/${link.id}`, { name: 'C' })],
  ['a rotation', () => api(site, 'POST', `links/${link.id}/rotate`)],
  ['a revocation', () => api(site, 'DELETE', `links/${link.id}`)],
  ['a webhook secret', () => askFor(site, 'PUT', '/api/v1/webhook-secret', { secret: 'plane_wh_another' })],
];

describe.each([
  ['No space left on device', 507, 'STORAGE_FULL', /^The disk of \S+ is full\. Free at least 8 MiB there\./],
  ['Disk quota exceeded', 507, 'STORAGE_FULL', /^The disk quota of user 0:0 in \S+ is used up\./],
  ['Read-only file system', 503, 'STORAGE_UNAVAILABLE', /^\S+ is on a read-only file system\. Mount it writable,/],
  ['Permission denied', 503, 'STORAGE_UNAVAILABLE', /^plane-ics may not write to \S+\. Run: sudo chown -R 0:0 /],
  ['Input/output error', 503, 'STORAGE_UNAVAILABLE', /^The disk of \S+ reports an input\/output error\. Check it/],
])('%s', (words, status, code, sentence) => {
  test('is an error of every change, and shown in health, metrics and log, until it ends; calendars are still served', async () => {
    refuseWrites(words);
    for (const [what, write] of WRITES) {
      const { status: got, json } = await write();
      expect([what, got, json.error_code, json.message]).toEqual([what, status, code, expect.stringMatching(sentence)]);
    }
    const { status: state, problems } = await health();
    expect([state, problems]).toEqual(['degraded', [expect.objectContaining({ part: 'store' })]]);
    expect(problems[0]!.message).toMatch(sentence);
    expect(problems[0]!.message).toContain(folder);
    expect(await problemsMetric()).toBe(1);
    expect((await ask(site, `/ics/${link.token}/A.ics`)).status).toBe(200);
    for (const path of ['/ics/ALPHA.ics', '/ics/all.ics', '/ics/ALPHA.ics?done=hide', '/ics/ALPHA.ics?state=started'])
      expect([path, (await ask(site, path)).status]).toEqual([path, 200]);
    expect([logged(), otherLines()]).toEqual([["the data folder can't be used"], []]);

    jest.restoreAllMocks();
    // Nobody writes, and still it is found out.
    expect((await eventually(health, (one) => one.status === 'ok')).problems).toEqual([]);
    expect(await problemsMetric()).toBe(0);
    expect(logged()).toEqual(["the data folder can't be used", 'the data folder can be used again']);
    for (const [what, write] of WRITES) expect([what, (await write()).status < 300]).toEqual([what, true]);
  });
});

test('what was refused is not there, also after a restart', async () => {
  refuseWrites('No space left on device');
  for (const [, write] of WRITES) await write();
  const state = async (): Promise<unknown> => (await api(site, 'GET', 'links')).json;
  const before = { links: [expect.objectContaining({ id: link.id, name: link.json.name, revoked: null })] };
  expect(await state()).toEqual(before);
  jest.restoreAllMocks();
  site = await site.restart();
  expect(await state()).toEqual(before);
  expect((await ask(site, `/ics/${link.token}/A.ics`)).text).toContain('BEGIN:VEVENT');
});

test('a token that can not be replaced stays, and a folder that takes it again is found out', async () => {
  await site.close();
  site = await aTestApp({ dataDir: folder, adminToken: null });
  const token = site.app.adminToken.value;
  const inTheWay = ['admin-token.new', 'probe.new'].map((name) => join(folder, name));
  for (const path of inTheWay) await mkdir(path);
  const refused = await api(site, 'POST', 'admin-token', undefined, token);
  expect([refused.status, refused.json.error_code]).toEqual([503, 'STORAGE_UNAVAILABLE']);
  const status = async (): Promise<unknown> => (await api(site, 'GET', 'health', undefined, token)).json.status;
  expect(await status()).toBe('degraded');
  for (const path of inTheWay) await rm(path, { recursive: true });
  expect(await eventually(status, (one) => one === 'ok')).toBe('ok');
  expect((await api(site, 'POST', 'admin-token', undefined, token)).status).toBe(200);
});
