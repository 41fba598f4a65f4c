import { describe, test } from '@jest/globals';
import type { Need } from './installed.ts';

/** Clients that are not npm packages, and what a machine needs to run them. */

export { command, file, python, PYTHON, type Need } from './installed.ts';

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
