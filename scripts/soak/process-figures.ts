import { median } from '../bench/figures.ts';
import { percentile } from './percentile.ts';
import type { Facts, Judgement } from './facts.ts';
import { busiestMinute } from './site.ts';
import type { SoakEnvironment } from './environment.ts';

/** What is judged of the process itself: memory, event loop, requests to Plane, log. */

const LOOP_P99_MS = 50;
/** What memory may grow by from the first third of the cycles to the last. */
const GROWTH = { share: 0.1, rss: 30e6, heapUsed: 10e6 };
/** Cycles that don't count, since the process is still warming up. */
const WARM_UP = 2;
const MB = 1e6;

/** None for a run with too few cycles. */
export function ofMemory(facts: Facts): Judgement[] {
  return facts.memory.length < WARM_UP + 3 ? [] : [flat(facts, 'rss'), flat(facts, 'heapUsed')];
}

/** The median of the last third of the cycles over that of the first, after the warm-up. */
function flat({ memory }: Facts, kind: 'rss' | 'heapUsed'): Judgement {
  const values = memory.slice(WARM_UP).map((one) => one[kind]);
  const third = Math.max(1, Math.floor(values.length / 3));
  const first = median(values.slice(0, third));
  const last = median(values.slice(-third));
  const most = Math.max(first * (1 + GROWTH.share), first + GROWTH[kind]);
  return {
    what: `${kind}: last third of the cycles over the first`,
    figure: `${(last / MB).toFixed(1)} MB over ${(first / MB).toFixed(1)} MB (at most ${(most / MB).toFixed(1)})`,
    isMet: last <= most,
    examples: [`MB after each cycle: ${memory.map((one) => (one[kind] / MB).toFixed(1)).join(', ')}`],
  };
}

/** Over the whole run, and by phase. */
export function ofLoop({ phases }: SoakEnvironment): Judgement[] {
  const all = phases.flatMap(({ late }) => late);
  const slow = phases.filter(({ late }) => late.length > 0 && percentile(late, 99) >= LOOP_P99_MS);
  const longest = Math.max(...all);
  const where = phases.find(({ late }) => late.includes(longest))?.name ?? '';
  const idle = phases.flatMap((phase) => phase.idle);
  return [
    {
      what: `event loop delay, p99 over the run < ${LOOP_P99_MS} ms`,
      figure: `${percentile(all, 99).toFixed(1)} ms; longest ${longest.toFixed(0)} ms (${where}); idle thread beside it ${percentile(idle, 99).toFixed(1)} ms`,
      isMet: percentile(all, 99) < LOOP_P99_MS,
      examples: [],
    },
    {
      what: `phases with a p99 of ${LOOP_P99_MS} ms or more`,
      figure: `${slow.length} of ${phases.length}`,
      isMet: slow.length === 0,
      examples: slow.map(
        ({ name, late, idle: quiet, load }) =>
          `${name}: ${percentile(late, 99).toFixed(1)} ms (idle thread ${percentile(quiet, 99).toFixed(1)} ms, load ${load.toFixed(1)})`,
      ),
    },
  ];
}

/** A killed process has not written down what it sent in the last second (`sources/plane/api/budget-history.ts`), and what was under way. */
const FORGOTTEN_MS = 2_000;

/** In the busiest minute, with what happened in it. */
export function ofBudget({ askedAt, options, stage }: Facts): Judgement {
  const { count, span } = busiestMinute(askedAt);
  const [first, last] = span;
  const kills = stage.kills.filter((at) => at >= first && at <= last);
  const forgotten = kills.map((kill) => askedAt.filter((at) => at >= kill - FORGOTTEN_MS && at <= kill).length);
  const more = forgotten.reduce((sum, one) => sum + one, 0);
  const [from, to] = span.map((at) => stage.secondsAt(at)) as [number, number];
  const during = stage.phases.filter((one) => one.to > from && one.from < to).map(({ name }) => name);
  return {
    what: 'most requests to Plane in any 60 seconds',
    figure: `${count} of ${options.budget}${more === 0 ? '' : `, and ${more} that a killed process did not write down`}`,
    isMet: count <= options.budget + more,
    examples: [`from ${from.toFixed(0)} to ${to.toFixed(0)} s: ${during.join(', ')}`],
  };
}

/** Faults of the program, and what is no line of a log. */
export function ofLog({ tally }: SoakEnvironment): Judgement {
  const bad = [...tally.counts].filter(([key]) => /unexpected error|^fatal|^not JSON/.test(key));
  return {
    what: 'lines of the log with "unexpected error", or that are no JSON',
    figure: String(bad.reduce((sum, [, count]) => sum + count, 0)),
    isMet: bad.length === 0,
    examples: bad.flatMap(([key]) => tally.examples.get(key) ?? []),
  };
}
