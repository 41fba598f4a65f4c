import type { Problem } from '../domain/health.ts';
import type { ManagedMirror } from './managed-mirror.ts';

/** Problems of mirrors, as health, page, doctor and metrics report them. */

/** Why the settings MIRROR_* can't be applied, and since when, in milliseconds since the epoch. */
export interface SettingsTrouble {
  readonly reason: string;
  readonly since: number;
}

/** What was not done, and which deletions are held back, of each mirror that is not paused. */
export function problemsOf(
  mirrors: readonly Pick<ManagedMirror, 'config' | 'status'>[],
  settings: SettingsTrouble | null,
): Problem[] {
  const problems = mirrors.flatMap(({ config, status }): Problem[] => {
    // Secrets that can't be read are a problem of their own.
    if (config.secrets === null || config.paused) return [];
    const { failing, heldBack, nextRun: until } = status();
    const problem = (message: string, since: number): Problem => ({
      part: 'mirror',
      message: `The mirror "${config.name}": ${message}`,
      since,
      until,
    });
    return [
      ...(failing ? [problem(failing.error.message, failing.since)] : []),
      ...(heldBack ? [problem(`${deletionsAre(heldBack.count)} held back. ${heldBack.reason}`, heldBack.since)] : []),
    ];
  });
  if (settings === null) return problems;
  const message = `The settings MIRROR_* can't be applied yet: ${settings.reason}`;
  return [...problems, { part: 'mirror', message, since: settings.since, until: null }];
}

const deletionsAre = (count: number): string => (count === 1 ? '1 deletion is' : `${count} deletions are`);
