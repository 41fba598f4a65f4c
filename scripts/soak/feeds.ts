import type { SmallPlane } from '../../src/demo/plane.ts';
import { TOKEN } from '../bench/workspace.ts';

/** The calendars of the soak: sixty links, and open addresses. */

/** A calendar under its address. */
export interface Target {
  readonly name: string;
  /** The part of the address after the host. */
  readonly path: string;
}

/** What a link is made of. */
export interface LinkRequest {
  readonly name: string;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, string>>;
}

const SETS: readonly (readonly [name: string, options: Readonly<Record<string, string>>])[] = [
  ['with plans', { show: 'items,cycles,modules' }],
  ['span', { mode: 'span', done: 'keep' }],
  ['both', { mode: 'both', alarm: '-PT15H' }],
  ['private', { detail: 'private' }],
  ['to-dos', { as: 'todo', undated: 'keep', done: 'keep', cancelled: 'keep' }],
  ['urgent', { priority: 'urgent,high' }],
  ['brief', { detail: 'brief', past: '30', ahead: '200' }],
];

/** Sixty for twenty projects, three for each: names are ids where they may be renamed, so that a second server understands them too. */
export function linkRequests(plane: SmallPlane): LinkRequest[] {
  const { projects, people } = plane.tables;
  const all = [...projects.values()].filter(({ row }) => /^P\d/.test(row.identifier));
  const plain = all.map(({ row }) => ({ name: `Plan of ${row.identifier}`, scope: { projects: [row.id] } }));
  const special = all.map(({ row, states, labels }, index): LinkRequest => {
    const filters: (typeof SETS)[number][] = [
      ['label', { label: [...labels.keys()][index % labels.size] ?? '' }],
      ['state', { state: [...states.keys()][index % 3] ?? '' }],
      ['open', { state: 'backlog,unstarted,started' }],
    ];
    const sets = [...SETS, ...filters];
    const [name, options] = sets[index % sets.length] ?? ['', {}];
    return { name: `${row.identifier} ${name}`, scope: { projects: [row.id] }, options };
  });
  const others = all.map(({ row }, index): LinkRequest => {
    const person = [...people.keys()][index % people.size] ?? '';
    if (index < people.size) return { name: `Person ${index}`, scope: { person } };
    if (index < people.size + 2) return { name: `All ${index}`, scope: { all: true }, options: { done: 'hide' } };
    if (index % 2 === 0)
      return { name: `To-dos of ${index}`, scope: { person }, options: { as: 'todo', undated: 'keep' } };
    const pair = [row.id, all[(index + 1) % all.length]?.row.id ?? ''];
    return { name: `Pair ${index}`, scope: { projects: [...new Set(pair)] }, options: { assignee: person } };
  });
  return [...plain, ...special, ...others];
}

/** Makes the links on a server. Throws when one is refused. */
export async function makeLinks(origin: string, requested: readonly LinkRequest[]): Promise<Target[]> {
  const made: Target[] = [];
  for (const request of requested) {
    const answer = await fetch(`${origin}/api/v1/links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ options: {}, ...request }),
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`no link "${request.name}": ${answer.status} ${text}`);
    made.push({ name: request.name, path: new URL((JSON.parse(text) as { url: string }).url).pathname });
  }
  return made;
}

/** The readable addresses in use: by id, and the project that is to be renamed by its identifier. */
export function openAddresses(plane: SmallPlane): Target[] {
  const { projects, people } = plane.tables;
  const byId = [...projects.values()].map(({ row }, index): Target => {
    const query = index % 3 === 1 ? '?mode=span' : '';
    return { name: `open ${row.identifier}${query}`, path: `/ics/${row.id}.ics${query}` };
  });
  const [person = ''] = people.keys();
  return [
    { name: 'open all', path: '/ics/all.ics' },
    { name: 'open person', path: `/ics/person/${person}.ics?done=keep` },
    { name: 'open by identifier', path: `/ics/${RENAMED}.ics` },
    ...byId,
  ];
}

/** The project whose identifier changes on the way; its old address goes on. */
export const RENAMED = 'P02';
export const RENAMED_TO = 'P02NEW';
