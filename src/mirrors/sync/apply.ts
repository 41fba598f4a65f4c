import { AppError, errorCode } from '../../domain/errors.ts';
import type { WriteOutcome } from '../../domain/collection.ts';
import type { Plan, Step } from './plan.ts';
import type { RemoteState } from './remote.ts';
import { rememberStep, writeStep, type StepOptions } from './write-step.ts';

/**
 * Carries out a plan: updates, creates, deletions, and last the objects that the server refused before, so that they delay nothing else.
 * Never sends two writes for one object at a time.
 */

const PARALLEL = 4;
/** After this many refusals in a row, the objects are not the reason: no more is written, or no more removed. */
const MAX_REJECTED = 10;
/** After this many writes in a row without an answer, the server is down. */
const MAX_UNANSWERED = 3;
const ORDER = ['update', 'create', 'delete'] as const;

/** An object, and why it was not written or removed. */
export interface Trouble {
  readonly name: string;
  readonly title: string;
  readonly reason: string;
}

/** How far a plan was carried out. */
export interface Applied {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Changed since the plan was made, or locked. */
  readonly conflicts: number;
  readonly rejected: number;
  /** Written or not: the answer was lost. The next run finds out. */
  readonly unanswered: number;
  /** Not tried. */
  readonly waiting: number;
  /**
   * One of our objects may be there under a name that the server chose: it was sent more than once, or the server said that it is gone, which
   * one answer does not prove. The next run finds out.
   */
  readonly isSearchDue: boolean;
  readonly troubles: readonly Trouble[];
  /** Why the plan was not carried out to its end; null when it was. */
  readonly error: AppError | null;
}

export interface ApplyOptions extends StepOptions {
  readonly plan: Plan;
  /** Ends it between two writes. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Carries the plan out as far as possible. Rejects only for errors that are no `AppError`, which are bugs. */
export async function applyPlan(options: ApplyOptions): Promise<Applied> {
  const { plan, signal, onProgress } = options;
  const total = plan.steps.filter(({ action }) => action !== 'leave').length;
  const results = createResults(options, total);
  let finished = 0;

  async function attempt(step: Step): Promise<void> {
    results.begin();
    try {
      const outcome = await writeStep(step, options);
      results.add(step, outcome.kind === 'done' ? await rememberStep(step, outcome, options) : outcome);
    } catch (error) {
      results.fail(step, error);
    } finally {
      onProgress?.(++finished, total);
    }
  }

  for (const steps of batchesOf(options)) {
    await inParallel(steps, async (step) => {
      if (results.isOver() || signal?.aborted === true) return;
      if (!results.postpones(step)) await attempt(step);
    });
  }
  return results.applied();
}

/** The steps by action, in the order in which they are carried out. */
function batchesOf({ plan, state }: ApplyOptions): (readonly Step[])[] {
  const refusedBefore = new Set(plan.steps.filter(({ name }) => state.refused.has(name)));
  return [false, true].flatMap((isRefused) =>
    ORDER.map((action) => plan.steps.filter((step) => step.action === action && refusedBefore.has(step) === isRefused)),
  );
}

/** The results of the steps so far. */
interface Results {
  /** A step is tried. */
  begin(): void;
  /** A step was answered. */
  add(step: Step, outcome: WriteOutcome): void;
  /** A step threw. */
  fail(step: Step, error: unknown): void;
  /**
   * Skips a write where the server refuses all of them, or, counted, one that would need room in a calendar that is full. Deletions go on: they
   * make room, and what nobody may see any more must not wait.
   */
  postpones(step: Step): boolean;
  /** Whether something happened after which nothing more is tried. */
  isOver(): boolean;
  /** Throws what is no `AppError`. */
  applied(): Applied;
}

function createResults({ state, objects, remote, signal }: ApplyOptions, total: number): Results {
  const counts = { created: 0, updated: 0, deleted: 0, conflicts: 0, rejected: 0, unanswered: 0 };
  const troubles: Trouble[] = [];
  /** What ended it, and lost answers, which may concern one object only. */
  const failures: unknown[] = [];
  const unanswered: AppError[] = [];
  const inRow = { writes: 0, deletions: 0, unanswered: 0 };
  /** Why nothing is written any more. */
  let refusal: AppError | null = null;
  let tried = 0;
  let isSearchDue = false;
  let isFull = false;
  let postponed = 0;

  function reject({ action, name }: Step, reason: string): void {
    counts.rejected++;
    const object = objects.get(name);
    if (action !== 'delete' && object) state.setRefused(name, { fp: object.fp, reason });
    const count = ++inRow[kindOf(action)];
    if (count < MAX_REJECTED || failures.length > 0 || signal?.aborted === true) return;
    const error = new AppError(
      'caldav_refused',
      `The server refused ${count} objects in a row, the last one with: ${reason}`,
    );
    if (action === 'delete') failures.push(error);
    else refusal ??= error;
  }

  return {
    begin: () => {
      tried++;
    },
    add: (step, outcome) => {
      const { action, name, title } = step;
      inRow.unanswered = 0;
      if (outcome.kind !== 'rejected') inRow[kindOf(action)] = 0;
      if (outcome.kind === 'done') {
        const isDeletion = step.isCopy === true || action === 'delete' || !objects.has(name);
        counts[isDeletion ? 'deleted' : action === 'create' ? 'created' : 'updated']++;
        if (isUncertain(step, outcome, remote)) isSearchDue = true;
        return;
      }
      troubles.push({ name, title, reason: outcome.reason });
      if (outcome.kind === 'rejected') reject(step, outcome.reason);
      if (outcome.kind === 'conflict') counts.conflicts++;
      if (outcome.kind === 'full') isFull = true;
    },
    fail: ({ name, title }, error) => {
      const isLost = errorCode(error) === 'caldav_unavailable' || errorCode(error) === 'caldav_invalid_response';
      if (!(error instanceof AppError) || !isLost) {
        failures.push(error);
        return;
      }
      counts.unanswered++;
      troubles.push({ name, title, reason: error.message });
      unanswered.push(error);
      if (++inRow.unanswered >= MAX_UNANSWERED) failures.push(error);
    },
    postpones: ({ action }) => {
      if (refusal !== null && action !== 'delete') return true;
      const isPostponed = isFull && action === 'create';
      if (isPostponed) postponed++;
      return isPostponed;
    },
    isOver: () => failures.length > 0,
    applied: () => {
      const bug = failures.find((error) => !(error instanceof AppError));
      if (bug !== undefined) throw bug as Error;
      const full = new AppError('caldav_refused', `The calendar is full; ${postponed} new objects are waiting.`);
      const error = (failures as AppError[]).at(0) ?? refusal ?? unanswered.at(0) ?? (isFull ? full : null);
      return { ...counts, waiting: total - tried, isSearchDue, troubles, error };
    },
  };
}

const kindOf = (action: Step['action']): 'writes' | 'deletions' => (action === 'delete' ? 'deletions' : 'writes');

function isUncertain({ action, name }: Step, outcome: WriteOutcome, { objects }: RemoteState): boolean {
  if (outcome.kind !== 'done') return false;
  if (action === 'create') return outcome.isRepeated === true;
  return outcome.wasGone === true && objects.get(name)?.at !== undefined;
}

/** Runs `PARALLEL` tasks at a time; a task must not reject. */
async function inParallel<T>(list: readonly T[], task: (one: T) => Promise<void>): Promise<void> {
  const rest = list.values();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const one of rest) await task(one);
    }),
  );
}
