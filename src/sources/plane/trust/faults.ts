import type { Clock } from '../../../domain/ports.ts';
import type { Problem } from '../../../domain/health.ts';
import type { Log } from '../../../lib/log.ts';

/** Something in Plane's answers that was rejected. */
export interface AnswerFault {
  /** What happened, and what follows: sentences that name the field and the address. */
  readonly message: string;
  /** When it will be accepted after all, in milliseconds since the epoch; null if that is not known. */
  readonly until?: number | null;
  /** Set if an administrator may accept it at once. */
  readonly removal?: { readonly projectId: string };
}

/** What is wrong with Plane's answers now. */
export interface Faults {
  /** Sets or, with null, clears the fault of one thing that is read from Plane. Logs when a fault begins and when it ends. */
  set(key: string, fault: AnswerFault | null): void;
  has(key: string): boolean;
  /** True while there is a fault in that project, whose id is part of the key. */
  affects(projectId: string): boolean;
  /** Clears the faults whose key contains that project id or address. */
  forget(part: string): void;
  problems(): readonly Problem[];
}

/** Which version of Plane answers. */
export interface PlaneVersion {
  /** Asks Plane unless the version is known; null if it can't be read. Never rejects. */
  read(): Promise<string | null>;
  /** As last read; null if it never was. */
  last(): string | null;
}

export interface FaultsOptions {
  readonly now: Clock;
  readonly log: Log;
  /** Added to messages. */
  readonly version?: PlaneVersion;
}

export function createFaults({ now, log, version }: FaultsOptions): Faults {
  const faults = new Map<string, { readonly fault: AnswerFault; readonly since: number }>();

  /** The message with Plane's version, which helps to find the same fault elsewhere. */
  function withVersion(message: string): string {
    const name = version?.last() ?? null;
    return name === null ? message : `${message} Plane's version is ${name}.`;
  }

  async function logBegin(message: string): Promise<void> {
    const plane = (await version?.read()) ?? null;
    log.warn({ reason: message, plane }, "an answer of Plane's was rejected");
  }

  const isReported = (message: string): boolean => [...faults.values()].some(({ fault }) => fault.message === message);

  function set(key: string, fault: AnswerFault | null): void {
    const known = faults.get(key);
    // One answer may cause several faults: it is logged once.
    const isNew = fault !== null && !known && !isReported(fault.message);
    if (fault === null) faults.delete(key);
    else faults.set(key, { fault, since: known?.since ?? now() });
    if (isNew) void logBegin(fault.message);
    if (known && fault === null && !isReported(known.fault.message))
      log.info({ reason: known.fault.message }, "an answer of Plane's is valid again");
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
        // One list may be used for several projects.
        if (problems.has(message)) continue;
        problems.set(message, {
          part: 'plane',
          message: withVersion(message),
          since,
          until,
          ...(removal && { removal }),
        });
      }
      return [...problems.values()];
    },
  };
}
