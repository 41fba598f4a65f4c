import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const names = [
  ...new Set([...read('src/settings.ts').matchAll(/^\s+'?([A-Z][A-Z0-9_]+)'?: /gm)].map((match) => match[1]!)),
];

test('the settings are found in the code', () => {
  expect(names).toEqual(expect.arrayContaining(['PLANE_URL', 'PORT', 'FEED_ACCESS', 'LOG_LEVEL']));
});

describe.each(names)('%s', (name) => {
  test('is explained in the README and shown in .env.example', () => {
    expect(read('README.md')).toContain(`\`${name}\``);
    expect(read('.env.example')).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
  });
});

describe('ARCHITECTURE.md', () => {
  const folders = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );

  test.each(folders.map(({ name }) => name))('tells what src/%s is', (name) => {
    expect(read('ARCHITECTURE.md')).toContain(`\`${name}/\``);
  });
});

test('the changelog has the version of the package', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CHANGELOG.md')).toContain(`## ${version}`);
});
