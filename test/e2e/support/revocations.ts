import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/processes.ts';
import { createWriting } from './link-writers.ts';
import type { Replica, Replicas } from './replicas.ts';

/** Links that are revoked, and looked at on every server from then on. */

export interface Revocations {
  /**
   * Makes a link, waits until every server publishes it, and revokes it. Returns the milliseconds until the link was made, until all published
   * it, and until all showed that it is revoked.
   */
  revokeOne(): Promise<Record<'made' | 'published' | 'revoked', number>>;
  /** What was seen that may not be, in words. */
  readonly problems: readonly string[];
  stop(): Promise<void>;
}

const WATCH_MS = 1_000;
const TOMBSTONE = 'This calendar link was disabled';

export function watchRevocations(replicas: Replicas, scope: object): Revocations {
  const { all, ask } = replicas;
  const writing = createWriting(replicas, scope);
  const revoked: string[] = [];
  const problems: string[] = [];
  const stopped = new AbortController();

  /** "live", "revoked", or the status. */
  async function stateAt({ url }: Replica, path: string): Promise<string> {
    const { status, body } = await ask(url + path, { timeoutMs: 15_000 });
    if (status !== 200) return String(status);
    return isTombstone(body) ? 'revoked' : 'live';
  }

  async function everywhere(path: string, state: string): Promise<void> {
    const states = await eventually(
      () => Promise.all(all.map((one) => stateAt(one, path))),
      (list) => list.every((one) => one === state),
    );
    for (const [index, one] of states.entries())
      if (one !== state) problems.push(`${all[index]?.name ?? ''} answers ${one} for a link that is ${state}`);
  }

  const watching = (async () => {
    while (!stopped.signal.aborted) {
      const pairs = revoked.flatMap((path) => all.map((one) => [path, one] as const));
      for (const [path, one] of pairs)
        if ((await stateAt(one, path)) === 'live') problems.push(`${one.name} publishes a revoked link again`);
      await sleep(WATCH_MS);
    }
  })();

  return {
    problems,
    revokeOne: async () => {
      const begunAt = performance.now();
      const link = await eventually(
        () => writing.create(),
        (made) => made !== null,
      );
      if (!link) throw new Error('no link can be made');
      const madeAt = performance.now();
      await everywhere(link.path, 'live');
      const liveAt = performance.now();
      await eventually(
        () => writing.revoke(link),
        () => link.isRevoked === true,
      );
      const revokedAt = performance.now();
      await everywhere(link.path, 'revoked');
      revoked.push(link.path);
      return { made: madeAt - begunAt, published: liveAt - madeAt, revoked: performance.now() - revokedAt };
    },
    stop: async () => {
      stopped.abort();
      await watching;
    },
  };
}

/** Whether a calendar only says that its link was revoked. */
export function isTombstone(body: Buffer): boolean {
  return body.toString().replaceAll('\r\n ', '').includes(TOMBSTONE);
}
