import type { Problem } from '../../domain/health.ts';
import { truncate } from '../../lib/truncate.ts';
import { isUnconfirmed } from './failures.ts';
import type { ManagedSource } from './managed-source.ts';

/** Problems of sources, as health, page, doctor and metrics report them. */

/** Why each can't be read, and what is shown as it last was. */
export function problemsOf(sources: readonly Pick<ManagedSource, 'config' | 'status'>[]): Problem[] {
  return sources.flatMap(({ config, status }) => {
    // An address that can't be opened is a problem of its own.
    if (config.secrets === null) return [];
    const { failure, nextAt, pausedUntil, calendar, checkedAt } = status();
    const problem = (message: string, since: number, until: number | null): Problem => ({
      part: 'source',
      message: `The calendar "${config.name}": ${message}`,
      since,
      until,
    });
    if (failure) {
      const found = problem(failure.error.message, failure.since, pausedUntil ?? nextAt);
      return [isUnconfirmed(failure.error) ? { ...found, removal: { sourceId: config.id } } : found];
    }
    const stale = calendar?.about.stale ?? [];
    if (stale.length === 0) return [];
    const [first] = calendar?.about.dropped ?? [];
    const where = first ? ` (line ${first.line}: ${truncate(first.reason, 200)})` : '';
    const events = stale.length === 1 ? '1 event' : `${stale.length} events`;
    return [problem(`${events} can't be read now, and stay as they last were${where}.`, checkedAt ?? 0, nextAt)];
  });
}
