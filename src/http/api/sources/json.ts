import type { ManagedSource } from '../../../sources/calendars/managed-source.ts';
import type { Trial } from '../../../sources/calendars/trial.ts';
import type { HoursJson } from './hours.ts';
import type { SourceJson, SourceStateJson, TrialJson } from './responses.ts';

/** Sources as the API returns them; never with a password, or with an address that may be secret. */

/** One source. */
export function sourceJson(source: ManagedSource, hours: HoursJson): SourceJson {
  const { config, status } = source;
  const { id, name, kind, server } = config;
  return {
    name,
    kind,
    url: server.url,
    username: server.username,
    auth: server.auth,
    tls_verify: server.verify,
    timezone: config.timezone,
    refresh_seconds: config.refreshSeconds,
    user_agent: config.userAgent,
    color: config.color,
    attendees: config.keepAttendees ? 'keep' : 'remove',
    timesheet: hours(config.timesheet),
    calendar_name: status().calendar?.about.name ?? null,
    created: iso(config.createdAt),
    ...sourceStateJson(source),
    id,
  };
}

/** How it is doing. */
export function sourceStateJson({ config, status }: ManagedSource): SourceStateJson {
  const { state, calendar, checkedAt, changedAt, nextAt, failure, pausedUntil } = status();
  return {
    id: config.id,
    state,
    components: calendar?.groups.size ?? 0,
    last_check: orNull(checkedAt),
    last_change: orNull(changedAt),
    next_check: orNull(nextAt),
    error: failure?.error.message ?? null,
    error_since: orNull(failure?.since ?? null),
    paused_until: orNull(pausedUntil),
    stale: calendar?.about.stale.length ?? 0,
    dropped: (calendar?.about.dropped ?? []).map(({ line, reason }) => ({ line, reason })),
  };
}

/** What a source would have. */
export function trialJson({ name, components, instances, recurring, first, last, zones, dropped }: Trial): TrialJson {
  return {
    name,
    components,
    instances,
    recurring,
    first,
    last,
    zones: { known: [...zones.known], guessed: [...zones.guessed], unknown: [...zones.unknown] },
    dropped: dropped.map(({ line, reason }) => ({ line, reason })),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

const orNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
