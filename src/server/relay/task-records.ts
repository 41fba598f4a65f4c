import type { FollowedStore, StoreChange } from '../../domain/ports.ts';
import { versionOf } from '../../lib/record-version.ts';
import type { Task } from './task.ts';

/** The kind of tasks. */
export const TASK = 'task';
/** The kind of their contents. */
const CONTENT = 'task-content';

/** Tasks in the store. Each write throws `conflict` where the task is not as it was read, and changes nothing then. */
export interface TaskRecords {
  /** undefined where it is deleted. */
  get(id: string): Promise<Task | undefined>;
  add(id: string, task: Task, request: string): Promise<void>;
  /** The sealed request; undefined once the task is answered or deleted. */
  request(id: string): Promise<string | undefined>;
  /** The sealed answer; undefined before the task is answered, and once it is deleted. */
  answer(id: string): Promise<string | undefined>;
  change(id: string, before: Task, after: Task): Promise<void>;
  /** Stores an answer in place of the request. */
  putAnswer(id: string, before: Task, request: string, answer: string): Promise<void>;
  /** Deletes a task with its contents. */
  remove(id: string, task: Task): Promise<void>;
}

export function createTaskRecords(store: FollowedStore): TaskRecords {
  const requestId = (id: string): string => `${id}/request`;
  const answerId = (id: string): string => `${id}/answer`;
  const content = async (id: string): Promise<string | undefined> =>
    (await store.get(CONTENT, id)) as string | undefined;
  const ofTask = (id: string, before: Task | undefined, value?: Task): StoreChange => ({
    kind: TASK,
    id,
    value,
    expected: versionOf(before),
  });
  const ofContent = (id: string, before: string | undefined, value?: string): StoreChange => ({
    kind: CONTENT,
    id,
    value,
    expected: versionOf(before),
  });
  return {
    get: async (id) => (await store.get(TASK, id)) as Task | undefined,
    add: (id, task, request) =>
      store.write([ofTask(id, undefined, task), ofContent(requestId(id), undefined, request)]),
    request: (id) => content(requestId(id)),
    answer: (id) => content(answerId(id)),
    change: (id, before, after) => store.write([ofTask(id, before, after)]),
    putAnswer: (id, before, request, answer) =>
      store.write([
        ofTask(id, before, { ...before, isAnswered: true }),
        ofContent(requestId(id), request),
        ofContent(answerId(id), undefined, answer),
      ]),
    remove: async (id, task) => {
      const changes = [ofTask(id, task)];
      for (const contentId of [requestId(id), answerId(id)]) {
        const stored = await content(contentId);
        if (stored !== undefined) changes.push(ofContent(contentId, stored));
      }
      await store.write(changes);
    },
  };
}
