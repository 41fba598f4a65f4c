import type { RequiredPart } from '../../../domain/plane.ts';
import type { Clock, Delay } from '../../../domain/ports.ts';
import type { WantedProject } from '../../followed/wanted.ts';

/** The leader keeps what was requested up to date for two days, so that it need not hear of every request. */
const REPEAT_MS = 3_600_000;
const BATCH_MS = 1_000;

/** The projects and parts that feeds of this server requested. */
export interface Requests {
  /** A feed requested the project with these parts: the leader hears of each once an hour, a second later. */
  requested(projectId: string, parts: readonly RequiredPart[]): void;
  /** The parts of a project that were requested in the last hour. */
  parts(projectId: string): readonly RequiredPart[];
}

export interface RequestsOptions {
  /** Stores it for the leader. */
  readonly send: (projects: readonly WantedProject[]) => Promise<void>;
  readonly now: Clock;
  readonly delay: Delay;
}

/** The items of a project are requested with every part. */
type Requested = RequiredPart | 'items';

export function createRequests({ send, now, delay }: RequestsOptions): Requests {
  const requestedAt = new Map<string, Map<Requested, number>>();
  let unsent = new Map<string, Set<Requested>>();

  const isRecent = (at: number | undefined): boolean => at !== undefined && now() - at < REPEAT_MS;

  async function sendLater(): Promise<void> {
    await delay(BATCH_MS);
    const sent = unsent;
    unsent = new Map();
    try {
      await send([...sent].map(([id, parts]) => ({ id, parts: [...parts].filter((part) => part !== 'items') })));
    } catch {
      // The store reports that it can't be written. The next request of it is sent.
      for (const [id, parts] of sent) for (const part of parts) requestedAt.get(id)?.delete(part);
    }
  }

  return {
    requested: (projectId, parts) => {
      const known = requestedAt.get(projectId) ?? new Map<Requested, number>();
      requestedAt.set(projectId, known);
      const due = (['items', ...parts] as const).filter((part) => !isRecent(known.get(part)));
      if (due.length === 0) return;
      for (const part of due) known.set(part, now());
      if (unsent.size === 0) void sendLater();
      unsent.set(projectId, new Set([...(unsent.get(projectId) ?? []), ...due]));
    },
    parts: (projectId) =>
      [...(requestedAt.get(projectId) ?? [])].flatMap(([part, at]) => (part !== 'items' && isRecent(at) ? [part] : [])),
  };
}
