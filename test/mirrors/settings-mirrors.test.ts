import { expect, test } from '@jest/globals';
import { AppError } from '../../src/domain/errors.ts';
import type { Source } from '../../src/domain/ports.ts';
import type { DefineFeed } from '../../src/feeds/definition.ts';
import type { MirrorSettings } from '../../src/mirrors/from-settings.ts';
import { createSettingsMirrors } from '../../src/mirrors/settings-mirrors.ts';
import { aProject, NOON, PROJECT_ID, uuid } from '../support/make.ts';
import { aLog } from '../support/log.ts';
import { aConfig } from './support/config.ts';

/** Mirrors of the settings, which need Plane to resolve their names. */

const { server, policy, deletionGuard, checkSeconds } = aConfig();

function aBench(settings: Partial<MirrorSettings> = {}) {
  const added: string[] = [];
  const waited: number[] = [];
  const projects = [aProject(), aProject({ id: uuid(2), name: 'App', archived: true })];
  const bench = { added, waited, projects, failures: 0, log: aLog() };
  let wake = (): void => undefined;
  const defineFeed: DefineFeed = ({ name = '', scope }) => {
    if (bench.failures-- > 0) return Promise.reject(new AppError('not_ready', "Plane can't be asked."));
    const projectIds = scope?.projects?.map(String) ?? [];
    const of = projectIds.length > 0 ? ({ kind: 'projects', projectIds } as const) : ({ kind: 'all' } as const);
    return Promise.resolve({ name, scope: of, options: {}, pins: {} });
  };
  const mirrors = createSettingsMirrors({
    settings: {
      login: { server, secrets: {} },
      calendar: 'Work',
      perProject: false,
      feed: { projects: [PROJECT_ID] },
      options: {},
      mirrorId: null,
      checkSeconds,
      deletionGuard,
      policy,
      ...settings,
    },
    workspace: 'acme',
    defineFeed,
    source: { projects: () => Promise.resolve(projects) } as unknown as Source,
    add: ({ id, name }) => {
      if (!added.includes(`${id} ${name}`)) added.push(`${id} ${name}`);
      return Promise.resolve();
    },
    runExclusive: (task) => task(),
    now: () => NOON,
    delay: (ms) => {
      waited.push(ms);
      return new Promise((resolve) => (wake = resolve));
    },
    log: bench.log,
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
  };
  return {
    ...bench,
    bench,
    mirrors,
    settle,
    wake: () => {
      wake();
    },
  };
}

test('they are added once Plane knows their names, tried again ever less often', async () => {
  const { bench, mirrors, added, waited, settle, wake } = aBench();
  bench.failures = 2;
  mirrors.start();
  await settle();
  expect([mirrors.isDone(), mirrors.trouble(), added]).toEqual([
    false,
    { reason: "Plane can't be asked.", since: NOON },
    [],
  ]);
  wake();
  await settle();
  wake();
  await settle();
  expect([mirrors.isDone(), mirrors.trouble(), added]).toEqual([true, null, ['settings Work']]);
  expect(waited).toEqual([60_000, 120_000]);
  expect(bench.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test('one for each project, and later for new ones; not for archived ones', async () => {
  const { mirrors, added, waited, projects, settle, wake } = aBench({ perProject: true, feed: { all: true } });
  mirrors.start();
  await settle();
  expect(added).toHaveLength(1);
  projects.push(aProject({ id: uuid(3), name: 'New' }));
  wake();
  await settle();
  expect(added[1]).toMatch(/^settings-[0-9a-f]{8} New$/);
  expect(waited).toEqual([900_000, 900_000]);
  await mirrors.stop();
});

test('callers share one attempt, and nothing is added after a stop', async () => {
  const { mirrors, added } = aBench();
  await mirrors.stop();
  const first = mirrors.expand();
  expect(mirrors.expand()).toBe(first);
  await first;
  expect(added).toEqual([]);
});
