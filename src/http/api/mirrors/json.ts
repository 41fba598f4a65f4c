import type { Source } from '../../../domain/ports.ts';
import type { RunReport } from '../../../mirrors/backup/history.ts';
import type { Plan, Step, HeldBack } from '../../../mirrors/sync/plan.ts';
import type { Trouble } from '../../../mirrors/sync/apply.ts';
import type { MirrorRunner } from '../../../mirrors/runner.ts';
import { createScopeJson } from '../link-json.ts';

/** Mirrors as the API tells them; a password is never part of it. */

/** One mirror. */
export async function mirrorJson({ spec, status }: MirrorRunner, source: Source): Promise<object> {
  const { id, name, scope, options, server, policy, brake, checkSeconds, from, paused } = spec;
  const { state, progress, lastRun, nextRun, withheld, calendar } = status();
  return {
    id,
    name,
    mirror_id: spec.mirrorId,
    scope: await createScopeJson(source)(scope),
    options,
    server: { url: server.url, username: server.username, auth: server.auth, tls_verify: server.verify },
    calendar,
    conflict: policy,
    max_delete: `${brake.count},${brake.percent}%`,
    check_seconds: checkSeconds,
    from,
    paused,
    state,
    progress,
    last_run: lastRun && runJson(id, lastRun),
    next_run: iso(nextRun),
    withheld: withheld && withheldJson(withheld, withheld.count),
  };
}

/** One run. */
export function runJson(mirror: string, { startedAt, endedAt, counts, troubles, error }: RunReport) {
  return {
    mirror,
    at: iso(startedAt),
    duration_seconds: (endedAt - startedAt) / 1000,
    ok: error === null,
    created: counts.created,
    changed: counts.updated,
    deleted: counts.deleted,
    unchanged: counts.unchanged,
    withheld: counts.withheld,
    errors: [...(error ? [error.message] : []), ...troubles.map(inWords)],
  };
}

/** What a run would do. */
export function planJson({ steps, unchanged, withheld }: Plan): object {
  return {
    steps: steps.map(stepJson),
    unchanged,
    withheld: withheld && withheldJson(withheld, withheld.deletions.length),
  };
}

/** What was in the way of an object, as a sentence. */
export function inWords({ title, reason }: Trouble): string {
  return `"${title}": ${reason.replace(/\.?$/, '.')}`;
}

/** An instant as the API writes it. */
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function withheldJson({ deletions, reason, digest }: HeldBack, count: number): object {
  return { count, deletions: deletions.map(stepJson), reason, digest };
}

function stepJson({ action, name, title, reason }: Step): object {
  return { action, name, title, reason };
}
