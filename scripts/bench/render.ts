import { finding, median, ratios, type Finding } from './figures.ts';
import { runScript } from './processes.ts';
import type { RenderInput, RenderReport } from './render-process.ts';

/** 10,000 items to the bytes of one feed, over a plain string serializer; and what one changed item costs. */

const ITEMS = 10_000;
/** Fresh processes of each kind, in turn. */
const PROCESSES = 5;
/** Renderings in each after the first. */
const ROUNDS = 5;
/** Compressed ones are only shown, so fewer of them do. */
const ZIPPED = { processes: 3, rounds: 3 };
const LIMIT = { first: 2, warm: 1.6, pauseMs: 20, change: 0.1 };

type Kind = Pick<RenderInput, 'work' | 'gzip'>;

const run = (kind: Kind, nodeArgs: readonly string[] = [], rounds = ROUNDS): Promise<RenderReport> =>
  runScript<RenderReport>('render-process', { ...kind, items: ITEMS, rounds } satisfies RenderInput, nodeArgs);

const first = ({ full }: RenderReport): number => full[0] ?? NaN;
const warm = ({ full }: RenderReport): number => median(full.slice(1));

export async function render(nodeArgs: readonly string[]): Promise<Finding[]> {
  const { full: bytes } = await run({ work: 'compare', gzip: false });
  const ours: RenderReport[] = [];
  const zipped: RenderReport[] = [];
  const plain: RenderReport[] = [];
  for (let round = 0; round < PROCESSES; round++) {
    ours.push(await run({ work: 'ours', gzip: false }, nodeArgs));
    plain.push(await run({ work: 'plain', gzip: false }));
    if (round < ZIPPED.processes) zipped.push(await run({ work: 'ours', gzip: true }, [], ZIPPED.rounds));
  }
  const what = `${ITEMS} items`;
  return [
    finding(
      'render',
      `${what}, first: over plain strings`,
      '×',
      ratios(ours.map(first), plain.map(first)),
      LIMIT.first,
    ),
    finding('render', `${what}, warm: over plain strings`, '×', ratios(ours.map(warm), plain.map(warm)), LIMIT.warm),
    finding('render', `${what}, first: ours`, 'ms', ours.map(first)),
    finding('render', `${what}, first: plain strings`, 'ms', plain.map(first)),
    finding('render', `${what}, warm: ours`, 'ms', ours.map(warm)),
    finding('render', `${what}, warm: plain strings`, 'ms', plain.map(warm)),
    finding('render', `${what}, warm: ours with gzip`, 'ms', zipped.map(warm)),
    finding('render', 'calendar', 'bytes', bytes),
    ...pauses('first', [ours, zipped], ({ pauses: all }) => all[0] ?? NaN),
    ...pauses('warm', [ours, zipped], ({ pauses: all }) => Math.max(...all.slice(1))),
  ];
}

function pauses(
  when: string,
  [ours, zipped]: readonly [readonly RenderReport[], readonly RenderReport[]],
  longest: (report: RenderReport) => number,
): Finding[] {
  const what = `longest pause of the event loop, ${when}`;
  return [
    finding('render', what, 'ms', ours.map(longest), LIMIT.pauseMs),
    finding('render', `${what}, with gzip`, 'ms', zipped.map(longest), LIMIT.pauseMs),
  ];
}

/** What the renderer alone needs for one changed item in a calendar it wrote before. */
export async function renderChange(nodeArgs: readonly string[]): Promise<Finding[]> {
  const reports: RenderReport[] = [];
  const zipped: RenderReport[] = [];
  for (let round = 0; round < PROCESSES; round++) {
    reports.push(await run({ work: 'change', gzip: false }, nodeArgs));
    if (round < ZIPPED.processes) zipped.push(await run({ work: 'change', gzip: true }, [], ZIPPED.rounds));
  }
  const firstChange = ({ changes }: RenderReport): number => changes[0] ?? NaN;
  const warmChange = ({ changes }: RenderReport): number => median(changes.slice(1));
  const what = `1 of ${ITEMS} items`;
  const limit = LIMIT.change;
  return [
    finding('change', `${what}, first: over all`, '×', ratios(reports.map(firstChange), reports.map(first)), limit),
    finding('change', `${what}, warm: over all`, '×', ratios(reports.map(warmChange), reports.map(warm)), limit),
    finding('change', `${what}, first`, 'ms', reports.map(firstChange)),
    finding('change', `${what}, warm`, 'ms', reports.map(warmChange)),
    finding('change', `${what}, warm, with gzip`, 'ms', zipped.map(warmChange)),
  ];
}
