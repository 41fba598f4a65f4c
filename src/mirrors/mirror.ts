import type { Login, Secrets, Server } from '../caldav/login.ts';
import type { FeedOptions, View } from '../domain/feed.ts';
import { viewOf, type NamedDefinition } from '../feeds/definition.ts';
import { AppError } from '../domain/errors.ts';
import type { DeletionGuard } from './sync/deletion-guard.ts';
import type { ConflictPolicy } from './sync/plan.ts';

/** The configuration of a mirror: a view of Plane, a server with a login, and a calendar there. */

/**
 * A calendar chosen by its address; by its name alone, and then it is created when there is none; or by neither, where the server's
 * address is that of a calendar. Beside an address, the name is the one the calendar had when it was chosen.
 */
export interface CalendarChoice {
  readonly url: string | null;
  readonly name: string | null;
}

/** A mirror without its secrets. */
export interface MirrorDefinition extends NamedDefinition {
  readonly id: string;
  /** Part of the name of each object; never changes. */
  readonly mirrorId: string;
  readonly server: Server;
  readonly calendar: CalendarChoice;
  readonly policy: ConflictPolicy;
  readonly deletionGuard: DeletionGuard;
  readonly checkSeconds: number;
  /** Whether events of foreign calendars that are over are shown too. */
  readonly pastEvents: boolean;
  /** false: the calendar belongs to the mirror, and what others make in it is removed. */
  readonly keepOthers: boolean;
  readonly paused: boolean;
  readonly createdAt: number;
}

/** A mirror with its secrets, and where it comes from. */
export interface MirrorConfig extends MirrorDefinition {
  readonly from: 'settings' | 'api';
  /** The name by which the calendar was chosen, or "". While it stays the same, the calendar that was found is used. */
  readonly anchor: string;
  /** null where they were sealed with another key. */
  readonly secrets: Secrets | null;
}

/** The anchor of a mirror with this choice of calendar. */
export function anchorOf({ url, name }: CalendarChoice): string {
  return url === null ? (name ?? '') : '';
}

/** What the mirror shows. */
export function mirrorView(definition: MirrorDefinition, defaults: FeedOptions): View {
  return viewOf(definition, defaults);
}

/** What the mirror shows of foreign calendars: from the current day on, unless it is to show past events or its options say how many. */
export function calendarsView(definition: MirrorDefinition, defaults: FeedOptions): View {
  const view = mirrorView(definition, defaults);
  const isLimited = !definition.pastEvents && definition.options.past === undefined;
  return isLimited ? { ...view, options: { ...view.options, past: 0 } } : view;
}

/** The kind of component that its calendar must accept. */
export function componentOf({ options }: View): 'VTODO' | 'VEVENT' {
  return options.as === 'todo' ? 'VTODO' : 'VEVENT';
}

/** The login of a mirror. Throws `caldav_key` where its secrets can't be read. */
export function loginOf({ server, secrets }: MirrorConfig): Login {
  if (secrets) return { server, secrets };
  throw new AppError('caldav_key', 'The password was stored with another SECRET_KEY. Enter it again.');
}

/** Throws `invalid` when another mirror writes into the same account under the same names: some servers allow each UID once per user. */
export function rejectSharedNames({ id, mirrorId, server }: MirrorConfig, others: readonly MirrorConfig[]): void {
  const other = others.find(
    (one) => one.id !== id && one.mirrorId === mirrorId && accountKey(one.server) === accountKey(server),
  );
  if (!other) return;
  throw new AppError(
    'invalid',
    `The mirror "${other.name}" writes into this account under the same names ("${mirrorId}"). ` +
      'Edit that one, or give this one another "mirror_id".',
  );
}

const accountKey = ({ url, username, oauth }: Server): string =>
  `${new URL(url).origin} ${username ?? oauth?.clientId ?? ''}`;
