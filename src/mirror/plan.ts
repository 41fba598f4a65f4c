import { digestOf, holds, type Brake } from './brake.ts';
import type { MirrorObject } from './object.ts';

/** What a run is to do, decided from what Plane has, what the calendar has and what we last wrote. Pure: no request, no clock. */

/** What Plane has, as objects. */
export interface Wanted {
  readonly objects: ReadonlyMap<string, MirrorObject>;
  /** Whether Plane still lists what an object of that name was made of, shown in this calendar or not. */
  readonly lists: (name: string) => boolean;
  /** How much Plane lists in the scope of the mirror, shown or not. */
  readonly total: number;
  /** Why what is missing here may still be in Plane: a whole sentence; null when all of it was read just now. */
  readonly doubt: string | null;
}

/** What stands under a name of ours. */
export interface Held {
  /** Its entity tag when we saw it; "" where that is not known. */
  readonly etag: string;
  /** Name, UID and marker are ours; else it is foreign, whatever it is called. */
  readonly isOurs: boolean;
  /** What it says, and what it said when we wrote it. */
  readonly theirs: string;
  readonly base: string;
  readonly title: string;
}

/** An object that the server would not take. */
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
}

/** Deletions that are not done. */
export interface Withheld {
  readonly deletions: readonly Step[];
  readonly reason: string;
  /** By which they can be applied by hand; null where nothing may. */
  readonly digest: string | null;
}

/** What a run would do. What needs nothing is only counted. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly unchanged: number;
  readonly withheld: Withheld | null;
}

export interface PlanOptions {
  readonly wanted: Wanted;
  /** What stands in the calendar under names of ours, foreign ones among it. */
  readonly held: ReadonlyMap<string, Held>;
  /** Names we once wrote and never removed. */
  readonly known: ReadonlySet<string>;
  readonly refused: ReadonlyMap<string, Refused>;
  readonly policy: ConflictPolicy;
  readonly brake: Brake;
  /** Objects the mirror owns, of which the brake counts a share. */
  readonly owned: number;
  /** The digest of withheld deletions that somebody wants done. */
  readonly force?: string | undefined;
}

const FOREIGN = 'It was not made by this mirror, although it has one of its names';

/** The plan. Every deletion needs that all of Plane was read, and that it lists anything at all. */
export function makePlan({ wanted, held, known, refused, policy, brake, owned, force }: PlanOptions): Plan {
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
      steps.push(step('leave', object.name, object.title, `The server refused it: ${refusal.reason}`));
    else steps.push(step(action, object.name, object.title, reason));
  }

  /** Taken out by the definition of the mirror, or by Plane. */
  const out: Step[] = [];
  const gone: Step[] = [];
  for (const [name, there] of held) {
    if (wanted.objects.has(name)) continue;
    if (!there.isOurs) steps.push(step('leave', name, there.title, FOREIGN));
    else if (policy === 'keep' && there.theirs !== there.base)
      steps.push(step('leave', name, there.title, 'No longer wanted, but it was edited in the calendar'));
    else if (wanted.lists(name)) out.push(step('delete', name, there.title, 'This calendar no longer shows it'));
    else gone.push(step('delete', name, there.title, 'Plane no longer lists it'));
  }

  const doubt = wanted.total === 0 ? (wanted.doubt ?? 'Plane lists nothing at all.') : wanted.doubt;
  if (doubt !== null) {
    const deletions = [...out, ...gone];
    return { steps, unchanged, withheld: deletions.length === 0 ? null : { deletions, reason: doubt, digest: null } };
  }
  const digest = digestOf(gone.map(({ name }) => name));
  if (!holds(brake, gone.length, owned) || force === digest)
    return { steps: [...steps, ...out, ...gone], unchanged, withheld: null };
  const reason =
    `Plane no longer lists ${gone.length} of ${owned} objects, ` +
    `which is more than ${brake.count} and more than ${brake.percent} %.`;
  return { steps: [...steps, ...out], unchanged, withheld: { deletions: gone, reason, digest } };
}

type Decision = readonly [action: Step['action'], reason: string];

/** Three fingerprints: what we want, what is there, what we last wrote. */
function decide({ fp }: MirrorObject, { isOurs, theirs, base }: Held, policy: ConflictPolicy): Decision {
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

function step(action: Step['action'], name: string, title: string, reason: string): Step {
  return { action, name, title, reason };
}
