import type { Problem } from '../domain/health.ts';
import type { MirrorRunner } from './runner.ts';

/** What is wrong with mirrors, as health, page, doctor and metrics report it. */

/** Why the settings MIRROR_* can't be followed, and since when, in milliseconds since the epoch. */
export interface Trouble {
  readonly reason: string;
  readonly since: number;
}

/** Of each mirror that is not paused: what was not done, and which deletions wait for a decision. */
export function problemsOf(
  lives: readonly Pick<MirrorRunner, 'spec' | 'status'>[],
  settings: Trouble | null,
): Problem[] {
  const problems = lives.flatMap(({ spec, status }): Problem[] => {
    // Secrets that can't be read are a problem of their own.
    if (spec.secrets === null) return [];
    if (spec.paused) return [];
    const { failing, withheld, nextRun: until } = status();
    const named = (message: string, since: number): Problem => ({
      part: 'mirror',
      message: `The mirror "${spec.name}": ${message}`,
      since,
      until,
    });
    return [
      ...(failing ? [named(failing.error.message, failing.since)] : []),
      ...(withheld ? [named(`${heldBack(withheld.count)} held back. ${withheld.reason}`, withheld.since)] : []),
    ];
  });
  if (settings === null) return problems;
  const message = `The settings MIRROR_* can't be followed yet: ${settings.reason}`;
  return [...problems, { part: 'mirror', message, since: settings.since, until: null }];
}

const heldBack = (count: number): string => (count === 1 ? '1 deletion is' : `${count} deletions are`);
