import { AppError } from '../../domain/errors.ts';
import type { Collection, ListedResource, StoredResource } from '../../domain/collection.ts';
import { inspect } from './fingerprint.ts';
import { isOwnName } from './object.ts';

/** What others made in a calendar that belongs to a mirror. */

/** Something in the calendar that no mirror made. */
export interface OtherObject {
  readonly stored: StoredResource;
  readonly title: string;
}

/** Throws `invalid` for a calendar from which a mirror must not remove what others made. */
export async function rejectScheduling(collection: Pick<Collection, 'schedules'>): Promise<void> {
  if (!(await collection.schedules())) return;
  throw new AppError(
    'invalid',
    "This mirror can't have the calendar to itself: its server sends cancellations to the guests of a meeting that is removed " +
      '(calendar-auto-schedule). Keep what others have in it, or choose a calendar of another server.',
  );
}

/** What others made, and why some of it could not be read; null where all could. */
export interface OthersFound {
  readonly others: ReadonlyMap<string, OtherObject>;
  readonly unread: AppError | null;
}

/** Reads what was listed and is not this mirror's, and leaves out what another mirror made, and what can't be read. */
export async function readOthers(collection: Collection, unowned: readonly ListedResource[]): Promise<OthersFound> {
  const others = new Map<string, OtherObject>();
  const skipped: AppError[] = [];
  const read = unowned.length === 0 ? [] : await collection.read(unowned, (_name, error) => skipped.push(error));
  for (const [name, stored] of read) {
    const seen = inspect(stored.text);
    const isOfMirror = seen?.mirrorId != null && isOwnName(`${seen.uid}.ics`, seen.mirrorId);
    if (!isOfMirror) others.set(name, { stored, title: seen?.title ?? name });
  }
  const [first] = skipped;
  return {
    others,
    unread: first ? new AppError('caldav_refused', `${first.message} It stays in the calendar.`) : null,
  };
}
