import { readFileSync } from 'node:fs';

/** What package-lock.json installs. */

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

/** The packages that plane-ics names itself, with their versions. */
export const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
/** Every package by its folder. */
export const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };

const isLocked = (path: string): boolean => packages[path] !== undefined;

/** The folder of a package that is required from another folder: there, or in one above. */
export function place(from: string, name: string): string {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (isLocked(path)) return path;
    if (at === '') throw new Error(`${name}, which ${from} needs, is not in the lock file`);
  }
}

/** All that these need, themselves included. */
export function tree(roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const { dependencies: needed = {}, optionalDependencies: optional = {} } = packages[path]!;
    for (const name of Object.keys({ ...needed, ...optional })) open.push(place(path, name));
  }
  return found;
}

/** All packages that are installed to run. */
export const runtimePackages = [...tree(Object.keys(dependencies).map((name) => place('', name)))].map((path) => ({
  path,
  name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
  ...packages[path]!,
}));
