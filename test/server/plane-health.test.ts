import { describe, expect, test } from '@jest/globals';
import { AppError, notLeadingError } from '../../src/domain/errors.ts';
import { createPlaneHealth } from '../../src/server/health/plane.ts';

/** What is said of the connection to Plane. */

interface Errors {
  readonly list?: Error;
  readonly request?: Error;
}

function connectionAfter({ list, request }: Errors): string {
  const health = createPlaneHealth({
    trouble: () => request ?? null,
    directory: { error: () => list ?? null, isRead: () => list === undefined },
    snapshots: { projects: () => [] },
    pause: { until: () => null },
    publisher: { eventsByProject: () => [] },
    now: Date.now,
  });
  return health.report().connection;
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
    expect(connectionAfter(errors)).toBe(expected);
  });
});
