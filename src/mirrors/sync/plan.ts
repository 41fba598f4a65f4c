import { digestOf, exceeds, othersSentence, sentences, tooManySentence, type DeletionGuard } from './deletion-guard.ts';
import { isForeignName, type MirrorObject } from './object.ts';

/** Plans a run from the desired state, the remote state and what was last written. Pure: no request, no clock. */

/** What Plane has, as objects. */
export interface DesiredState {
  readonly objects: ReadonlyMap<string, MirrorObject>;
  /** What can't be written as an object: titles by name. It is neither written nor deleted. */
  readonly unwritable?: ReadonlyMap<string, string>;
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

/** An object in the calendar under one of our names. Stored as it is, so the names of its fields stay. */
export interface RemoteObject {
  /** Its entity tag as the server wrote it; "" where that is not known. */
  readonly etag: string;
  /** Whether UID and marker are ours. An object without them is foreign, whatever its name. */
  readonly isOurs: boolean;
  /** Fingerprints of what it says now, and of what it said when we wrote it. */
  readonly theirs: string;
  readonly base: string;
  readonly title: string;
  /** Its project, by id or identifier; null where it doesn't show. */
  readonly project?: string | null;
  /** The resource that contains it, where the server chose the name. */
  readonly at?: { readonly name: string; readonly href: string };
  /** Fingerprint of what the server made of our text, where that differs. */
  readonly stored?: string;
  /** It was created, and no listing has shown its name yet. */
  readonly isFresh?: boolean;
  /** A user deleted it in the calendar, and the policy is `keep`. */
  readonly isDeleted?: boolean;
}

/** An object that the server refused. */
export interface Refused {
  readonly fp: string;
  readonly reason: string;
}

/** Who wins where a user edited an object in the calendar. */
export type ConflictPolicy = 'plane' | 'keep';

/** What is done with one object, and why. */
export interface Step {
  readonly action: 'create' | 'update' | 'delete' | 'leave';
  readonly name: string;
  readonly title: string;
  readonly reason: string;
  /** For `leave`, where the calendar lacks what Plane has: the server refused it before, or a foreign object has its name. */
  readonly blocked?: 'refused' | 'taken';
  /** For `delete`: the object is there twice, and `name` is the name of the surplus resource. */
  readonly isCopy?: boolean;
  /** For `delete`: others made it, and `name` is the name of the resource. */
  readonly isOther?: boolean;
}

/** Deletions that are held back. */
export interface HeldBack {
  readonly deletions: readonly Step[];
  readonly reason: string;
  /** Applies those of them that an operator may apply; null where there is none. */
  readonly digest: string | null;
}

/** What a run would do. Objects that need nothing are only counted. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly unchanged: number;
  readonly heldBack: HeldBack | null;
}

export interface PlanOptions {
  readonly desired: DesiredState;
  /** Objects in the calendar under our names, foreign ones included. */
  readonly remote: ReadonlyMap<string, RemoteObject>;
  /** Further resources with objects of `remote`, by the name of the resource. */
  readonly copies?: ReadonlyMap<string, { readonly object: Pick<RemoteObject, 'title'> }>;
  /** What others made, where the calendar belongs to the mirror: by the name of the resource. */
  readonly others?: ReadonlyMap<string, { readonly title: string }>;
  /** Names of objects we wrote and did not remove. */
  readonly known: ReadonlySet<string>;
  /** Objects that are not tried again. */
  readonly refused: ReadonlyMap<string, Refused>;
  readonly policy: ConflictPolicy;
  readonly deletionGuard: DeletionGuard;
  /** Objects the mirror owns, of which the deletion guard takes a share. */
  readonly owned: number;
  /** The digest of held-back deletions to apply. */
  readonly force?: string | undefined;
}

const FOREIGN = 'It was not made by this mirror, although it has one of its names';
const OF_OTHERS = 'Someone else made it, and this calendar belongs to the mirror';
const UNWRITABLE = 'What its calendar says of it cannot be read as one event';

/** The plan. An object is deleted only if its whole project was read and lists anything at all. */
export function makePlan(options: PlanOptions): Plan {
  const { steps, unchanged } = planDesired(options);
  const copies = [...(options.copies ?? [])].map(([name, { object }]): Step => {
    return { ...step('delete', { name, title: object.title }, 'It is in the calendar twice'), isCopy: true };
  });
  const { left, candidates } = findUndesired(options);
  const { deletions, heldBack } = guardDeletions(candidates, options);
  return { steps: [...steps, ...copies, ...left, ...deletions], unchanged, heldBack };
}

/** Steps for what should be in the calendar. */
function planDesired({ desired, remote, known, refused, policy }: PlanOptions): Pick<Plan, 'steps' | 'unchanged'> {
  const steps: Step[] = [];
  let unchanged = 0;
  for (const object of desired.objects.values()) {
    const current = remote.get(object.name);
    if (current?.isOurs && current.theirs === object.fp) {
      unchanged++;
      continue;
    }
    const [action, reason] = current ? decide(object, current, policy) : decideMissing(object, known, policy);
    const refusal = refused.get(object.name);
    if (action !== 'leave' && refusal?.fp === object.fp)
      steps.push({ ...step('leave', object, refusal.reason), blocked: 'refused' });
    else if (reason === FOREIGN) steps.push({ ...step(action, object, reason), blocked: 'taken' });
    else steps.push(step(action, object, reason));
  }
  for (const [name, title] of desired.unwritable ?? [])
    steps.push({ ...step('leave', { name, title }, UNWRITABLE), blocked: 'refused' });
  return { steps, unchanged };
}

/** An object that should no longer be in the calendar. */
interface Candidate {
  readonly step: Step;
  readonly isListed: boolean;
  readonly doubt: Doubt | null;
}

/** What is in the calendar and not desired: left alone, or to be deleted if the guard lets it. */
function findUndesired({ desired, remote, policy, others = new Map() }: PlanOptions): {
  readonly left: readonly Step[];
  readonly candidates: readonly Candidate[];
} {
  const left: Step[] = [];
  const candidates: Candidate[] = [];
  const isWanted = (name: string): boolean => desired.objects.has(name) || desired.unwritable?.has(name) === true;
  const undesired = [...remote].filter(([name, { isOurs }]) => !isWanted(name) && (isOurs || !others.has(name)));
  for (const [name, { isOurs, theirs, base, title, project = null }] of undesired) {
    const object = { name, title };
    if (!isOurs) left.push(step('leave', object, FOREIGN));
    else if (policy === 'keep' && theirs !== base)
      left.push(step('leave', object, 'No longer wanted, but it was edited in the calendar'));
    else {
      const isListed = desired.lists(name, project);
      const why = isListed ? 'This calendar no longer shows it' : notListed(name);
      candidates.push({ step: step('delete', object, why), isListed, doubt: desired.doubtOf(name, project) });
    }
  }
  // What others made goes only if an operator agrees.
  const doubt = { reason: othersSentence(others.size), canForce: true };
  for (const [name, { title }] of others)
    candidates.push({ step: { ...step('delete', { name, title }, OF_OTHERS), isOther: true }, isListed: false, doubt });
  return { left, candidates };
}

/** Which deletions are applied, and which are held back. */
function guardDeletions(
  candidates: readonly Candidate[],
  { desired, deletionGuard, owned, force }: PlanOptions,
): { readonly deletions: readonly Step[]; readonly heldBack: HeldBack | null } {
  const stepsOf = (some: readonly Candidate[]): Step[] => some.map((one) => one.step);
  const doubt = doubtOfAll(desired);
  if (doubt !== null && candidates.length > 0)
    return { deletions: [], heldBack: { deletions: stepsOf(candidates), reason: doubt, digest: null } };

  const firm = candidates.filter((one) => one.doubt?.canForce === false);
  const soft = candidates.filter((one) => one.doubt?.canForce === true);
  const unlisted = candidates.filter((one) => one.doubt === null && !one.isListed);
  const lost = unlisted.length + soft.filter(({ step: { isOther } }) => !isOther).length;
  const isTooMany = exceeds(deletionGuard, lost, owned);
  const forceable = isTooMany ? [...soft, ...unlisted] : soft;
  const digest = forceable.length === 0 ? null : digestOf(forceable.map((one) => one.step.name));
  const isForced = digest !== null && force === digest;
  const pending = isForced ? firm : [...firm, ...forceable];
  const deletions = stepsOf(candidates.filter((one) => !pending.includes(one)));
  if (pending.length === 0) return { deletions, heldBack: null };
  const tooMany = tooManySentence(stepsOf(unlisted), lost, { owned, deletionGuard });
  const reason = sentences([...pending.map((one) => one.doubt?.reason), isTooMany && !isForced ? tooMany : undefined]);
  return { deletions, heldBack: { deletions: stepsOf(pending), reason, digest: isForced ? null : digest } };
}

const doubtOfAll = ({ doubt, total }: DesiredState): string | null =>
  doubt ?? (total === 0 ? 'Plane lists nothing at all.' : null);

const notListed = (name: string): string =>
  isForeignName(name) ? 'Its source no longer lists it' : 'Plane no longer lists it';

type Decision = readonly [action: Step['action'], reason: string];

/** Compares three fingerprints: desired, remote, last written. */
function decide({ name, fp }: MirrorObject, { isOurs, theirs, base }: RemoteObject, policy: ConflictPolicy): Decision {
  if (!isOurs) return ['leave', FOREIGN];
  const where = isForeignName(name) ? 'at its source' : 'in Plane';
  if (theirs === base) return ['update', `It changed ${where}`];
  if (policy === 'keep') return ['leave', 'It was edited in the calendar'];
  return ['update', base === fp ? 'It was edited in the calendar' : `It changed ${where} and in the calendar`];
}

function decideMissing({ name }: MirrorObject, known: ReadonlySet<string>, policy: ConflictPolicy): Decision {
  if (!known.has(name)) return ['create', 'It is new'];
  if (policy === 'keep') return ['leave', 'It was deleted in the calendar'];
  return ['create', 'It was deleted in the calendar'];
}

function step(action: Step['action'], { name, title }: Pick<Step, 'name' | 'title'>, reason: string): Step {
  return { action, name, title, reason };
}
