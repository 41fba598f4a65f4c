import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../../../../src/demo/json.ts';
import type { ItemRow, Tables } from '../../../../../src/demo/rows.ts';
import type { Snapshot } from '../../../../../src/domain/plane.ts';
import { acmeTables, ALPHA } from '../../../../support/acme.ts';
import { uuid } from '../../../../support/make.ts';
import { aFeed, aRenderer, partsOf } from '../../../../support/render.ts';
import { createUnreadProject, pageOf } from '../unread.ts';
import { runs } from '../../../../support/runs.ts';

/** What is published of the first page is what lists and a walk give. */

const UNKNOWN = uuid(999_999);
const some = fc.nat(7);

/** Numbers choose from what there is; one too large, nothing or something unknown. */
const rows = fc.array(
  fc.record({
    state: some,
    labels: fc.array(some, { maxLength: 3 }),
    assignees: fc.array(some, { maxLength: 3 }),
    mentions: fc.option(some, { nil: null }),
    day: fc.integer({ min: 1, max: 28 }),
    isDraft: fc.boolean(),
    /** Whether the page has ids where it should have objects. */
    isPlain: fc.boolean(),
  }),
  { maxLength: 12 },
);

interface Case {
  readonly given: typeof rows extends fc.Arbitrary<infer T> ? T : never;
  readonly hasStates: boolean;
  readonly sameNames: boolean;
  readonly isGuest: boolean;
  readonly maxPageSize: number;
}

function tablesOf({ given, hasStates, sameNames, isGuest }: Case): Tables {
  const tables = acmeTables();
  const project = tables.projects.get(ALPHA)!;
  const people = isGuest ? [...project.members] : [...tables.people.keys()];
  const [template] = project.items.values();
  if (!hasStates) project.states.clear();
  if (sameNames) for (const [id, row] of project.labels) project.labels.set(id, { ...row, name: 'twice' });
  const pick = (list: readonly string[], n: number): string => list[n] ?? UNKNOWN;
  const [states, labels] = [[...project.states.keys()], [...project.labels.keys()]];
  project.items.clear();
  given.forEach((one, index) => {
    const person = one.mentions === null ? '' : pick(people, one.mentions);
    const mention = `<mention-component entity_name="user_mention" entity_identifier="${person}"></mention-component>`;
    const row: ItemRow = {
      ...template!,
      id: uuid(index + 1),
      sequence_id: index + 1,
      name: `Item ${index}`,
      description_html: one.mentions === null ? '<p>text</p>' : `<p>ask ${mention}</p>`,
      state: one.state === 7 ? null : pick(states, one.state),
      labels: [...new Set(one.labels.map((n) => pick(labels, n)))],
      assignees: [...new Set(one.assignees.flatMap((n) => people[n] ?? (isGuest ? [] : UNKNOWN)))],
      target_date: `2026-12-${String(one.day).padStart(2, '0')}`,
      is_draft: one.isDraft,
      parent: index > 0 ? uuid(index) : null,
    };
    project.items.set(row.id, row);
  });
  return tables;
}

/** With ids in place of objects. */
function plain(item: Json): Json {
  const id = (one: Json): Json => (one as { id?: string }).id ?? null;
  const { state, labels, assignees, ...rest } = item as { state: Json; labels: Json[]; assignees: Json[] };
  return { ...rest, state: id(state), labels: labels.map(id), assignees: assignees.map(id) };
}

const cases: fc.Arbitrary<Case> = fc.record({
  given: rows,
  hasStates: fc.boolean(),
  sameNames: fc.boolean(),
  isGuest: fc.boolean(),
  maxPageSize: fc.constantFrom(10, 1000),
});

test('a calendar of the first page is byte for byte that of lists and a walk', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const { read, plane, snapshots, clock, asked, close } = await createUnreadProject(null, {
        tables: tablesOf(one),
        maxPageSize: one.maxPageSize,
      });
      plane.onRequest = ({ path, query }) => {
        if (one.isGuest && path.endsWith('acme/members/')) return { kind: 'json', status: 403, body: { detail: 'no' } };
        if (!query.has('expand') || one.maxPageSize === 10) return undefined;
        const change = (item: Json, index: number): Json => (one.given[index]?.isPlain === true ? plain(item) : item);
        return { kind: 'json', status: 200, body: pageOf(plane.tables, query, change) };
      };
      const renderers = { event: aRenderer(), todo: aRenderer() };
      const calendar = async (snapshot: Snapshot, as: 'event' | 'todo'): Promise<string> => {
        const options = { as, done: 'keep', cancelled: 'keep', title: '{key} {name} {state} {assignees}' } as const;
        const feed = aFeed({ scope: { kind: 'projects', projectIds: [ALPHA] }, options });
        return (await renderers[as].render(partsOf(feed, [snapshot], '2026-11-20'))).identity.toString();
      };
      const first = await read();
      const calendars = [await calendar(first, 'event'), await calendar(first, 'todo')];
      clock.now += 61_000;
      asked();
      await snapshots.refresh(ALPHA, 'reader', true);
      expect(asked().filter((line) => line.startsWith('states/'))).not.toEqual([]);
      const again = await read();
      expect(again.partialNames).toEqual([]);
      expect([await calendar(again, 'event'), await calendar(again, 'todo')]).toEqual(calendars);
      await close();
    }),
    runs(15),
  );
});
