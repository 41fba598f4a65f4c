import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** docs/dependencies.md against what is installed to run. Needs no network. */

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const page = read('docs/dependencies.md');

const LICENCES = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0', 'BlueOak-1.0.0'];
/** Said why on the page. */
const WITH_SCRIPTS = ['node_modules/classic-level'];

/** Where a package that is required from a place is found: there, or in a folder above. */
function place(from: string, name: string): string {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (at === '') throw new Error(`${name}, which ${from} needs, is not in the lock file`);
  }
}

/** All that these need, themselves included. */
function tree(roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    for (const name of Object.keys(packages[path]?.dependencies ?? {})) open.push(place(path, name));
  }
  return found;
}

const whole = tree(Object.keys(dependencies).map((name) => place('', name)));
const locked = [...whole].map((path) => ({ path, ...packages[path]! }));
const rows = [...page.matchAll(/^\| (?!Package|---)(.+) \|$/gm)].map(([, row]) => row!.split(' | '));

test('the page lists exactly the packages that are installed to run, as they are', () => {
  const listed = rows.map(([name, version, purpose, reason, needs, released, licence]) => {
    expect([name, purpose, reason]).toEqual([name, expect.stringMatching(/.{3}/), expect.stringMatching(/.{10}/)]);
    expect(released).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    return [name, version, needs, licence];
  });
  const real = Object.entries(dependencies).map(([name, version]) => {
    const path = place('', name);
    const own = packages[path]!;
    return [name, version, `${Object.keys(own.dependencies ?? {}).length} / ${tree([path]).size - 1}`, own.license];
  });
  expect(listed).toEqual(real.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
});

test('the page says how many packages that makes', () => {
  expect(page).toContain(`**${whole.size} packages**`);
});

test('every version is exact, and is the one in the lock file', () => {
  for (const [name, version] of Object.entries(dependencies))
    expect([name, version]).toEqual([name, packages[place('', name)]!.version]);
});

test('every package of the tree has a licence that allows its use, and a checksum', () => {
  expect(locked.filter(({ license = '' }) => !LICENCES.includes(license)).map(({ path }) => path)).toEqual([]);
  expect(locked.filter(({ integrity = '' }) => !integrity.startsWith('sha512-')).map(({ path }) => path)).toEqual([]);
});

test('no package of the tree runs a script when it is installed, but for the one that the page explains', () => {
  expect(locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ path }) => path)).toEqual(WITH_SCRIPTS);
  for (const path of WITH_SCRIPTS) expect(page).toContain(`has one, ${path.replace('node_modules/', '')}`);
});
