import type { Clock } from '../domain/ports.ts';
import type { Problem } from '../domain/health.ts';
import type { Log } from '../lib/log.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import type { WebhookSecrets } from '../sources/plane/webhook/secrets.ts';

/** Stored secrets that can't be decrypted, because they were sealed with another key. */

export interface SealedOptions {
  readonly secrets: Pick<WebhookSecrets, 'isUnreadable'>;
  readonly mirrors: Pick<MirrorRegistry, 'known'>;
  readonly calendars: Pick<CalendarRegistry, 'known'>;
  readonly now: Clock;
  readonly log: Log;
}

/** Reports secrets that can't be decrypted. */
export interface Sealed {
  /** A problem for each secret that has to be entered again. */
  problems(): readonly Problem[];
  /** Logs which problems are new since the last call, and which have ended. */
  check(): void;
}

const CAUSE =
  "can't be decrypted: it was sealed with another key than the current SECRET_KEY, or the file secret-key in DATA_DIR.";
const OR = 'Restore the old key and restart, or';

export function createSealed({ secrets, mirrors, calendars, now, log }: SealedOptions): Sealed {
  const since = now();
  let logged: readonly string[] = [];

  function problems(): Problem[] {
    const isLocked = (one: { readonly config: { readonly secrets: object | null } }): boolean =>
      one.config.secrets === null;
    const locked = mirrors.known().filter(isLocked);
    const lockedCalendars = calendars.known().filter(isLocked);
    return [
      ...(secrets.isUnreadable()
        ? [problem('webhook', `The webhook secret that was entered on the page ${CAUSE} ${OR} enter it again.`)]
        : []),
      ...locked.map(({ config: { name } }) =>
        problem('mirror', `The password of the mirror "${name}" ${CAUSE} ${OR} enter it again.`),
      ),
      ...lockedCalendars.map(({ config: { name } }) =>
        problem('source', `The address of the calendar "${name}" ${CAUSE} ${OR} enter it again.`),
      ),
    ];
  }

  function problem(part: Problem['part'], message: string): Problem {
    return { part, message, since, until: null };
  }

  return {
    problems,
    check: () => {
      const found = problems().map(({ message }) => message);
      for (const reason of found)
        if (!logged.includes(reason)) log.error({ reason }, "a stored secret can't be decrypted");
      for (const reason of logged) if (!found.includes(reason)) log.info({ reason }, 'a stored secret was replaced');
      logged = found;
    },
  };
}
