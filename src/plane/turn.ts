import { createHash } from 'node:crypto';

/**
 * Milliseconds until a project's next turn, of which one comes each period: more than 0 and at most the period. Every project has turns of
 * its own, known from its id alone, so that what is due for many of them never falls together for long, whatever put them in step: a
 * start, an outage, readers who come at the full hour.
 */
export function untilTurn(projectId: string, at: number, periodMs: number): number {
  if (periodMs <= 0) return 0;
  const offset = (createHash('sha256').update(projectId).digest().readUInt32BE() / 2 ** 32) * periodMs;
  return periodMs - ((at + offset) % periodMs);
}
