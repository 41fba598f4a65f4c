import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';

/** Clients that are not npm packages, and what a machine needs to run them. */

/** The distribution's Python: its bindings exist there only, not in one that a version manager put first in PATH. */
export const PYTHON = '/usr/bin/python3';

/** Something a test runs or builds with, and the Debian package that brings it. */
export interface Need {
  readonly what: string;
  readonly debianPackage: string;
  isThere(): boolean;
}

export function command(name: string, debianPackage = name): Need {
  return { what: `command ${name}`, debianPackage, isThere: () => isInPath(name) };
}

export function file(path: string, debianPackage: string): Need {
  return { what: path, debianPackage, isThere: () => existsSync(path) };
}

/** One statement that must run in the distribution's Python. */
export function python(statement: string, debianPackage: string): Need {
  return {
    what: `"${statement}" in ${PYTHON}`,
    debianPackage,
    isThere: () => spawnSync(PYTHON, ['-c', statement]).status === 0,
  };
}

/**
 * `describe` for tests with a foreign client. Where it is not installed they are skipped and the output says which Debian package to add;
 * with REQUIRE_E2E=1 that is a failure.
 */
export function needs(needed: readonly Need[], name: string, tests: () => void): void {
  const missing = needed.filter((need) => !need.isThere());
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  const packages = [...new Set(missing.map((need) => need.debianPackage))].sort().join(' ');
  const reason = `missing: ${missing.map((need) => need.what).join(', ')}; on Debian: apt-get install ${packages}`;
  if (process.env.REQUIRE_E2E === '1') {
    test(`${name}: what it needs is installed`, () => {
      throw new Error(reason);
    });
    return;
  }
  process.stderr.write(`Skipped: ${name} (${reason})\n`);
  describe.skip(`${name} (${reason})`, tests);
}

function isInPath(name: string): boolean {
  return (process.env.PATH ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
