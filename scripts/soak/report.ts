import { percentile } from './percentile.ts';
import type { Facts, Figures, Judgement, PhaseFigures } from './facts.ts';
import { RULES } from './judge.ts';
import type { LoadFigures } from './load.ts';
import { ofBudget, ofLog, ofLoop, ofMemory } from './process-figures.ts';
import type { SoakEnvironment } from './environment.ts';
import type { StormFigures } from './storm.ts';

/** What a run found, as judgements and figures. */

export function figuresOf(facts: Facts): Figures {
  const { stage, judge, load, storms } = facts;
  const judgements = [
    ...Object.values(RULES).map((what): Judgement => {
      const { count, examples } = judge.faults.get(what) ?? { count: -1, examples: [] };
      return { what, figure: String(count), isMet: count === 0, examples };
    }),
    {
      what: 'requests without an answer while the server was up',
      figure: String(load.unheardUp),
      isMet: load.unheardUp === 0,
      examples: load.failures,
    },
    ...ofTruth(facts),
    ...ofStorms(storms),
    ...ofMemory(facts),
    ...ofLoop(stage),
    ofBudget(facts),
    {
      what: 'processes that ended by themselves, or not as they were asked',
      figure: `${stage.exits.length}; ${facts.ends.join(', ')}`,
      isMet: stage.exits.length === 0 && facts.ends.every((end) => /^SIGTERM: code 0$|^SIGKILL: SIGKILL$/.test(end)),
      examples: stage.exits,
    },
    ofLog(stage),
  ];
  return {
    judgements,
    phases: stage.phases.map((phase) => phaseFigures(phase, load)),
    more: {
      disk: stage.disk.description,
      clock: 'moved inside the process: every Date, no timer',
      requests: load.requests,
      hungUp: load.hungUp,
      slowlyRead: load.slowlyRead,
      unheardWhileDown: load.unheardDown,
      statuses: Object.fromEntries(judge.statuses),
      beforePublished: Object.fromEntries(judge.early),
      distinctBodies: judge.distinct,
      parsedBodies: judge.parsed,
      requestsToPlane: facts.askedAt.length,
      edits: Object.fromEntries(facts.editCounts),
      storms,
      memory: facts.memory,
      mirrored: facts.mirrored,
      components: facts.truth.byReconcile.components,
      log: Object.fromEntries([...stage.tally.counts].sort(([, a], [, b]) => b - a)),
      logExamples: Object.fromEntries(stage.tally.examples),
    },
  };
}

function ofTruth({ truth, seen }: Facts): Judgement[] {
  const { unconfirmed, isReconciled, byProbes, byReconcile } = truth;
  const judged = (what: string, { compared, differences }: Facts['truth']['byProbes']): Judgement => ({
    what,
    figure: `${differences.length} of ${compared}`,
    isMet: differences.length === 0 && compared > 0,
    examples: differences
      .slice(0, 8)
      .map(
        (one) =>
          `${one.feed}: ${one.missing} missing, ${one.tooMany} too many, ${one.different} different; ${one.example}`,
      ),
  });
  return [
    ...seen.map(({ after, seconds, limitSeconds }): Judgement => ({
      what: `a silent edit ${after} is shown`,
      figure: seconds === null ? `not in ${limitSeconds} s` : `after ${seconds.toFixed(1)} s`,
      isMet: seconds !== null,
      examples: [],
    })),
    {
      what: 'projects that Plane had not confirmed after the silence',
      figure: String(unconfirmed.length),
      isMet: unconfirmed.length === 0,
      examples: unconfirmed,
    },
    judged('calendars that differ from a fresh server: ten minutes of silence, probes alone', byProbes),
    judged('calendars that differ from a fresh server: after a reconcile', byReconcile),
    { what: 'the reconcile ended', figure: isReconciled ? 'yes' : 'no', isMet: isReconciled, examples: [] },
  ];
}

function ofStorms(storms: readonly StormFigures[]): Judgement[] {
  const sum = (of: (one: StormFigures) => number): number => storms.reduce((total, one) => total + of(one), 0);
  const bad = sum((one) => one.signedRefused + one.forgedTaken + one.broken);
  const [first] = storms;
  const most = first ? `; the first ${first.signed + first.forged} answered in ${first.ms.toFixed(0)} ms` : '';
  return [
    {
      what: 'signed deliveries refused, forged ones taken, answers ≥ 500',
      figure: `${bad} of ${sum((one) => one.signed)} signed, ${sum((one) => one.forged)} forged${most}`,
      isMet: bad === 0,
      examples: bad === 0 ? [] : storms.map((one) => JSON.stringify(one)),
    },
  ];
}

function phaseFigures(
  { name, from, to, late, idle, load }: SoakEnvironment['phases'][number],
  { times }: LoadFigures,
): PhaseFigures {
  const answers = times.get(name) ?? [];
  const of = (share: number): number | null => (answers.length === 0 ? null : percentile(answers, share));
  return {
    name,
    from,
    to,
    p50: percentile(late, 50),
    p99: percentile(late, 99),
    max: percentile(late, 100),
    idleP99: percentile(idle, 99),
    load,
    answerP50: of(50),
    answerP99: of(99),
    answerMax: of(100),
  };
}
