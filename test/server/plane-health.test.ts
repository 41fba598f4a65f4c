import { describe, expect, test } from '@jest/globals';
import { AppError, notLeadingError } from '../../src/domain/errors.ts';
import type { PlaneHealth } from '../../src/domain/health.ts';
import type { WorkItem } from '../../src/domain/plane.ts';
import { createPlaneHealth } from '../../src/server/health/plane.ts';
import { currentItemsOf } from '../../src/sources/plane/sync/items/current-items.ts';
import {
  createProjectState,
  type ProjectState,
  type ProjectView,
} from '../../src/sources/plane/sync/state/project-state.ts';
import { aLog } from '../support/log.ts';
import { aSnapshot, NOON, PROJECT_ID } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';

/** What is said of Plane and its projects. */

interface Errors {
  readonly list?: Error;
  readonly request?: Error;
}

function healthAfter({ list, request }: Errors, ...projects: readonly ProjectView[]): PlaneHealth {
  const health = createPlaneHealth({
    trouble: () => request ?? null,
    directory: { error: () => list ?? null, isRead: () => list === undefined },
    snapshots: { projects: () => projects },
    pause: { until: () => null },
    publisher: { eventsByProject: () => [] },
    now: () => NOON,
  });
  return health.report();
}

/** A project that was read, and is empty. */
function aState(): ProjectState {
  const items = new Map<string, WorkItem>();
  const state = createProjectState({
    projectId: PROJECT_ID,
    store: aMemoryStore(),
    changed: () => undefined,
    now: () => NOON,
    log: aLog(),
  });
  const mark = { total: 0, newestId: null, updatedAt: null };
  state.loaded(aSnapshot({}), currentItemsOf({ items, hidden: new Set(), invalid: new Map() }, mark, null));
  return state;
}

describe('the connection to Plane', () => {
  test.each<[string, Errors, string]>([
    ['is ok after the list of projects was read', {}, 'ok'],
    ["is an error while the list can't be read", { list: new AppError('plane_unavailable', 'down') }, 'error'],
    ['is an error where the last request failed', { request: new AppError('plane_unavailable', 'down') }, 'error'],
    ['is ok where the answer is rejected', { list: new AppError('plane_invalid', 'nonsense') }, 'ok'],
    ['is not an error where the database is what fails', { list: notLeadingError() }, 'ok'],
    ['is not an error where a request was not made without the lease', { request: notLeadingError() }, 'ok'],
  ])('%s', (_, errors, expected) => {
    expect(healthAfter(errors).connection).toBe(expected);
  });
});

test('a project without one of its lists has an error, although Plane answers', () => {
  const state = aState();
  state.listsRead(new Map([['labels', new AppError('plane_unavailable', 'No labels.')]]));
  expect(healthAfter({}, state)).toMatchObject({
    connection: 'ok',
    hasErrors: true,
    projects: [{ lastError: 'No labels.' }],
  });
});

test.each([
  [6, 'its calendar stays for 7 days.'],
  [7, 'its calendar is no longer published.'],
])('a project that was lost %d days ago: %s', (days, words) => {
  const state = aState();
  state.markRemoved({ kind: 'lost', since: NOON - days * 86_400_000 });
  expect(healthAfter({}, state).projects[0]?.lastError).toMatch(words);
});
