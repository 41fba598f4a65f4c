import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addLink, editLink, listLinks, rotateLink } from '../../src/cli/links.ts';
import type { Io } from '../../src/cli/io.ts';
import { ask } from '../http/ask.ts';
import { aTestApp, type TestApp } from '../support/app.ts';

/** The commands for links, beside a running server. */

const ALPHA = { name: 'Website', project: ['ALPHA'] } as const;

let folder: string;
let site: TestApp;
let io: Io;
let out = '';
const files: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plane-ics-'));
  site = await aTestApp({ dataDir: folder });
  const plane = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  io = {
    version: '0.0.0',
    out: (more) => (out += more.toString()),
    err: () => undefined,
    environment: () => ({ ...plane, DATA_DIR: folder }),
    readText: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`there is no ${path}`);
      return text;
    },
    world: () => {
      throw new Error('the server is running');
    },
  };
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  out = '';
});

async function listed(): Promise<string[]> {
  out = '';
  await listLinks(io, {});
  return out.split('\n').slice(1, -1);
}

test('a link for someone, with an end, is listed as such; both can be changed and removed', async () => {
  await addLink(io, { ...ALPHA, name: 'One', for: 'Ada', expires: '2027-01-31' });
  expect(out).toMatch(/\/ics\/[\w-]{22}\/One\.ics\n$/);
  expect(await listed()).toEqual([expect.stringMatching(/ One +Ada +ALPHA +never +2027-01-31 23:59 +active$/)]);
  await editLink(io, 'One', { unset: ['for', 'expires'] });
  expect(await listed()).toEqual([expect.stringMatching(/ One +ALPHA +never +active$/)]);
  await editLink(io, 'One', { for: 'Lin', unset: ['mode'] });
  expect(await listed()).toEqual([expect.stringMatching(/ One +Lin +ALPHA /)]);
});

test('an old address keeps working for the days of grace', async () => {
  await addLink(io, { ...ALPHA, name: 'Two' });
  const old = out.trim();
  await rotateLink(io, 'Two', { graceDays: 14 });
  expect((await ask(site, old)).text).not.toContain('disabled');
  expect((await listed()).find((row) => row.includes(' Two '))).toMatch(/ active, old address until 2026-12-04 12:00$/);
  await rotateLink(io, 'Two', {});
  await expect(rotateLink(io, 'Two', { graceDays: 91 })).rejects.toThrow(
    '--grace-days must be a whole number of days from 0 to 90.',
  );
});

test.each(['people.txt', '-'])('a link for each line of %s is created, and printed as CSV', async (file) => {
  files[file === '-' ? '/dev/stdin' : file] = '\uFEFFAda\r\n\n  Lin, "the boss"  \n=HYPERLINK("http://evil")';
  const before = await listed();
  out = '';
  await addLink(io, { ...ALPHA, many: file, expires: '2027-01-31' });
  const lines = out.split('\r\n');
  const url = String.raw`http\S+/ics/[\w-]{22}/Website\.ics`;
  expect(lines).toEqual([
    'for,name,subscribe_url,url',
    expect.stringMatching(new RegExp(String.raw`^Ada,Website,http\S+/s/[\w-]{22},${url}$`)),
    expect.stringMatching(/^"Lin, ""the boss""",Website,/),
    expect.stringMatching(/^"'=HYPERLINK\(""http:\/\/evil""\)",Website,/),
    '',
  ]);
  expect((await listed()).length).toBe(before.length + 3);
});

test.each<[string, Parameters<typeof addLink>[1], string | RegExp]>([
  ['an empty list', { many: 'empty' }, 'The list is empty. Write one person on each line.'],
  ['a list that is not there', { many: 'nowhere' }, "nowhere can't be read: check the path and its permissions."],
  ['a line that is too long', { many: 'long' }, 'Entry 2 of the list may have 100 characters.'],
  ['a list and one person', { many: 'long', for: 'Ada' }, 'Leave out --for and --path'],
  ['an end that is none', { expires: 'tomorrow' }, /^--expires must be a date .+, an instant such as \S+Z\.$/],
  ['no name', { name: '' }, '--name must not be empty.'],
  ['an option that is none', { done: 'soon' }, `--done can't be "soon". Allowed values: hide, keep`],
  ['an option that is none, with a list', { many: 'good', done: 'soon' }, /^--done can't be "soon"/],
  ['an option of two words that is none', { calendarTitle: ' ' }, /^--calendar-title can't be/],
  ['an empty project', { project: [] }, 'Choose what to include: --project WEB'],
  ['an empty person', { person: '' }, 'Choose what to include: --project WEB'],
])('creates nothing for %s', async (_what, flags, message) => {
  Object.assign(files, { empty: ' \n\r\n', good: 'Ada', long: `Ada\n${'x'.repeat(101)}` });
  const before = await listed();
  await expect(addLink(io, { ...ALPHA, ...flags })).rejects.toThrow(message);
  expect(await listed()).toEqual(before);
});

test('an empty name means no link, and a name of many lists a few', async () => {
  await expect(rotateLink(io, '', {})).rejects.toThrow('There is no link "".');
  for (let count = 0; count < 12; count++) await addLink(io, { ...ALPHA, name: 'Same' });
  const error: unknown = await rotateLink(io, 'Same', {}).catch((problem: unknown) => problem);
  expect(String(error)).toMatch(
    /^\S+ "Same" matches several links: (?:"Same" \(\w+\), ){9}"Same" \(\w+\) and 2 more\. Use/,
  );
});
