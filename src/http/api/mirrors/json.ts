import type { ConnectionTest } from '../../../caldav/discovery.ts';
import type { CombinedSource } from '../../../domain/ports.ts';
import type { ManagedMirror } from '../../../mirrors/managed-mirror.ts';
import type { RunPlan } from '../../../mirrors/runner.ts';
import type { HeldBack, Step } from '../../../mirrors/sync/plan.ts';
import type { RunReport } from '../../../mirrors/sync/report.ts';
import type { Trouble } from '../../../mirrors/sync/apply.ts';
import { createNames } from '../links/json.ts';
import type { HeldBackJson, MirrorJson, PlanJson, RunJson, StepJson, TestJson } from './responses.ts';

/** Mirrors as the API returns them; never with a password. */

/** One mirror. */
export async function mirrorJson({ config, status }: ManagedMirror, source: CombinedSource): Promise<MirrorJson> {
  const { id, name, scope, options, server, policy, deletionGuard, checkSeconds, from, paused } = config;
  const { state, progress, lastRun, nextRun, heldBack, calendar } = status();
  return {
    id,
    name,
    mirror_id: config.mirrorId,
    scope: await createNames(source, null).scope(scope),
    options,
    server: { url: server.url, username: server.username, auth: server.auth, tls_verify: server.verify },
    calendar,
    conflict: policy,
    max_delete: `${deletionGuard.count},${deletionGuard.percent}%`,
    check_seconds: checkSeconds,
    past_events: config.pastEvents,
    keep_others: config.keepOthers,
    from,
    paused,
    state,
    progress,
    last_run: lastRun && runJson(id, lastRun),
    next_run: nextRun === null ? null : iso(nextRun),
    held_back: heldBack && heldBackJson(heldBack, heldBack.count),
  };
}

/** One run. */
export function runJson(mirror: string, { startedAt, endedAt, counts, troubles, error }: RunReport): RunJson {
  return {
    mirror,
    at: iso(startedAt),
    duration_seconds: (endedAt - startedAt) / 1000,
    ok: error === null,
    created: counts.created,
    changed: counts.updated,
    deleted: counts.deleted,
    unchanged: counts.unchanged,
    held_back: counts.heldBack,
    errors: [...(error ? [error.message] : []), ...troubles.map(troubleSentence)],
  };
}

/** What a run would do. */
export function planJson({ createsCalendar, steps, unchanged, heldBack, error }: RunPlan): PlanJson {
  return {
    creates_calendar: createsCalendar,
    steps: steps.map(stepJson),
    unchanged,
    held_back: heldBack && heldBackJson(heldBack, heldBack.deletions.length),
    error: error?.message ?? null,
  };
}

/** The steps of a connection test. */
export function testJson({ steps, calendars, incomplete, error }: ConnectionTest): TestJson {
  return {
    steps: [...steps],
    calendars: calendars.map(({ url, displayName: name, components, writable, color }) => ({
      url,
      name,
      components: [...components],
      writable,
      color,
    })),
    incomplete: incomplete?.message ?? null,
    error: error?.message ?? null,
  };
}

/** An object and its problem, as a sentence. */
export function troubleSentence({ title, reason }: Trouble): string {
  return `"${title}": ${reason.replace(/\.?$/, '.')}`;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function heldBackJson({ deletions, reason, digest }: HeldBack, count: number): HeldBackJson {
  return { count, deletions: deletions.map(stepJson), reason, digest };
}

function stepJson({ action, name, title, reason }: Step): StepJson {
  return { action, name, title, reason };
}
