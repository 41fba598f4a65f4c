import { errorCode } from '../../domain/errors.ts';
import type { FollowedStore, StoreChange } from '../../domain/ports.ts';
import { versionOf } from '../../lib/record-version.ts';
import type { Task } from './task.ts';

/** The kind of tasks. */
export const TASK = 'task';
/** The kind of their contents. */
const CONTENT = 'task-content';
/** Characters in one record: a longer one would make all other writes wait. */
const PART_LENGTH = 500_000;

/** Changes in one write. */
const MANY = 100;

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
  putAnswer(id: string, before: Task, answer: string): Promise<void>;
  /** Deletes a task with its contents. */
  remove(id: string, task: Task): Promise<void>;
  /** Deletes contents without a task, of servers that died while they stored them. Of those since then, by its id, the task may follow. */
  removeOrphans(before: number): Promise<void>;
}

export function createTaskRecords(store: FollowedStore): TaskRecords {
  const ofTask = (id: string, before: Task | undefined, value?: Task): StoreChange => ({
    kind: TASK,
    id,
    value,
    expected: versionOf(before),
  });

  /** The deletion of a content. */
  async function withoutContent(id: string): Promise<StoreChange[]> {
    return (await partsOf(store, id)).map((part, at) => ({
      kind: CONTENT,
      id: partId(id, at),
      expected: versionOf(part),
    }));
  }

  /** Stores all parts of a content but the first, which it returns: the content exists with that one. */
  async function prepare(id: string, text: string): Promise<StoreChange> {
    const [first, ...others] = split(text).map((value, at) => ({
      kind: CONTENT,
      id: partId(id, at),
      value,
      expected: null,
    }));
    // One by one, so that nobody waits long for the database.
    for (const part of others)
      await store.write([part]).catch((error: unknown) => {
        if (errorCode(error) !== 'conflict') throw error;
        return replace(part);
      });
    if (!first) throw new Error('a text has at least one part');
    return first;
  }

  /** Stores a part over that of an earlier try: by this server, or by a leader that died before it had stored all of its own answer. */
  async function replace(part: StoreChange): Promise<void> {
    const stored = await store.get(part.kind, part.id);
    await store.write([{ ...part, expected: versionOf(stored) }]);
  }

  const requestId = (id: string): string => `${id}/request`;
  const answerId = (id: string): string => `${id}/answer`;
  return {
    get: async (id) => (await store.get(TASK, id)) as Task | undefined,
    add: async (id, task, request) => store.write([ofTask(id, undefined, task), await prepare(requestId(id), request)]),
    request: (id) => contentOf(store, requestId(id)),
    answer: (id) => contentOf(store, answerId(id)),
    change: (id, before, after) => store.write([ofTask(id, before, after)]),
    putAnswer: async (id, before, answer) => {
      const first = await prepare(answerId(id), answer);
      const answered = ofTask(id, before, { ...before, isAnswered: true });
      await store.write([answered, first, ...(await withoutContent(requestId(id)))]);
    },
    remove: async (id, task) => {
      const contents = [...(await withoutContent(requestId(id))), ...(await withoutContent(answerId(id)))];
      await store.write([ofTask(id, task), ...contents]);
    },
    removeOrphans: async (before) => {
      const ids = (await store.ids(CONTENT)).filter((id) => madeAt(id) < before);
      const tasks = new Set(ids.length === 0 ? [] : await store.ids(TASK));
      const orphans = ids.filter((id) => !tasks.has(taskOf(id)));
      for (let at = 0; at < orphans.length; at += MANY)
        await store.write(orphans.slice(at, at + MANY).map((id) => ({ kind: CONTENT, id })));
    },
  };
}

/** A part of a content; the first one says how many there are. */
interface Part {
  readonly parts: number;
  readonly text: string;
}

/** The task of a part. */
const taskOf = (part: string): string => part.split('/', 1)[0] ?? '';
/** When a task was made, by the clock of its follower. */
const madeAt = (id: string): number => Number(id.split('-', 1)[0]);
const partId = (id: string, at: number): string => `${id}/${String(at).padStart(4, '0')}`;

function split(text: string): Part[] {
  const parts = Math.max(1, Math.ceil(text.length / PART_LENGTH));
  return Array.from({ length: parts }, (_, at) => ({
    parts,
    text: text.slice(at * PART_LENGTH, (at + 1) * PART_LENGTH),
  }));
}

/** The parts of a content; none where it is not complete. */
async function partsOf(store: FollowedStore, id: string): Promise<Part[]> {
  const found: Part[] = [];
  for (let at = 0; at === 0 || at < (found[0]?.parts ?? 0); at++) {
    const part = (await store.get(CONTENT, partId(id, at))) as Part | undefined;
    if (!part) return [];
    found.push(part);
  }
  return found;
}

async function contentOf(store: FollowedStore, id: string): Promise<string | undefined> {
  const parts = await partsOf(store, id);
  return parts.length === 0 ? undefined : parts.map(({ text }) => text).join('');
}
