import { AppError, errorCode } from '../errors.ts';
import type { Collection, Outcome } from './collection.ts';
import { inspect } from './fingerprint.ts';
import type { MirrorObject } from './object.ts';
import type { Plan, Step } from './plan.ts';
import type { Memory } from './state.ts';
import type { Survey } from './survey.ts';

/** Carries a plan out: updates, then creates, then deletions; never two writes of one object. */

const AT_ONCE = 4;
/** So many refusals in a row are not about the objects. */
const MAX_REJECTED = 10;
/** So many writes in a row without an answer: the server is down. */
const MAX_UNANSWERED = 3;
const ORDER = ['update', 'create', 'delete'] as const;

/** An object and what was in its way. */
export interface Trouble {
  readonly name: string;
  readonly title: string;
  readonly reason: string;
}

/** How it went. */
export interface Applied {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Something else was there than when the plan was made. */
  readonly conflicts: number;
  readonly rejected: number;
  /** Nobody knows whether they were done; the next run looks. */
  readonly unanswered: number;
  /** Not tried. */
  readonly waiting: number;
  readonly troubles: readonly Trouble[];
  /** Why it was not done to its end; null when it was. */
  readonly error: AppError | null;
}

export interface ApplyOptions {
  readonly collection: Collection;
  readonly plan: Plan;
  readonly objects: ReadonlyMap<string, MirrorObject>;
  readonly survey: Survey;
  readonly memory: Memory;
  /** Ends it between two writes. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Carries it out as far as it goes. Rejects only for what is no `AppError`, which is a bug. */
export async function applyPlan(options: ApplyOptions): Promise<Applied> {
  const { collection, plan, objects, survey, memory, signal, onProgress } = options;
  const counts = { created: 0, updated: 0, deleted: 0, conflicts: 0, rejected: 0, unanswered: 0 };
  const troubles: Trouble[] = [];
  const total = plan.steps.filter(({ action }) => action !== 'leave').length;
  let tried = 0;
  let finished = 0;
  const room = { isFull: false, waiting: 0 };
  /** What ends it, and what may have been for one object only. */
  const failures: unknown[] = [];
  const unanswered: AppError[] = [];
  let rejectedInRow: string[] = [];
  let unansweredInRow = 0;
  const isOver = (): boolean => failures.length > 0 || signal?.aborted === true;

  async function write({ action, name }: Step): Promise<Outcome> {
    const there = survey.listed.get(name);
    if (action === 'delete') return there ? collection.remove(there) : { kind: 'done', etag: null };
    const object = objects.get(name);
    if (!object) throw new Error('a plan of other objects');
    if (action === 'update' && !there?.etag)
      return { kind: 'conflict', reason: 'The server gives no entity tag, without which it could overwrite an edit' };
    const condition = there?.etag ? { ifMatch: there.etag } : ({ ifNoneMatch: true } as const);
    return collection.put(name, object.text, condition, (text) => inspect(text)?.fp === object.fp);
  }

  async function done({ action, name }: Step, etag: string | null): Promise<void> {
    memory.refuse(name, null);
    const object = objects.get(name);
    if (action === 'delete' || !object) {
      counts.deleted++;
      memory.hold(name, null);
      return;
    }
    counts[action === 'create' ? 'created' : 'updated']++;
    const { fp, title } = object;
    memory.hold(name, { etag: etag ?? '', isOurs: true, theirs: fp, base: fp, title });
    if (etag !== null) return;
    // A server that tells no tag may have made something else of it; what it made then stands for what we wrote.
    const now = await collection.look(name).catch((error: unknown) => {
      if (errorCode(error) === undefined) throw error;
      return null;
    });
    if (now?.etag && inspect(now.text)?.base === fp)
      memory.hold(name, { etag: now.etag, isOurs: true, theirs: fp, base: fp, title });
  }

  function rejected({ action, name }: Step, reason: string): void {
    counts.rejected++;
    const object = objects.get(name);
    if (action !== 'delete' && object) memory.refuse(name, { fp: object.fp, reason });
    rejectedInRow.push(name);
    if (rejectedInRow.length < MAX_REJECTED) return;
    // Once the cause is gone they are tried again.
    for (const one of rejectedInRow) memory.refuse(one, null);
    const message = `The server refused ${rejectedInRow.length} objects in a row; the last time it said: ${reason}`;
    if (!isOver()) failures.push(new AppError('caldav_refused', message));
  }

  function failed(step: Step, error: unknown): void {
    const code = errorCode(error);
    if (!(error instanceof AppError) || (code !== 'caldav_unavailable' && code !== 'caldav_strange')) {
      failures.push(error);
      return;
    }
    counts.unanswered++;
    troubles.push({ name: step.name, title: step.title, reason: error.message });
    unanswered.push(error);
    if (++unansweredInRow >= MAX_UNANSWERED) failures.push(error);
  }

  async function attempt(step: Step): Promise<void> {
    tried++;
    try {
      const outcome = await write(step);
      unansweredInRow = 0;
      if (outcome.kind !== 'rejected') rejectedInRow = [];
      if (outcome.kind === 'done') {
        await done(step, outcome.etag);
        return;
      }
      troubles.push({ name: step.name, title: step.title, reason: outcome.reason });
      if (outcome.kind === 'rejected') rejected(step, outcome.reason);
      if (outcome.kind === 'conflict') counts.conflicts++;
      if (outcome.kind === 'full') room.isFull = true;
    } catch (error) {
      failed(step, error);
    } finally {
      onProgress?.(++finished, total);
    }
  }

  for (const action of ORDER) {
    const steps = plan.steps.filter((step) => step.action === action);
    await inParallel(steps, async (step) => {
      if (isOver()) return;
      // Deletions make room, so they go on.
      if (room.isFull && action === 'create') room.waiting++;
      else await attempt(step);
    });
  }
  const bug = failures.find((error) => !(error instanceof AppError));
  if (bug !== undefined) throw bug as Error;
  const error = (failures as AppError[]).at(0) ?? unanswered.at(0) ?? null;
  const waiting = total - tried;
  const noRoom = `The calendar is full; ${room.waiting} new objects wait.`;
  return {
    ...counts,
    waiting,
    troubles,
    error: error ?? (room.isFull ? new AppError('caldav_refused', noRoom) : null),
  };
}

/** Four at a time; a task must not reject. */
async function inParallel<T>(list: readonly T[], task: (one: T) => Promise<void>): Promise<void> {
  const rest = list.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const one of rest) await task(one);
    }),
  );
}
