import type { Clock } from '../../../domain/ports.ts';
import type { Problem } from '../../../domain/health.ts';
import type { Log } from '../../../lib/log.ts';

/** Something about Plane's answers that was not believed. */
export interface AnswerFault {
  /** What happened, and what follows: sentences that name the field and the address. */
  readonly message: string;
  /** When it will be believed after all, in milliseconds since the epoch. */
  readonly until?: number | null;
  /** Set where an administrator may accept it at once. */
  readonly removal?: { readonly projectId: string };
}

/** What is wrong with Plane's answers at the moment. */
export interface Faults {
  /** The state of one thing that is read from Plane; null when all is right with it. Logs when a fault begins and when it is over. */
  set(key: string, fault: AnswerFault | null): void;
  has(key: string): boolean;
  /** True while something of that project is at fault: its id is part of the key. */
  affects(projectId: string): boolean;
  /** Ends what has that project's id, or that address, in its key. */
  forget(part: string): void;
  problems(): readonly Problem[];
}

/** Which version of Plane answers. */
export interface PlaneVersion {
  /** Asks Plane where that is not known; null where it can't be learnt. Never rejects. */
  read(): Promise<string | null>;
  /** As last learnt. */
  last(): string | null;
}

export interface FaultsOptions {
  readonly now: Clock;
  readonly log: Log;
  /** Not known without. */
  readonly version?: PlaneVersion;
}

export function createFaults({ now, log, version }: FaultsOptions): Faults {
  const faults = new Map<string, { readonly fault: AnswerFault; readonly since: number }>();

  /** With the version, which helps to find the same fault elsewhere. */
  function whole(message: string): string {
    const name = version?.last() ?? null;
    return name === null ? message : `${message} Plane's version is ${name}.`;
  }

  async function logBegin(message: string): Promise<void> {
    const plane = (await version?.read()) ?? null;
    log.warn({ reason: message, plane }, "an answer of Plane's is not believed");
  }

  const isReported = (message: string): boolean => [...faults.values()].some(({ fault }) => fault.message === message);

  function set(key: string, fault: AnswerFault | null): void {
    const known = faults.get(key);
    // One answer may be at fault for several things that are read: it is logged once.
    const isNew = fault !== null && !known && !isReported(fault.message);
    if (fault === null) faults.delete(key);
    else faults.set(key, { fault, since: known?.since ?? now() });
    if (isNew) void logBegin(fault.message);
    if (known && fault === null && !isReported(known.fault.message))
      log.info({ reason: known.fault.message }, "an answer of Plane's is right again");
  }

  return {
    set,
    forget: (part) => {
      for (const key of [...faults.keys()]) if (key.includes(part)) set(key, null);
    },
    has: (key) => faults.has(key),
    affects: (projectId) => [...faults.keys()].some((key) => key.includes(projectId)),
    problems: () => {
      const problems = new Map<string, Problem>();
      for (const { fault, since } of faults.values()) {
        const { message, until = null, removal } = fault;
        // One list may be read for several projects.
        if (problems.has(message)) continue;
        problems.set(message, { part: 'plane', message: whole(message), since, until, ...(removal && { removal }) });
      }
      return [...problems.values()];
    },
  };
}
