import type { Problem } from '../../domain/health.ts';
import { truncate } from '../../lib/truncate.ts';
import { isUnconfirmed } from './failures.ts';
import type { ManagedSource, SourceStatus } from './managed-source.ts';
import type { CalendarAbout } from './state/calendar-state.ts';

/** Problems of sources, as health, page, doctor and metrics report them. */

/** Why each can't be read, and what is shown as it last was. */
export function problemsOf(sources: readonly Pick<ManagedSource, 'config' | 'status'>[]): Problem[] {
  return sources.flatMap(({ config, status }) => {
    // An address that can't be opened is a problem of its own.
    const found = config.secrets === null ? null : problemOf(status(), config.id);
    return found ? [{ ...found, message: `The calendar "${config.name}": ${found.message}` }] : [];
  });
}

function problemOf(status: SourceStatus, sourceId: string): Problem | null {
  const { failure, nextAt, pausedUntil, calendar, checkedAt } = status;
  if (failure) {
    const { error, since } = failure;
    const problem: Problem = { part: 'source', message: error.message, since, until: pausedUntil ?? nextAt };
    return isUnconfirmed(error) ? { ...problem, removal: { sourceId } } : problem;
  }
  const message = calendar && staleInWords(calendar.about);
  return message === null ? null : { part: 'source', message, since: checkedAt ?? 0, until: nextAt };
}

function staleInWords({ stale, dropped: [first] }: CalendarAbout): string | null {
  if (stale.length === 0) return null;
  const where = first ? ` (line ${first.line}: ${truncate(first.reason, 200)})` : '';
  const events = stale.length === 1 ? '1 event' : `${stale.length} events`;
  return `${events} can't be read now, and stay as they last were${where}.`;
}
