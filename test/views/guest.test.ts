import { describe, expect, test } from '@jest/globals';
import { guestSnapshot } from '../../src/views/guest.ts';
import { personMark } from '../../src/views/marks.ts';
import { shapeOf } from '../../src/views/view.ts';
import { aCycle, aModule, aSnapshot, aWorkItem, PROJECT_ID, uuid } from '../support/make.ts';
import { aContent, aFeed, eventsOf } from '../support/render.ts';

/** What a guest sees of a project. */

const ME = uuid(501);
const ADA = uuid(502);
const EVE = uuid(503);

const parent = aWorkItem({ id: uuid(1), number: 1, name: 'Buy the competitor', labelIds: ['secret'], stateId: 'done' });
const assigned = aWorkItem({ id: uuid(2), number: 2, name: 'Mine', assigneeIds: [ADA, ME], parentId: parent.id });
const created = aWorkItem({ id: uuid(3), number: 3, name: 'Reported', createdBy: ME, labelIds: ['bug'] });
const unknown = aWorkItem({ id: uuid(4), number: 4, name: 'By nobody known', assigneeIds: [EVE] });

function aProjectOfGuests() {
  return aSnapshot({
    items: [parent, assigned, created, unknown],
    states: [
      { id: 'todo', name: 'Todo', group: 'unstarted' },
      { id: 'done', name: 'Secretly done', group: 'completed' },
    ],
    labels: [
      { id: 'bug', name: 'bug' },
      { id: 'secret', name: 'acquisition' },
    ],
    members: [
      { id: ME, displayName: 'me' },
      { id: ADA, displayName: 'ada' },
      { id: EVE, displayName: 'eve' },
    ],
    cycles: [aCycle({ itemIds: [assigned.id] })],
    modules: [aModule({ itemIds: [assigned.id] })],
  });
}

test('a guest sees the items that are assigned to them or that they created, and nothing of cycles and modules', () => {
  const seen = guestSnapshot(aProjectOfGuests(), ME);
  expect([...seen.items.keys()]).toEqual([assigned.id, created.id]);
  expect([seen.cycles?.size, seen.modules?.size]).toEqual([0, 0]);
  expect(guestSnapshot(aProjectOfGuests(), uuid(999)).items.size).toBe(0);
});

test('only the names that are on these items exist', () => {
  const content = aContent(aProjectOfGuests()).forGuest(ME);
  const namesOf = (option: 'state' | 'label' | 'assignee' | 'cycle' | 'module') =>
    content.names(option).map(({ name }) => name);
  expect(namesOf('state')).toEqual(['Todo']);
  expect(namesOf('label')).toEqual(['bug']);
  expect(namesOf('assignee')).toEqual(['me', 'ada']);
  expect([...namesOf('cycle'), ...namesOf('module')]).toEqual([]);
  expect(content.ids('item')?.size).toBe(2);
});

test('people mentioned in a visible text keep their names', () => {
  const text = `Ask ${personMark(EVE)} first`;
  const snapshot = aSnapshot({
    items: [{ ...assigned, text }],
    members: [{ id: EVE, displayName: 'eve' }],
  });
  expect(eventsOf(guestSnapshot(snapshot, ME))[0]?.description).toContain('Ask @eve first');
});

test('an event names neither a parent that its guest does not see, nor its cycle and modules', () => {
  const options = { show: ['items', 'cycles', 'modules'] } as const;
  const all = eventsOf(aProjectOfGuests(), { options });
  expect(all.find(({ summary }) => summary === '[WEB-2] Mine')?.description).toMatch(
    /Parent: WEB-1\nCycle: .*\nModules: /,
  );
  const seen = eventsOf(guestSnapshot(aProjectOfGuests(), ME), { options });
  expect(seen.map(({ summary }) => summary)).toEqual(['[WEB-2] Mine', '[WEB-3] Reported']);
  expect(seen.map(({ description }) => description).join('\n')).not.toMatch(/Parent|Cycle|Modules|WEB-1/);
});

test('the content of a guest is one object while the project is the same, and changes with what they see', () => {
  const [before, after] = [
    aSnapshot({ items: [assigned, created] }),
    aSnapshot({ items: [{ ...assigned, assigneeIds: [ADA] }, created] }),
  ].map(aContent);
  expect(before?.forGuest(ME)).toBe(before?.forGuest(ME));
  expect(before?.forGuest(ME)).not.toBe(before?.forGuest(ADA));
  expect(
    after
      ?.forGuest(ME)
      .changedSince(before?.forGuest(ME) ?? null)
      .has(assigned.id),
  ).toBe(true);
  expect(after?.forGuest(ME).ids('item')?.has(assigned.id)).toBe(false);
});

describe('the shape of a feed', () => {
  const access = { memberId: ME, projectIds: [PROJECT_ID], guestProjectIds: [], since: 0 };

  test("is that of the administrator's feeds for a member, whose items have the same text", () => {
    expect(shapeOf(aFeed({ audience: access }))).toBe(shapeOf(aFeed()));
  });

  test('is one of their own for each guest', () => {
    const shapes = [ME, ADA].map((memberId) =>
      shapeOf(aFeed({ audience: { ...access, memberId, guestProjectIds: [PROJECT_ID] } })),
    );
    expect(new Set([...shapes, shapeOf(aFeed())]).size).toBe(3);
  });
});
