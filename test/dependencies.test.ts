import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { dependencies, packages, place, runtimePackages, tree } from './support/packages.ts';

/** docs/dependencies.md against what is installed to run. Needs no network. */

const page = readFileSync(new URL('../docs/dependencies.md', import.meta.url), 'utf8');

const LICENCES = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0', 'BlueOak-1.0.0'];
/** Said why on the page. */
const WITH_SCRIPTS = ['node_modules/classic-level'];

/** The cells of the table whose heading begins so. */
function rowsOf(heading: string): string[][] {
  const [, body = ''] = page.split(`\n| ${heading} |`);
  const lines = body.slice(0, body.search(/\n(?!\|)/)).split('\n');
  return lines.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

test('the page lists exactly the packages that are installed to run, as they are', () => {
  const listed = rowsOf('Package').map(([name, version, purpose, reason, needs, released, licence]) => {
    expect([name, purpose, reason]).toEqual([name, expect.stringMatching(/.{3}/), expect.stringMatching(/.{10}/)]);
    expect(released).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    return [name, version, needs, licence];
  });
  const real = Object.entries(dependencies).map(([name, version]) => {
    const path = place('', name);
    const { dependencies: needed = {}, optionalDependencies: optional = {}, license } = packages[path]!;
    const direct = Object.keys({ ...needed, ...optional }).length;
    return [name, version, `${direct} / ${tree([path]).size - 1}`, license];
  });
  expect(listed).toEqual(real.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
});

test('the page says how many packages that makes, and names each by its licence', () => {
  expect(page).toContain(`**${runtimePackages.length} packages**`);
  const byLicence = new Map<string, Set<string>>();
  for (const { name, license = 'none' } of runtimePackages)
    byLicence.set(license, (byLicence.get(license) ?? new Set()).add(name));
  const real = [...byLicence].map(([licence, names]) => [licence, [...names].sort().join(', ')]);
  expect(rowsOf('Licence')).toEqual(real.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
});

test('every version is exact, and is the one in the lock file', () => {
  for (const [name, version] of Object.entries(dependencies))
    expect([name, version]).toEqual([name, packages[place('', name)]!.version]);
});

test('every package of the tree has a licence that allows its use, and a checksum', () => {
  const named = (paths: readonly { readonly path: string }[]): string[] => paths.map(({ path }) => path);
  expect(named(runtimePackages.filter(({ license = '' }) => !LICENCES.includes(license)))).toEqual([]);
  expect(named(runtimePackages.filter(({ integrity = '' }) => !integrity.startsWith('sha512-')))).toEqual([]);
});

test('no package of the tree runs a script when it is installed, but for the one that the page explains', () => {
  const paths = runtimePackages.filter(({ hasInstallScript }) => hasInstallScript).map(({ path }) => path);
  expect(paths).toEqual(WITH_SCRIPTS);
  for (const path of WITH_SCRIPTS) expect(page).toContain(`has one, ${path.replace('node_modules/', '')}`);
});
