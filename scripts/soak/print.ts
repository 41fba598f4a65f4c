import type { Figures } from './facts.ts';

/** Printed elsewhere, or only written to the file. */
const IN_FULL: ReadonlySet<string> = new Set(['log', 'logExamples', 'memory', 'storms']);

/** The figures of a run as text for people. */
export function printFigures({ judgements, phases, more }: Figures): string {
  const lines = [''];
  if (phases.length > 0)
    lines.push('phase: event loop p50, p99, longest | idle thread p99 | answers p50, p99, longest (all ms) | load');
  for (const one of phases) {
    const answers = [one.answerP50, one.answerP99, one.answerMax].map((ms) =>
      (ms === null ? '–' : ms.toFixed(0)).padStart(6),
    );
    const loop = [one.p50, one.p99, one.max].map((ms) => ms.toFixed(1).padStart(7)).join('');
    const span = `${one.from.toFixed(0)}–${one.to.toFixed(0)} s`.padStart(10);
    lines.push(
      `${span} ${one.name.padEnd(46)}${loop} |${one.idleP99.toFixed(1).padStart(6)} |${answers.join('')} | ${one.load.toFixed(1)}`,
    );
  }
  lines.push('');
  for (const [name, value] of Object.entries(more))
    if (!IN_FULL.has(name)) lines.push(`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const log = Object.entries((more.log ?? {}) as Record<string, number>);
  if (log.length > 0) lines.push('', 'log lines:');
  for (const [key, count] of log) lines.push(`${String(count).padStart(8)}  ${key}`);
  lines.push('');
  for (const { what, figure, isMet, examples } of judgements) {
    lines.push(`${isMet ? 'met   ' : 'MISSED'}  ${what}: ${figure}`);
    if (!isMet || examples.some((one) => one.startsWith('MB')))
      for (const one of examples) lines.push(`          ${one.slice(0, 400)}`);
  }
  return lines.join('\n');
}
