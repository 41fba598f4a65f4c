import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { projectText, stagesOf } from './support/dockerfile.ts';

/** What GitHub runs, checked by facts that need no GitHub. */

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly 'timeout-minutes'?: number;
        readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
        readonly container?: string;
        readonly steps: readonly Step[];
      }
    >
  >;
}

const FOLDER = '.github/workflows/';
const project = JSON.parse(projectText('package.json')) as {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
};
const workflows = readdirSync(new URL(`../${FOLDER}`, import.meta.url)).map((name) => {
  const workflow = parse(projectText(FOLDER + name), { uniqueKeys: true }) as Workflow;
  return { name, workflow, jobs: Object.values(workflow.jobs) };
});
const major = (version: string): number => Number(/\d+/.exec(version)?.[0]);

test.each(workflows)('$name may only read, ends in time, and puts no text of a pull request into a shell', (one) => {
  expect(one.workflow.permissions).toEqual({ contents: 'read' });
  expect(one.jobs.filter((job) => !(Number(job['timeout-minutes']) <= 60))).toEqual([]);
  const steps = one.jobs.flatMap((job) => job.steps);
  expect(steps.filter(({ run = '' }) => run.includes('${{'))).toEqual([]);
  const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
  expect(checkouts).not.toEqual([]);
  expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
});

test.each(workflows)('$name runs scripts that there are', ({ jobs }) => {
  const runs = jobs.flatMap((job) => job.steps).flatMap(({ run }) => run ?? []);
  const scripts = runs.flatMap((run) => [...run.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!));
  expect(scripts.filter((name) => !(name in project.scripts))).toEqual([]);
});

test('the checks run on the oldest Node that the package allows, on the one of the Docker image, and on each even one between', () => {
  const nodes = workflows.flatMap(({ jobs }) => jobs.flatMap(({ strategy }) => strategy?.matrix.node ?? []));
  const oldest = project.engines.node.replace('>=', '');
  const newest = major(stagesOf(projectText('Dockerfile'))[0]!.base.replace('node:', ''));
  const between = Array.from({ length: (newest - major(oldest)) / 2 }, (_, at) => `${major(oldest) + 2 * (at + 1)}`);
  expect(nodes).toEqual([oldest, ...between]);
});

test('knip is among the checks, which are what CONTRIBUTING.md says', () => {
  expect(project.scripts.check).toBe('tsx scripts/check.ts');
  const script = projectText('scripts/check.ts');
  const [, steps = ''] = /^const STEPS = \[(.+)\] as const;$/m.exec(script) ?? [];
  const parts = [...steps.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
  expect(parts).toEqual(['lint', 'typecheck', 'format:check', 'unused']);
  expect(script).toContain("spawn('npm', ['test'],");
  expect(parts.filter((part) => !(part in project.scripts))).toEqual([]);
});
