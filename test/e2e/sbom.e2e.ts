import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { dependencies, runtimePackages } from '../support/packages.ts';

/** `npm run sbom`, as it is run for a release: it gets its tool from npm's registry. */

interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly {
    readonly group?: string;
    readonly name: string;
    readonly version: string;
    readonly licenses?: readonly { readonly license?: { readonly id?: string } }[];
  }[];
}

const project = fileURLToPath(new URL('../../', import.meta.url));
let text = '';

beforeAll(async () => {
  ({ stdout: text } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
    cwd: project,
    maxBuffer: 2 ** 24,
  }));
});

test('it lists every package that is installed to run, with its licence, and nothing else', () => {
  const { bomFormat, metadata, components } = JSON.parse(text) as Bom;
  expect([bomFormat, metadata.component.name]).toEqual(['CycloneDX', 'plane-ics']);
  const listed = components.map(({ group, name, version, licenses }) => [
    group === undefined ? name : `${group}/${name}`,
    version,
    licenses?.[0]?.license?.id,
  ]);
  const real = runtimePackages.map(({ name, version, license }) => [name, version, license]);
  expect(listed.map(String).sort()).toEqual(real.map(String).sort());
  expect(listed.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(dependencies)));
});

test('it names no path of the machine, and no time', () => {
  expect(text).not.toContain(project.slice(0, -1));
  expect(text).not.toMatch(/file:|"\/(?:home|root|tmp|usr|work)|"timestamp"/);
});
