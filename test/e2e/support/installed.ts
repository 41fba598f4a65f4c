import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';

/** What is installed on a machine, of what tests and the soak run that is not an npm package. */

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
