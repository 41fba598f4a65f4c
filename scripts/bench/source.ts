import { finding, ratios, type Finding } from './figures.ts';
import { runScript } from './processes.ts';
import type { SourceInput, SourceReport } from './source-process.ts';

/** An ICS source of 10,000 events: from its bytes to those of a feed that shows the coming ones, over parsing the same text with ical.js. */

const EVENTS = 10_000;
/** Fresh processes of each kind, in turn. */
const PROCESSES = 5;
/** Memory is limited in times the bytes of the file. */
const LIMIT = { ratio: 1.5, pauseMs: 20, memory: 4 };

const run = (work: SourceInput['work'], nodeArgs: readonly string[] = []): Promise<SourceReport> =>
  runScript<SourceReport>('source-process', { work, events: EVENTS } satisfies SourceInput, [
    ...nodeArgs,
    '--expose-gc',
  ]);

export async function source(nodeArgs: readonly string[]): Promise<Finding[]> {
  const ours: SourceReport[] = [];
  const alone: SourceReport[] = [];
  for (let round = 0; round < PROCESSES; round++) {
    ours.push(await run('ours', nodeArgs));
    alone.push(await run('ical.js'));
  }
  const ms = (report: SourceReport): number => report.ms;
  const part = (name: keyof SourceReport['parts']) => ours.map(({ parts }) => parts[name]);
  const overBytes = ours.map(({ memory, bytes }) => memory / bytes);
  const what = `${EVENTS} events`;
  return [
    finding('source', `${what}: over ical.js parsing alone`, '×', ratios(ours.map(ms), alone.map(ms)), LIMIT.ratio),
    finding('source', `${what}: ours`, 'ms', ours.map(ms)),
    finding('source', `${what}: ical.js`, 'ms', alone.map(ms)),
    finding('source', 'of these: parsing', 'ms', part('parse')),
    finding('source', 'of these: deciding what to believe', 'ms', part('believe')),
    finding('source', 'of these: filtering and rendering', 'ms', part('render')),
    finding(
      'source',
      'longest pause of the event loop',
      'ms',
      ours.map(({ pause }) => pause),
      LIMIT.pauseMs,
    ),
    finding('source', 'memory that it keeps: over its bytes', '×', overBytes, LIMIT.memory),
  ];
}
