import { digestOf, holds, type DeletionGuard } from './deletion-guard.ts';
import type { MirrorObject } from './object.ts';

/** What a run is to do, decided from what Plane has, what the calendar has and what we last wrote. Pure: no request, no clock. */

/** What Plane has, as objects. */
export interface DesiredState {
  readonly objects: ReadonlyMap<string, MirrorObject>;
  /**
   * Whether Plane still lists what an object of that name was made of, shown in this calendar or not; true also for what belongs to a
   * project outside the scope of the mirror. `project`: as the object shows it, by id or identifier.
   */
  readonly lists: (name: string, project: string | null) => boolean;
  /** How much Plane lists in the scope of the mirror, shown or not. */
  readonly total: number;
  /** Why nothing at all may be deleted: a whole sentence; null otherwise. */
  readonly doubt: string | null;
  /** Why an object that is not wanted may be in Plane all the same, judged by its project; null where it is not. */
  readonly doubtOf: (name: string, project: string | null) => Doubt | null;
}

/** Why an object is not deleted. */
export interface Doubt {
  /** A whole sentence. */
  readonly reason: string;
  /** Whether an operator may have it deleted all the same. */
  readonly canForce: boolean;
}

/** What stands under a name of ours. Is kept in the store. */
export interface HeldBackStep {
  /** Its entity tag as the server wrote it; "" where that is not known. */
  readonly etag: string;
  /** UID and marker are ours; else it is foreign, whatever it is called. */
  readonly isOurs: boolean;
  /** What it says, and what it said when we wrote it. */
  readonly theirs: string;
  readonly base: string;
  readonly title: string;
  /** Its project, by id or identifier; null where it doesn't show. */
  readonly project?: string | null;
  /** The resource in which it is, where the server chose the name. */
  readonly at?: { readonly name: string; readonly href: string };
  /** What the server made of it, where that says something else than was written. */
  readonly stored?: string;
  /** It was created, and no listing has shown yet under which name. */
  readonly isFresh?: boolean;
  /** It was deleted in the calendar, which is respected. */
  readonly isDeleted?: boolean;
}

/** An object that the server did not take. */
export interface Refused {
  readonly fp: string;
  readonly reason: string;
}

/** Who wins over an object that somebody edited in the calendar. */
export type ConflictPolicy = 'plane' | 'keep';

/** One object and what becomes of it. */
export interface Step {
  readonly action: 'create' | 'update' | 'delete' | 'leave';
  readonly name: string;
  readonly title: string;
  readonly reason: string;
  /** For `leave`, when the calendar lacks something that Plane has: the server refused it before, or something foreign has its name. */
  readonly blocked?: 'refused' | 'taken';
  /** For `delete`: of an object that is there twice, and `name` is that of the resource. */
  readonly isCopy?: boolean;
}

/** Deletions that are not done. */
export interface HeldBack {
  readonly deletions: readonly Step[];
  readonly reason: string;
  /** By which those of them that may be are applied by hand; null where none may. */
  readonly digest: string | null;
}

/** What a run would do. What needs nothing is only counted. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly unchanged: number;
  readonly withheld: HeldBack | null;
}

export interface PlanOptions {
  readonly wanted: DesiredState;
  /** What stands in the calendar under names of ours, foreign ones among it. */
  readonly held: ReadonlyMap<string, HeldBackStep>;
  /** Titles of further resources with objects that are in `held`, by the name of the resource. */
  readonly copies?: ReadonlyMap<string, { readonly held: Pick<HeldBackStep, 'title'> }>;
  /** Names we once wrote and never removed. */
  readonly known: ReadonlySet<string>;
  /** What is not tried. */
  readonly refused: ReadonlyMap<string, Refused>;
  readonly policy: ConflictPolicy;
  readonly brake: DeletionGuard;
  /** Objects the mirror owns, of which the brake counts a share. */
  readonly owned: number;
  /** The digest of withheld deletions that are to be done. */
  readonly force?: string | undefined;
}

const FOREIGN = 'It was not made by this mirror, although it has one of its names';

/** The plan. A deletion needs that all of the object's project was read, and that it lists anything at all. */
export function makePlan(options: PlanOptions): Plan {
  const { wanted, held, copies, known, refused, policy } = options;
  const steps: Step[] = [];
  let unchanged = 0;
  for (const object of wanted.objects.values()) {
    const there = held.get(object.name);
    if (there?.isOurs && there.theirs === object.fp) {
      unchanged++;
      continue;
    }
    const [action, reason] = there ? decide(object, there, policy) : decideMissing(object, known, policy);
    const refusal = refused.get(object.name);
    if (action !== 'leave' && refusal?.fp === object.fp)
      steps.push({ ...step('leave', object, refusal.reason), blocked: 'refused' });
    else if (reason === FOREIGN) steps.push({ ...step(action, object, reason), blocked: 'taken' });
    else steps.push(step(action, object, reason));
  }
  for (const [name, { held: copy }] of copies ?? [])
    steps.push({ ...step('delete', { name, title: copy.title }, 'It is in the calendar twice'), isCopy: true });

  const candidates: Candidate[] = [];
  for (const [name, { isOurs, theirs, base, title, project = null }] of held) {
    if (wanted.objects.has(name)) continue;
    const one = { name, title };
    if (!isOurs) steps.push(step('leave', one, FOREIGN));
    else if (policy === 'keep' && theirs !== base)
      steps.push(step('leave', one, 'No longer wanted, but it was edited in the calendar'));
    else {
      const isListed = wanted.lists(name, project);
      const why = isListed ? 'This calendar no longer shows it' : 'Plane no longer lists it';
      candidates.push({ step: step('delete', one, why), isListed, doubt: wanted.doubtOf(name, project) });
    }
  }
  const { done, withheld } = guard(candidates, options);
  return { steps: [...steps, ...done], unchanged, withheld };
}

/** Something that is no longer wanted. */
interface Candidate {
  readonly step: Step;
  readonly isListed: boolean;
  readonly doubt: Doubt | null;
}

/** Which deletions are done, and which are not. */
function guard(
  candidates: readonly Candidate[],
  { wanted, brake, owned, force }: PlanOptions,
): { readonly done: readonly Step[]; readonly withheld: HeldBack | null } {
  const stepsOf = (some: readonly Candidate[]): Step[] => some.map((one) => one.step);
  const doubt = wanted.total === 0 ? (wanted.doubt ?? 'Plane lists nothing at all.') : wanted.doubt;
  if (doubt !== null && candidates.length > 0)
    return { done: [], withheld: { deletions: stepsOf(candidates), reason: doubt, digest: null } };

  const firm = candidates.filter((one) => one.doubt?.canForce === false);
  const soft = candidates.filter((one) => one.doubt?.canForce === true);
  const sure = candidates.filter((one) => one.doubt === null);
  const gone = sure.filter(({ isListed }) => !isListed);
  const lost = gone.length + soft.length;
  const isTooMany = holds(brake, lost, owned);
  const waiting = isTooMany ? [...soft, ...gone] : soft;
  const digest = waiting.length === 0 ? null : digestOf(waiting.map((one) => one.step.name));
  const isForced = digest !== null && force === digest;
  const withheld = isForced ? firm : [...firm, ...waiting];
  const done = candidates.filter((one) => !withheld.includes(one));
  if (withheld.length === 0) return { done: stepsOf(done), withheld: null };
  const reasons = withheld.flatMap((one) => one.doubt?.reason ?? []);
  if (isTooMany && !isForced)
    reasons.push(
      `Plane no longer lists ${lost} of ${owned} objects, which is more than ${brake.count} and more than ${brake.percent} %.`,
    );
  const reason = [...new Set(reasons)].join(' ');
  return { done: stepsOf(done), withheld: { deletions: stepsOf(withheld), reason, digest: isForced ? null : digest } };
}

type Decision = readonly [action: Step['action'], reason: string];

/** Three fingerprints: what we want, what is there, what we last wrote. */
function decide({ fp }: MirrorObject, { isOurs, theirs, base }: HeldBackStep, policy: ConflictPolicy): Decision {
  if (!isOurs) return ['leave', FOREIGN];
  if (theirs === base) return ['update', 'It changed in Plane'];
  if (policy === 'keep') return ['leave', 'It was edited in the calendar'];
  return ['update', base === fp ? 'It was edited in the calendar' : 'It changed in Plane and in the calendar'];
}

function decideMissing({ name }: MirrorObject, known: ReadonlySet<string>, policy: ConflictPolicy): Decision {
  if (!known.has(name)) return ['create', 'It is new'];
  if (policy === 'keep') return ['leave', 'It was deleted in the calendar'];
  return ['create', 'It was deleted in the calendar'];
}

function step(action: Step['action'], { name, title }: Pick<Step, 'name' | 'title'>, reason: string): Step {
  return { action, name, title, reason };
}
