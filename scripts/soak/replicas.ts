import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS, type Event } from '../../test/e2e/support/replica-events.ts';
import { startTrial, type Trial, type TrialOptions } from '../../test/e2e/support/replica-trial.ts';
import { verdictsOf } from '../../test/e2e/support/replica-verdicts.ts';
import { settingsFor } from '../bench/workspace.ts';
import { seeded } from './edits.ts';
import type { Figures, Judgement } from './facts.ts';
import { makeLinks, linkRequests } from './feeds.ts';
import { createTally, startProgram } from './program.ts';
import { compare, warm } from './truth.ts';

/** A soak of several servers over one PostgreSQL behind nginx: random events for minutes, then what must be true. */

export interface ReplicasSoakOptions {
  readonly replicas: number;
  readonly minutes: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const SIZE: Omit<TrialOptions, 'count' | 'seed' | 'scratch'> = {
  isPooled: true,
  projects: 6,
  items: 600,
  budget: 600,
  reads: 30,
  editsPerSecond: 2,
  hasLinks: true,
};
const WARM_MS = 120_000;
/** Between two events. */
const MAX_PAUSE_MS = 6_000;

/** One run. Everything it started is ended, also when it is interrupted. */
export async function soakReplicas({ replicas, minutes, seed, say }: ReplicasSoakOptions): Promise<Figures> {
  const scratch = createCleanup();
  const breakOff = (): void => {
    void scratch.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', breakOff).once('SIGTERM', breakOff);
  try {
    const trial = await startTrial({ ...SIZE, count: replicas, seed, scratch });
    const { judgements, counts } = await playEvents(trial, minutes, seeded(seed + 1), say);
    say('the end: everything is compared');
    const verdicts = await verdictsOf(trial);
    const judged = verdicts.map(({ what, figure, problems }): Judgement => ({
      what,
      figure: `${problems.length}; ${figure}`,
      isMet: problems.length === 0,
      examples: problems,
    }));
    judgements.push(...judged, await againstFresh(trial, scratch));
    return { judgements, phases: [], more: moreOf(trial, counts, seed) };
  } finally {
    process.off('SIGINT', breakOff).off('SIGTERM', breakOff);
    await scratch.close();
  }
}

/** Events in random order, each as often as the others, until the time is over; each of them at least once. */
async function playEvents(
  trial: Trial,
  minutes: number,
  random: () => number,
  say: (line: string) => void,
): Promise<{ judgements: Judgement[]; counts: Map<string, number> }> {
  const failures: string[] = [];
  const counts = new Map<string, number>();
  const worst = new Map<string, number>();
  const begunAt = performance.now();
  const isOver = (): boolean => performance.now() - begunAt > minutes * 60_000;
  const events: [string, Event][] = Object.entries(EVENTS);
  do {
    for (const [name, event] of shuffled(events, random)) {
      if (isOver() && counts.size === events.length) break;
      await sleep(random() * MAX_PAUSE_MS);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const at = `${((performance.now() - begunAt) / 1000).toFixed(0)} s`.padStart(7);
      try {
        const figures = Object.entries(await event(trial));
        for (const [what, ms] of figures) worst.set(what, Math.max(worst.get(what) ?? 0, ms));
        say(`${at}  ${name}: ${figures.map(([what, ms]) => `${what} ${ms.toFixed(0)} ms`).join(', ')}`);
      } catch (error) {
        failures.push(`${at} ${name}: ${error instanceof Error ? error.message : String(error)}`);
        say(`${at}  ${name}: FAILED, ${String(error)}`);
      }
    }
  } while (!isOver());
  const slowest = [...worst].map(([what, ms]) => `${what} ${(ms / 1000).toFixed(1)} s`).join(', ');
  return {
    counts,
    judgements: [
      {
        what: 'events after which not all servers answered, changed and revoked again',
        figure: `${failures.length} of ${[...counts.values()].reduce((sum, one) => sum + one, 0)}; slowest: ${slowest}`,
        isMet: failures.length === 0,
        examples: failures,
      },
    ],
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((value) => ({ value, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}

/** The calendars of each server against those of a new one with a store of its own. */
async function againstFresh(trial: Trial, scratch: ReturnType<typeof createCleanup>): Promise<Judgement> {
  const { site, replicas, targets } = trial;
  const fresh = await startProgram({
    settings: {
      ...settingsFor(site.url),
      PLANE_WEB_URL: 'https://plane.example.com',
      DATA_DIR: await scratch.folder(),
    },
    cwd: await scratch.folder(),
    clockShiftMs: 0,
    tally: createTally(),
  });
  scratch.defer(() => Promise.race([fresh.end('SIGKILL'), fresh.ended]));
  const origin = `http://127.0.0.1:${new URL(fresh.origin).port}`;
  const open = targets.filter(({ name }) => name.startsWith('open '));
  const all = [...open, ...(await makeLinks(origin, linkRequests(site.plane)))];
  await warm(origin, all, WARM_MS);
  const examples: string[] = [];
  let compared = 0;
  for (const { name, url } of replicas.all) {
    const result = await compare([url, targets], [origin, all]);
    compared += result.compared;
    for (const one of result.differences)
      examples.push(
        `${name}, ${one.feed}: ${one.missing} missing, ${one.tooMany} too many, ${one.different} different; ${one.example}`,
      );
  }
  return {
    what: 'calendars that differ from a fresh server',
    figure: `${examples.length} of ${compared}`,
    isMet: examples.length === 0 && compared > 0,
    examples,
  };
}

function moreOf({ replicas, editors, judge }: Trial, counts: ReadonlyMap<string, number>, seed: number) {
  return {
    seed,
    events: Object.fromEntries(counts),
    statuses: Object.fromEntries(judge.statuses),
    distinctBodies: judge.distinct,
    parsedBodies: judge.parsed,
    edits: Object.fromEntries(editors.counts),
    requestsToPlane: Object.fromEntries(replicas.all.map(({ name, plane }) => [name, plane.askedAt.length])),
    ends: Object.fromEntries(replicas.all.map(({ name, process }) => [name, process.exits.map(({ how }) => how)])),
    logExamples: Object.fromEntries(replicas.all.map(({ name, process }) => [name, process.lines.slice(-20)])),
  };
}

/** What has to be undone, last first, and folders that are removed. */
function createCleanup() {
  const undos: (() => Promise<unknown>)[] = [];
  const defer = (undo: () => Promise<unknown>): void => void undos.push(undo);
  return {
    defer,
    folder: async (): Promise<string> => {
      const path = await mkdtemp(join(tmpdir(), 'plane-ics-soak-'));
      defer(() => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
      return path;
    },
    close: async (): Promise<void> => {
      for (let undo = undos.pop(); undo; undo = undos.pop())
        await undo().catch((error: unknown) => void process.stderr.write(`${String(error)}\n`));
    },
  };
}
