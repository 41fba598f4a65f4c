import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { envExample, settingsPage } from '../scripts/settings-docs/render.ts';
import { SETTING_NAMES, SETTINGS } from '../src/config/settings.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the table of settings', () => {
  test.each(SETTING_NAMES)('%s is explained in docs/settings.md and shown in .env.example', (name) => {
    expect(read('docs/settings.md')).toContain(`| \`${name}\` |`);
    expect(read('.env.example')).toMatch(new RegExp(`^(?:# )?${name}=`, 'm'));
  });

  test('its generated files are current: npm run docs:settings', () => {
    expect(read('docs/settings.md')).toBe(settingsPage());
    expect(read('.env.example')).toBe(envExample());
  });

  test('explains each in whole sentences that end with a full stop', () => {
    const docs = SETTING_NAMES.map((name) => SETTINGS[name].doc);
    expect(docs.filter((doc) => !/^[A-Z`].*\.$/s.test(doc))).toEqual([]);
  });

  test.each(SETTING_NAMES.filter((name) => SETTINGS[name].default !== undefined))('%s has a valid default', (name) => {
    expect(SETTINGS[name].schema.safeParse(SETTINGS[name].default).error).toBeUndefined();
  });
});

describe('ARCHITECTURE.md', () => {
  const folders = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );

  test.each(folders.map(({ name }) => name))('says what src/%s is', (name) => {
    expect(read('ARCHITECTURE.md')).toMatch(new RegExp(`(?:^|[\\s\`])${name}/`, 'm'));
  });

  test('can be read in ten minutes', () => {
    expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(121);
  });

  test('names files that are there', () => {
    const text = read('ARCHITECTURE.md');
    const named = [...text.matchAll(/`([a-z/-]+\/[a-z.-]+\.(?:ts|js))`/g)].map(([, path]) => path!);
    const homes = ['', 'src/', 'src/sources/plane/', 'src/mirrors/'];
    const isThere = (path: string): boolean =>
      homes.some((home) => existsSync(new URL(`../${home}${path}`, import.meta.url)));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });
});

test('the changelog has the version of the package', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CHANGELOG.md')).toContain(`## ${version}`);
});

describe('docs/security.md', () => {
  const named = [...read('docs/security.md').matchAll(/`[a-z0-9/.-]+\.ts`/g)].map(([text]) => text.slice(1, -1));

  test.each([...new Set(named)])('names %s, which is there', (path) => {
    expect(['test', 'src'].some((folder) => existsSync(new URL(`../${folder}/${path}`, import.meta.url)))).toBe(true);
  });

  test('names what holds its claims', () => {
    expect(named.length).toBeGreaterThan(30);
  });
});

describe.each([...pages(''), ...pages('docs/')])('%s', (path) => {
  // Code shows what links look like, and is none.
  const text = read(path).replace(/```[^]*?```/g, '');
  const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map((match) => match[1]!);

  test('leads to pages and headings that are there', () => {
    const broken = links.filter((link) => {
      const { pathname, hash } = new URL(link, `https://x/${path}`);
      if (!existsSync(new URL(`..${pathname}`, import.meta.url))) return true;
      return hash !== '' && !headings(pathname.slice(1)).includes(hash.slice(1));
    });
    expect(broken).toEqual([]);
  });
});

function pages(folder: string): string[] {
  const names = readdirSync(new URL(`../${folder}`, import.meta.url));
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}${name}`);
}

/** Headings as their addresses name them. */
function headings(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}
