import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { stubReader } from '../support/reader.ts';

interface Fetch {
  readonly client: string;
  readonly at: string;
  readonly refresh_hours: number | null;
  readonly address: 'current' | 'old';
}

const MODULE = '../../../public/links/state.js';
stubReader();
const { appsOnOldAddress } = (await import(MODULE)) as {
  appsOnOldAddress: (link: { fetches: Fetch[]; grace_until: string | null }) => Fetch[];
};

afterAll(() => {
  jest.useRealTimers();
});

const DAYS = 24;
const fetched = (address: Fetch['address'], hoursAgo: number, client = 'Thunderbird'): Fetch => ({
  client,
  at: new Date(Date.now() - hoursAgo * 3_600_000).toISOString(),
  refresh_hours: client === 'Nextcloud' ? 2 : null,
  address,
});
const onOld = (...fetches: Fetch[]): string[] =>
  appsOnOldAddress({ fetches, grace_until: '2030-01-31T00:00:00.000Z' }).map(({ client }) => client);

describe('an old address', () => {
  test('is in use by an app that fetched it, however long ago, as long as it has not moved', () => {
    expect(onOld(fetched('old', 1))).toEqual(['Thunderbird']);
    expect(onOld(fetched('old', 60 * DAYS), fetched('current', 1, 'Outlook'))).toEqual(['Thunderbird']);
    expect(onOld(fetched('old', 1), fetched('current', 2))).toEqual(['Thunderbird']);
  });

  test('is still in use where two people have the same app, and one has moved', () => {
    expect(onOld(fetched('old', 1), fetched('current', 0))).toEqual(['Thunderbird']);
    expect(onOld(fetched('old', 2, 'Nextcloud'), fetched('current', 1, 'Nextcloud'))).toEqual(['Nextcloud']);
  });

  test('is no longer in use when its app has fetched the new one, and the old one no more', () => {
    expect(onOld(fetched('old', 2 * DAYS), fetched('current', 1))).toEqual([]);
    expect(onOld(fetched('old', 4, 'Nextcloud'), fetched('current', 1, 'Nextcloud'))).toEqual([]);
  });
});
