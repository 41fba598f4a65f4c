import { AppError, errorCode } from '../../domain/errors.ts';
import type { Collection, WriteOutcome } from '../../domain/collection.ts';
import { isStrongTag } from '../../lib/entity-tag.ts';
import { inspect } from './fingerprint.ts';
import type { MirrorObject } from './object.ts';
import type { Plan, Step } from './plan.ts';
import type { Memory } from './state.ts';
import { isAsSurveyed, type Found, type RemoteState } from './remote.ts';

/**
 * Carries a plan out: updates, then creates, then deletions, and last what the server refused before, so that it is in nobody's way;
 * never two writes of one object.
 */

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
  /** Something else was there than when the plan was made, or it was locked. */
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
  readonly mirrorId: string;
  readonly plan: Plan;
  readonly objects: ReadonlyMap<string, MirrorObject>;
  readonly survey: RemoteState;
  readonly memory: Memory;
  /** Ends it between two writes. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Carries it out as far as it goes. Rejects only for what is no `AppError`, which is a bug. */
export async function applyPlan(options: ApplyOptions): Promise<Applied> {
  const { collection, mirrorId, plan, objects, survey, memory, signal, onProgress } = options;
  const counts = { created: 0, updated: 0, deleted: 0, conflicts: 0, rejected: 0, unanswered: 0 };
  const troubles: Trouble[] = [];
  const total = plan.steps.filter(({ action }) => action !== 'leave').length;
  let tried = 0;
  let finished = 0;
  const room = { isFull: false, waiting: 0 };
  /** What ends it, and what may have been for one object only. */
  const failures: unknown[] = [];
  const unanswered: AppError[] = [];
  let rejectedInRow = 0;
  let unansweredInRow = 0;
  const isOver = (): boolean => failures.length > 0 || signal?.aborted === true;

  async function write(step: Step): Promise<WriteOutcome> {
    const { action, name } = step;
    const object = objects.get(name);
    const there = targetOf(step, survey);
    if (action === 'delete') {
      if (!there) return { kind: 'done', etag: null };
      const { isAsRead, problem } = await judge(there);
      return problem ?? collection.remove(there.listed, isAsRead);
    }
    if (!object) throw new Error('a plan of other objects');
    const isOurs = (text: string): boolean => inspect(text)?.fp === object.fp;
    if (!there) return collection.put(name, object.text, { ifNoneMatch: true }, isOurs);
    const { isAsRead, problem } = await judge(there);
    const { listed } = there;
    if (listed.name !== name) return problem ?? collection.replace(listed, object.text, isOurs, isAsRead);
    const condition = isStrongTag(listed.etag) ? { ifMatch: listed.etag } : { ifRead: isAsRead };
    return collection.put(name, object.text, condition, isOurs);
  }

  /** A resource whose name is the server's is read before it is written: that it was ours once is not enough. */
  async function judge(there: Omit<Found, 'stored'>) {
    const isAsRead = (text: string): boolean => isAsSurveyed(text, there, mirrorId);
    const { listed } = there;
    if (listed.name === there.name || !isStrongTag(listed.etag)) return { isAsRead, problem: null };
    const now = (await collection.read([listed])).get(listed.name);
    const problem: WriteOutcome = { kind: 'conflict', reason: 'It is not as it was.' };
    return { isAsRead, problem: now && !isAsRead(now.text) ? problem : null };
  }

  async function done(step: Step, etag: string | null): Promise<void> {
    const { action, name } = step;
    if (step.isCopy) {
      counts.deleted++;
      return;
    }
    memory.refuse(name, null);
    const object = objects.get(name);
    const old = survey.held.get(name);
    if (action === 'delete' || !object) {
      counts.deleted++;
      memory.hold(name, null);
      return;
    }
    counts[action === 'create' ? 'created' : 'updated']++;
    const { fp, title, projectId } = object;
    const place = action === 'create' || old?.isFresh ? { isFresh: true } : old?.at && { at: old.at };
    const held = { etag: etag ?? '', isOurs: true, theirs: fp, base: fp, title, project: projectId, ...place };
    memory.hold(name, held);
    if (etag !== null) return;
    // A server that sends no tag may have changed what it stores; what it made of it then stands for what we wrote.
    const listed = survey.listed.get(name);
    const look = async () =>
      listed && listed.name !== name ? (await collection.read([listed])).get(listed.name) : await collection.look(name);
    const now = await look().catch((error: unknown) => {
      if (errorCode(error) === undefined) throw error;
      return null;
    });
    const seen = now && inspect(now.text);
    if (!now || seen?.base !== fp) return;
    memory.hold(name, { ...held, etag: now.etag ?? '', ...(seen.fp !== fp && { stored: seen.fp }) });
  }

  function rejected({ action, name }: Step, reason: string): void {
    counts.rejected++;
    const object = objects.get(name);
    if (action !== 'delete' && object) memory.refuse(name, { fp: object.fp, reason });
    if (++rejectedInRow < MAX_REJECTED) return;
    const message = `The server refused ${rejectedInRow} objects in a row; the last time it said: ${reason}`;
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
      if (outcome.kind !== 'rejected') rejectedInRow = 0;
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

  const refusedBefore = new Set(plan.steps.filter(({ name }) => memory.refused.has(name)));
  for (const isLast of [false, true]) {
    for (const action of ORDER) {
      const steps = plan.steps.filter((step) => step.action === action && refusedBefore.has(step) === isLast);
      await inParallel(steps, async (step) => {
        if (isOver()) return;
        // Deletions make room, so they go on.
        if (room.isFull && action === 'create') room.waiting++;
        else await attempt(step);
      });
    }
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

/** The resource that a step is about; undefined where the calendar has none. */
function targetOf({ name, isCopy }: Step, survey: RemoteState): Omit<Found, 'stored'> | undefined {
  if (isCopy) return survey.copies.get(name);
  const [listed, held] = [survey.listed.get(name), survey.held.get(name)];
  return listed && held && { name, listed, held };
}
