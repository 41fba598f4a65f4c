import type { Login, Secrets, Server } from '../../caldav/login.ts';
import { AppError } from '../../domain/errors.ts';
import type { ProjectInfo, ProjectStatus } from '../../domain/ports.ts';
import type { TimesheetSettings } from '../../domain/timesheet.ts';

/** The configuration of a source: a calendar that is not Plane's. */

/** How a calendar is read: by its address, or from a CalDAV server. */
export const SOURCE_KINDS = ['ics', 'caldav'] as const;
/** How a calendar is read. */
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** A source without its secrets. */
export interface SourceDefinition {
  /** "cal-" and ten of [a-z0-9]. */
  readonly id: string;
  /** Unique in any letter case. */
  readonly name: string;
  readonly kind: SourceKind;
  /** Its `url` is what may be shown of the address. */
  readonly server: Server;
  /** IANA name of the zone of floating times, and of those in a zone that nobody knows; null for what the calendar says, else UTC. */
  readonly timezone: string | null;
  /** Seconds between two reads; null for what the calendar asks for, 0 for only on request. */
  readonly refreshSeconds: number | null;
  /** null for our own. */
  readonly userAgent: string | null;
  /** "#rrggbb"; null for what each event says. */
  readonly color: string | null;
  /** Whether feeds show the e-mail addresses of attendees. */
  readonly keepAttendees: boolean;
  /** Whose hours it holds; null for nobody's. */
  readonly timesheet: TimesheetSettings | null;
  readonly createdAt: number;
}

/** What is sealed of a source: its address can be all that protects a calendar. */
export interface SourceSecrets extends Secrets {
  /** The whole address. */
  readonly url: string;
}

/** A source with its secrets. */
export interface SourceConfig extends SourceDefinition {
  /** null where they were sealed with another key. */
  readonly secrets: SourceSecrets | null;
}

/** The login of a source. Throws `source_key` where its secrets can't be read. */
export function sourceLogin({ server, secrets }: Pick<SourceConfig, 'server' | 'secrets'>): Login {
  if (secrets) return { server: { ...server, url: secrets.url }, secrets };
  throw new AppError('source_key', 'The address and password were stored with another SECRET_KEY. Enter them again.');
}

/** A source as the port shows it. `timezone` is what the calendar itself says. */
export function infoOf(
  { id, name, color, timezone, createdAt }: SourceDefinition,
  said: { readonly timezone: string | null; readonly color: string | null } | null,
): ProjectInfo {
  return {
    id,
    identifier: name,
    name,
    color: color ?? said?.color ?? null,
    timezone: timezone ?? said?.timezone ?? 'UTC',
    createdAt,
    archived: false,
  };
}

/** The status of a source that was removed, or that nobody knows. */
export function removedStatus(since: number): ProjectStatus {
  return {
    content: null,
    checkedAt: -Infinity,
    freshUntil: Infinity,
    error: null,
    removed: { reason: 'deleted', since },
    missing: { parts: false, names: false },
    store: () => Promise.resolve(),
  };
}
