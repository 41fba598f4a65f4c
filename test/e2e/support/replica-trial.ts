import { seeded, startEditing, type Editors } from '../../../scripts/soak/edits.ts';
import { makeLinks, linkRequests, type Target } from '../../../scripts/soak/feeds.ts';
import { createJudge, type Judge } from '../../../scripts/soak/judge.ts';
import { startSite, type Site } from '../../../scripts/soak/site.ts';
import { reconciled } from '../../../scripts/soak/truth.ts';
import { SECRET } from '../../../scripts/bench/workspace.ts';
import type { ProjectTable } from '../../../src/demo/rows.ts';
import { eventually } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';
import { startReaders, sampleOf, type Readers, type Sample } from './feed-readers.ts';
import { startWriters, type Writers } from './link-writers.ts';
import { linesOf, startReplicas, type Replicas } from './replicas.ts';
import { watchRevocations, type Revocations } from './revocations.ts';

/** Replicas at work: people edit in Plane, apps read, administrators change links, while events happen to servers and database. */

export interface TrialOptions {
  readonly count: number;
  readonly isPooled: boolean;
  readonly projects: number;
  readonly items: number;
  /** Of requests to Plane, a minute. */
  readonly budget: number;
  /** Of apps, a second; each calendar has one. */
  readonly reads: number;
  readonly editsPerSecond: number;
  /** With links of every kind beside the readable addresses. */
  readonly hasLinks?: boolean;
  readonly seed: number;
  readonly scratch: Pick<Scratch, 'defer' | 'folder'>;
}

/** How a process was asked to end. */
export interface AskedExit {
  readonly replica: string;
  readonly how: string;
}

/** What a server answers in the end. */
export interface Settled extends Sample {
  readonly body: Buffer;
}

export interface Trial {
  readonly options: TrialOptions;
  readonly site: Site;
  readonly replicas: Replicas;
  readonly judge: Judge;
  readonly readers: Readers;
  readonly writers: Writers;
  readonly revocations: Revocations;
  readonly editors: Editors;
  /** Calendars that are read. */
  readonly targets: readonly Target[];
  /** Processes that events ended. */
  readonly exits: AskedExit[];
  /** When events ended leaders without warning, in milliseconds of the machine's clock: requests to Plane of the last moment are not stored. */
  readonly crashes: number[];
  project(identifier: string): ProjectTable;
  /** Ends edits, changes and watching, has Plane read in full, and returns what every server then answers, by address. */
  settle(): Promise<ReadonlyMap<string, readonly Settled[]>>;
}

const WRITE_PAUSE_MS = 1_200;
const SETTLE_MS = 60_000;

/** Starts everything, and resolves when all servers answer all calendars. */
export async function startTrial(options: TrialOptions): Promise<Trial> {
  const { count, isPooled, scratch, editsPerSecond, seed, budget } = options;
  const site = await startSite(options.projects, options.items);
  scratch.defer(site.close);
  const { plane } = site;
  const replicas = await startReplicas({
    count,
    isPooled,
    planeUrl: site.url,
    scratch,
    settings: { FRESH_SECONDS: '2', PLANE_REQUESTS_PER_MINUTE: String(budget), LOG_LEVEL: 'info' },
  });
  const { all, ask, front } = replicas;
  await replicas.leader();
  await replicas.ready();
  const identifiers = [...plane.tables.projects.values()].map(({ row }) => row.identifier);
  const open = [...identifiers, 'all'].map((name): Target => ({ name: `open ${name}`, path: `/ics/${name}.ics` }));
  for (const { path } of open) await published(path);
  const links = options.hasLinks === true ? await makeLinks(front.http, linkRequests(plane)) : [];
  for (const { path } of links) await published(path);
  const targets = [...open, ...links];
  const paths = targets.map(({ path }) => path);

  async function published(path: string): Promise<void> {
    const unready = async (): Promise<string[]> => {
      const asked = all.map(async ({ name, url }) => ({ name, ...(await ask(url + path)) }));
      return (await Promise.all(asked))
        .filter(({ status }) => status !== 200)
        .map(({ name, status }) => `${name} ${status}`);
    };
    const left = await eventually(unready, (list) => list.length === 0);
    if (left.length > 0) throw new Error(`${path} is not published: ${left.join(', ')}\n${linesOf(all)}`);
  }

  const random = seeded(seed);
  const begunAt = performance.now();
  const judge = createJudge(() => `${((performance.now() - begunAt) / 1000).toFixed(1)} s`);
  plane.hook = { url: `${front.http}/webhooks/plane`, secret: SECRET };
  const scope = { projects: [identifiers[0]] };
  const editors = startEditing(plane, editsPerSecond, random);
  const readers = startReaders(replicas, paths, judge, (paths.length / options.reads) * 1000);
  const writers = startWriters(replicas, scope, WRITE_PAUSE_MS, random);
  const revocations = watchRevocations(replicas, scope);

  const trial: Trial = {
    options,
    site,
    replicas,
    judge,
    readers,
    writers,
    revocations,
    editors,
    targets,
    exits: [],
    crashes: [],
    project: (identifier) => {
      const found = [...plane.tables.projects.values()].find(({ row }) => row.identifier === identifier);
      if (!found) throw new Error(`there is no project ${identifier}`);
      return found;
    },
    settle: async () => {
      await Promise.all([editors.stop(), writers.stop(), revocations.stop()]);
      await plane.delivered();
      if (!(await reconciled(front.http, SETTLE_MS))) throw new Error('Plane was not read in full');
      const answers = await eventually(everywhere, (found) => [...found.values()].every(areEqual));
      await readers.stop();
      return answers;
    },
  };

  /** The answers of all servers, by address. */
  async function everywhere(): Promise<Map<string, Settled[]>> {
    const found = new Map<string, Settled[]>();
    for (const path of paths) {
      const asked = all.map(async ({ name, url }) => {
        const answer = await ask(url + path, { headers: { 'accept-encoding': 'identity' } });
        return { ...sampleOf(path, name, answer), body: answer.body };
      });
      found.set(path, await Promise.all(asked));
    }
    return found;
  }

  scratch.defer(async () => {
    await Promise.all([editors.stop(), readers.stop(), writers.stop(), revocations.stop()]);
  });
  return trial;
}

function areEqual(answers: readonly Settled[]): boolean {
  return new Set(answers.map(({ digest, etag, status }) => `${digest ?? ''} ${etag ?? ''} ${status}`)).size === 1;
}
