import { describe, expect, test } from '@jest/globals';
import type { ProjectStatus } from '../../src/domain/ports.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { aSnapshot, PROJECT_ID } from '../support/make.ts';
import { aFakeSource } from './fake-source.ts';

const DAY = 86_400_000;

describe('a project that calendars no longer show is not kept up to date without requests', () => {
  const selection = {
    scope: { kind: 'all' } as const,
    options: { ...DEFAULT_OPTIONS, label: { names: ['x'], none: false } },
  };

  test.each<[reason: NonNullable<ProjectStatus['removed']>['reason'], days: number, isKept: boolean]>([
    ['deleted', 0, false],
    ['unpublished', 0, false],
    ['access lost', 6, true],
    ['access lost', 7, false],
  ])('%s for %d days', async (reason, days, isKept) => {
    const { source, loader, publish, project, requiredParts, clock } = aFakeSource();
    publish(aSnapshot({}));
    project(PROJECT_ID).removed = { reason, since: clock.now - days * DAY };
    await loader.load(selection);
    expect(requiredParts.has(PROJECT_ID)).toBe(isKept);
    expect(source.status(PROJECT_ID).removed).not.toBeNull();
  });
});
