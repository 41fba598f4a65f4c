import { errorCode } from '../../domain/errors.ts';
import type { Collection, StoredResource, WriteOutcome } from '../../domain/collection.ts';
import { isStrongTag } from '../../lib/entity-tag.ts';
import { inspect } from './fingerprint.ts';
import type { OtherObject } from './others.ts';
import type { MirrorObject } from './object.ts';
import type { RemoteObject, Step } from './plan.ts';
import { isUnchanged, type Found, type RemoteState } from './remote.ts';
import type { SyncState } from './state.ts';

/** One step of a plan: the conditional write, and what is remembered of it. */

export interface StepOptions {
  readonly collection: Collection;
  readonly mirrorId: string;
  readonly objects: ReadonlyMap<string, MirrorObject>;
  readonly remote: RemoteState;
  /** What others made, as it was read. */
  readonly others?: ReadonlyMap<string, OtherObject>;
  readonly state: SyncState;
}

type Target = Omit<Found, 'stored'>;
type Done = Extract<WriteOutcome, { readonly kind: 'done' }>;

const DONE: WriteOutcome = { kind: 'done', etag: null };
const CHANGED: WriteOutcome = { kind: 'conflict', reason: 'It changed since it was read.' };
const NOT_STORED: WriteOutcome = {
  kind: 'conflict',
  reason: 'The server says that it was written, but the calendar has another version of it.',
};

/** Writes one step, under the condition that the resource is as it was read. Throws what the calendar throws. */
export async function writeStep(step: Step, options: StepOptions): Promise<WriteOutcome> {
  const { collection, mirrorId, objects, remote } = options;
  const { action, name } = step;
  if (step.isOther) return removeOther(name, options);
  const object = objects.get(name);
  const target = targetOf(step, remote);
  const isAsRead = (text: string): boolean => target !== undefined && isUnchanged(text, target, mirrorId);
  if (action === 'delete') {
    if (!target) return DONE;
    return (await conflictAt(target, options)) ?? collection.remove(target.listed, isAsRead);
  }
  if (!object) throw new Error('the plan was made for other objects');
  const isOurs = (text: string): boolean => inspect(text)?.fp === object.fp;
  if (!target) return collection.put(name, object.text, { ifNoneMatch: true }, isOurs);
  const conflict = await conflictAt(target, options);
  if (conflict) return conflict;
  const { listed } = target;
  if (listed.name !== name) return collection.replace(listed, object.text, isOurs, isAsRead);
  const condition = isStrongTag(listed.etag) ? { ifMatch: listed.etag } : { ifRead: isAsRead };
  return collection.put(name, object.text, condition, isOurs);
}

/** Removes what others made, only as it was read and saved. */
async function removeOther(name: string, { collection, others }: StepOptions): Promise<WriteOutcome> {
  const stored = others?.get(name)?.stored;
  return stored ? collection.remove(stored, (text) => text === stored.text) : DONE;
}

/** A resource with a name chosen by the server is read before it is written: its tag alone does not prove that it is still ours. */
async function conflictAt(target: Target, { collection, mirrorId }: StepOptions): Promise<WriteOutcome | null> {
  const { listed, name } = target;
  if (listed.name === name || !isStrongTag(listed.etag)) return null;
  const current = (await collection.read([listed])).get(listed.name);
  return current && !isUnchanged(current.text, target, mirrorId) ? CHANGED : null;
}

/** The resource that a step is about; undefined where the calendar has none. */
function targetOf({ name, isCopy }: Step, remote: RemoteState): Target | undefined {
  if (isCopy) return remote.copies.get(name);
  const [listed, object] = [remote.listed.get(name), remote.objects.get(name)];
  return listed && object && { name, listed, object };
}

/**
 * Remembers a step that was carried out, and returns its outcome. Where the answer had no strong tag, the resource is read: a server may refuse
 * a write and still answer that it is done, and then nothing is remembered.
 */
export async function rememberStep(step: Step, outcome: Done, options: StepOptions): Promise<WriteOutcome> {
  const { objects, remote, state } = options;
  const { action, name } = step;
  if (step.isCopy || step.isOther) return outcome;
  const object = objects.get(name);
  if (action === 'delete' || !object) {
    state.setRefused(name, null);
    state.setObject(name, null);
    return outcome;
  }
  const { fp, title, projectId: project } = object;
  const { etag } = outcome;
  const place = placeOf(action, remote.objects.get(name));
  const written: RemoteObject = { etag: etag ?? '', isOurs: true, theirs: fp, base: fp, title, project, ...place };
  const stored = etag === null ? await readBack(name, options) : null;
  const current = stored === null ? written : asStored(written, stored);
  if (current === null) return NOT_STORED;
  state.setRefused(name, null);
  state.setObject(name, current);
  return outcome;
}

function placeOf(action: Step['action'], old: RemoteObject | undefined): Pick<RemoteObject, 'isFresh' | 'at'> {
  if (action === 'create' || old?.isFresh) return { isFresh: true };
  return old?.at ? { at: old.at } : {};
}

/**
 * A server that sends no tag may have changed what it stores. What it made of our text then counts as what we wrote. Returns null for another
 * text than ours.
 */
function asStored(written: RemoteObject, { text, etag }: StoredResource): RemoteObject | null {
  const seen = inspect(text);
  if (seen?.base !== written.base) return null;
  return { ...written, etag: etag ?? '', ...(seen.fp !== written.theirs && { stored: seen.fp }) };
}

/** Null where nothing is there, or the server doesn't answer. */
async function readBack(name: string, { collection, remote }: StepOptions): Promise<StoredResource | null> {
  const listed = remote.listed.get(name);
  try {
    if (!listed || listed.name === name) return await collection.readOne(name);
    return (await collection.read([listed])).get(listed.name) ?? null;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return null;
  }
}
