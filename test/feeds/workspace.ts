import { aCycle, aModule, aProject, aSnapshot, aWorkItem, uuid } from '../support/make.ts';

/** Two projects with names that are hard to tell apart, or to write. */

export const APP_ID = uuid(800);
export const PEOPLE = [
  { id: 'a', displayName: 'ada' },
  { id: 'b', displayName: 'bob' },
  { id: 'c', displayName: 'chi, yo' },
  { id: 'd', displayName: 'all' },
] as const;

export const WEB = aSnapshot({
  items: [
    aWorkItem({ id: uuid(1), number: 1, labelIds: ['l1'], assigneeIds: ['a'], priority: 'high' }),
    aWorkItem({ id: uuid(2), number: 2, labelIds: ['l2'], assigneeIds: ['b'], stateId: 'doing' }),
    aWorkItem({ id: uuid(3), number: 3 }),
  ],
  labels: [
    { id: 'l1', name: 'bug' },
    { id: 'l2', name: 'legal, privacy' },
    { id: 'l3', name: 'constructor' },
  ],
  members: PEOPLE,
  cycles: [aCycle({ id: uuid(11), name: 'Sprint 1', itemIds: [uuid(1)] })],
  modules: [aModule({ id: uuid(21), name: 'Launch', itemIds: [uuid(1), uuid(2)] })],
});

export const APP = aSnapshot({
  project: aProject({ id: APP_ID, identifier: 'APP', name: 'Mobile app' }),
  items: [aWorkItem({ id: uuid(700), number: 7, labelIds: ['l9'], assigneeIds: ['a'] })],
  labels: [{ id: 'l9', name: 'Bug' }],
  members: PEOPLE,
  cycles: [],
  modules: [],
});
