import { afterEach, describe, expect, test } from '@jest/globals';
import type { ProjectTable, Row } from '../../../../src/demo/rows.ts';
import { parseOptions } from '../../../../src/views/options/options.ts';
import { acmeTables, ALPHA } from '../../../support/acme.ts';
import { eventsOf } from '../../../support/render.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../support/snapshots-fixture.ts';

/** A list that lacks an entry empties the feeds that show what refers to that entry. */

type Kind = 'labels' | 'states';

const MINUTE = 60_000;

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Project ALPHA, in which so many items with a date refer to the first entry of a list, and a feed that shows these. */
async function setUp(kind: Kind, count: number) {
  const tables = acmeTables();
  const fixture = await createSnapshotsFixture(null, { tables });
  open.push(fixture);
  const { plane, snapshots, source, clock } = fixture;
  const alpha = tables.projects.get(ALPHA)!;
  const id = kind === 'states' ? stateIn(alpha, 'started') : [...alpha[kind].keys()][0]!;
  const other = stateIn(alpha, 'unstarted');
  for (const [at, item] of [...alpha.items.keys()].entries()) {
    const isUser = at < count;
    plane.editItem(item, {
      target_date: '2026-12-24',
      labels: kind === 'labels' && isUser ? [id] : [],
      state: kind === 'states' && isUser ? id : other,
    });
  }
  const option = kind === 'states' ? ['state', 'started'] : ['label', id];
  const options = parseOptions([option as [string, string]]);
  /** So many minutes later: how many events the feed has. */
  const eventsAfter = async (minutes: number): Promise<number> => {
    clock.now += minutes * MINUTE;
    source.request(ALPHA, { options, scope: { kind: 'all' } });
    await snapshots.refresh(ALPHA, 'reader');
    return eventsOf(snapshots.project(ALPHA).snapshot!, { options, pins: {} }).length;
  };
  for (let done = 0; done < 3; done++) await eventsAfter(2);
  const list = alpha[kind] as Map<string, Row>;
  const entry = list.get(id)!;
  return {
    ...fixture,
    eventsAfter,
    /** The list lacks the entry, which is still there, or has it again. */
    lists: (isListed: boolean): void => {
      if (isListed) list.set(id, entry);
      else list.delete(id);
    },
  };
}

function stateIn({ states }: ProjectTable, group: string): string {
  return [...states.values()].find((state) => state.group === group)!.id;
}

describe.each<Kind>(['labels', 'states'])('one of the %s that a list lacks', (kind) => {
  test('stays while that is not confirmed, and the fault is known', async () => {
    const { eventsAfter, lists, reader } = await setUp(kind, 10);
    expect(await eventsAfter(8)).toBe(10);
    lists(false);
    expect(await eventsAfter(8)).toBe(10);
    expect(reader.faults.problems()).toMatchObject([
      {
        message: expect.stringMatching(/10 of 10 work items no longer have ".+" \(.+five minutes/),
        removal: { projectId: ALPHA },
      },
    ]);
    lists(true);
    expect(await eventsAfter(2)).toBe(10);
    expect(reader.faults.problems()).toEqual([]);
    lists(false);
    expect(await eventsAfter(8)).toBe(10);
  });

  test('goes once a second read five minutes later lacks it too, or when an administrator accepts that', async () => {
    const { eventsAfter, lists, snapshots, reader } = await setUp(kind, 10);
    lists(false);
    expect(await eventsAfter(8)).toBe(10);
    expect(await eventsAfter(4)).toBe(10);
    expect(await eventsAfter(2)).toBe(0);
    expect(reader.faults.problems()).toEqual([]);
    lists(true);
    expect(await eventsAfter(8)).toBe(10);
    lists(false);
    expect(await eventsAfter(8)).toBe(10);
    expect(snapshots.approveRemoval(ALPHA)).toBe(true);
    expect(await eventsAfter(1)).toBe(0);
  });

  test('goes at once where few items refer to it', async () => {
    const { eventsAfter, lists } = await setUp(kind, 9);
    lists(false);
    expect(await eventsAfter(8)).toBe(0);
  });
});

test('another label that is missing meanwhile does not confirm the first', async () => {
  const { eventsAfter, lists, plane, reader } = await setUp('labels', 10);
  const { labels, items } = plane.tables.projects.get(ALPHA)!;
  const [, second] = [...labels.keys()];
  for (const id of [...items.keys()].slice(10, 20)) plane.editItem(id, { labels: [second!] });
  lists(false);
  expect(await eventsAfter(8)).toBe(10);
  lists(true);
  labels.delete(second!);
  await eventsAfter(6);
  expect(reader.faults.problems()).toHaveLength(1);
});
