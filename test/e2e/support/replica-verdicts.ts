import { RULES } from '../../../scripts/soak/judge.ts';
import { busiestMinute } from '../../../scripts/soak/site.ts';
import { eventually } from '../../support/processes.ts';
import { expectedSights } from './expected.ts';
import type { KnownLink } from './link-writers.ts';
import { isTombstone } from './revocations.ts';
import { ADMIN, type Replica } from './replicas.ts';
import type { Trial } from './replica-trial.ts';
import { sightsOf } from './sights.ts';

/** What must be true of replicas whatever happened to them. */

export interface Verdict {
  readonly what: string;
  /** What was looked at, for people. */
  readonly figure: string;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

/** Requests that a server sent before it was killed, and had not stored. */
const FORGOTTEN_MS = 2_000;

/** Ends the trial and judges it. */
export async function verdictsOf(trial: Trial): Promise<Verdict[]> {
  const settled = await trial.settle();
  const { judge, readers, revocations } = trial;
  const requests = `${readers.samples.length} answers; ${failuresOf(readers.samples)}`;
  return [
    ...Object.values(RULES).map((what): Verdict => {
      const { count, examples } = judge.faults.get(what) ?? { count: 1, examples: ['not judged'] };
      return { what, figure: requests, problems: count > 0 ? [`${count}`, ...examples] : [] };
    }),
    {
      what: 'requests of calendars without an answer',
      figure: requests,
      problems: readers.unanswered() > 0 ? [`${readers.unanswered()}`] : [],
    },
    equality(settled),
    truth(trial, settled),
    await acknowledged(trial),
    { what: 'revocations that were late or undone', figure: '', problems: revocations.problems },
    await leaderWrites(trial),
    await readersOfPlane(trial),
    budget(trial),
    exits(trial),
    logs(trial),
  ];
}

/** Answers of 500 and more by server. */
function failuresOf(samples: Trial['readers']['samples']): string {
  const counts = new Map<string, number>();
  for (const { status, replica } of samples) {
    const key = `${status} of ${replica ?? 'nginx'}`;
    if (status >= 500) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key}: ${count}`).join(', ') || 'none failed';
}

type Settled = Awaited<ReturnType<Trial['settle']>>;

function equality(settled: Settled): Verdict {
  const problems = [...settled].flatMap(([path, answers]) => {
    const words = answers.map((one) => `${one.status} ${one.etag ?? ''} ${one.lastModified ?? ''} ${one.digest ?? ''}`);
    if (new Set(words).size === 1) return [];
    const [first, ...others] = answers;
    const lines = new Set(first?.body.toString().split('\r\n'));
    const differences = others.map(({ replica, body }) => {
      const own = body
        .toString()
        .split('\r\n')
        .filter((line) => !lines.has(line));
      return `${replica ?? ''} alone has ${JSON.stringify(own.slice(0, 5))}`;
    });
    return [
      `${path}: ${answers.map(({ replica }, index) => `${replica ?? ''} ${words[index] ?? ''}`).join('; ')}; ${differences.join('; ')}`,
    ];
  });
  return {
    what: 'calendars that differ between servers after a quiet time',
    figure: `${settled.size} calendars`,
    problems,
  };
}

function truth({ site, project }: Trial, settled: Settled): Verdict {
  const identifiers = [...site.plane.tables.projects.values()].map(({ row }) => row.identifier);
  const pairs = identifiers.flatMap((identifier) =>
    (settled.get(`/ics/${identifier}.ics`) ?? []).map((answer) => [identifier, answer] as const),
  );
  const problems = pairs.flatMap(([identifier, answer]) => {
    if (answer.status !== 200) return [`${identifier} is answered ${answer.status}`];
    const shown = sightsOf(answer.body.toString()).map(({ day, title }) => `${day} ${title}`);
    const expected = expectedSights(project(identifier)).map(({ day, title }) => `${day} ${title}`);
    const missing = expected.filter((sight) => !shown.includes(sight));
    const tooMany = shown.filter((sight) => !expected.includes(sight));
    return [
      ...missing.map((sight) => `${answer.replica ?? ''}: ${identifier} lacks ${sight}`),
      ...tooMany.map((sight) => `${answer.replica ?? ''}: ${identifier} has ${sight}`),
    ].slice(0, 5);
  });
  return { what: 'calendars that differ from Plane', figure: `${identifiers.length} calendars`, problems };
}

/** Each acknowledged change is read back on each server, from the list of links and from the link's calendar. */
async function acknowledged({ replicas, writers }: Trial): Promise<Verdict> {
  const problems: string[] = [];
  for (const replica of replicas.all) problems.push(...(await lostAt(replica, replicas.ask, writers.links)));
  const counts = [...writers.counts].sort().map(([what, count]) => `${what}: ${count}`);
  return { what: 'acknowledged changes of links that are lost', figure: counts.join(', '), problems };
}

async function lostAt(
  { name, url }: Replica,
  ask: Trial['replicas']['ask'],
  links: readonly KnownLink[],
): Promise<string[]> {
  const { status, body } = await eventually(
    () => ask(`${url}/api/v1/links`, { headers: ADMIN }),
    (answer) => answer.status === 200,
  );
  if (status !== 200) return [`${name} does not list links: ${status}`];
  interface Listed {
    readonly id: string;
    readonly name: string;
    readonly revoked: string | null;
  }
  const listed = new Map((JSON.parse(body.toString()) as { links: Listed[] }).links.map((link) => [link.id, link]));
  const problems: string[] = [];
  for (const { id, path, names, isRevoked } of links) {
    const found = listed.get(id);
    if (!found) problems.push(`${name} does not list link ${id}`);
    else if (!names.includes(found.name)) problems.push(`${name} lists "${found.name}" for "${names.join('" or "')}"`);
    else if (isRevoked !== null && (found.revoked !== null) !== isRevoked)
      problems.push(`${name} lists ${id} as ${found.revoked === null ? 'active' : 'revoked'}`);
    const shown = await ask(url + path, { headers: { 'accept-encoding': 'identity' } });
    const text = shown.body.toString().replaceAll('\r\n ', '');
    if (shown.status !== 200) problems.push(`${name} answers ${shown.status} for ${id}`);
    else if (isRevoked !== null && isTombstone(shown.body) !== isRevoked)
      problems.push(`${name} ${isRevoked ? 'publishes a revoked link' : 'shows an active link as revoked'}: ${id}`);
    else if (isRevoked === false && !names.some((one) => text.includes(`\r\nNAME:${one}\r\n`)))
      problems.push(
        `${name} publishes ${/\r\nNAME:.*/.exec(text)?.[0].trim() ?? 'no name'} for "${names.join('" or "')}"`,
      );
  }
  return problems.slice(0, 10);
}

async function leaderWrites({ replicas }: Trial): Promise<Verdict> {
  const stray = await replicas.observed.strayWrites();
  const leases = await replicas.observed.leases();
  return {
    what: "records of the leader's kinds that another server wrote",
    figure: `leases of ${leases.map(({ who }) => who).join(', ')}`,
    problems: stray.map(
      ({ who, kind, id, leader }) => `${who} wrote ${kind} ${id} while ${leader ?? 'none'} was the leader`,
    ),
  };
}

/** Plane is asked by the server that has the lease, and by no other one. */
async function readersOfPlane({ replicas }: Trial): Promise<Verdict> {
  const leases = await replicas.observed.leases();
  const problems: string[] = [];
  let count = 0;
  for (const { name, plane } of replicas.all)
    for (const at of plane.askedAt) {
      count++;
      const lease = leases.findLast((one) => one.at <= at);
      if (lease?.who !== name)
        problems.push(`${name} asked Plane while ${lease?.who ?? 'none'} had the lease ${lease?.epoch ?? ''}`);
    }
  return {
    what: 'requests to Plane by a server without the lease',
    figure: `${count} requests`,
    problems: problems.slice(0, 10),
  };
}

function budget({ replicas, options, crashes }: Trial): Verdict {
  const moments = replicas.all.flatMap(({ plane }) => [...plane.askedAt]).sort((a, b) => a - b);
  const { count, span } = busiestMinute(moments);
  const forgotten = crashes
    .filter((at) => at >= span[0] && at <= span[1])
    .map((crash) => moments.filter((at) => at >= crash - FORGOTTEN_MS && at <= crash).length)
    .reduce((sum, one) => sum + one, 0);
  return {
    what: 'most requests to Plane in any 60 seconds',
    figure: `${count} of ${options.budget}${forgotten > 0 ? `, and ${forgotten} that killed servers did not store` : ''}`,
    problems: count > options.budget + forgotten ? [`${count}`] : [],
  };
}

/** Each process ended as it was asked to, or because another server took its lease. */
function exits({ replicas, exits: asked }: Trial): Verdict {
  const problems = replicas.all.flatMap(({ name, process }) => {
    const open = asked.filter(({ replica }) => replica === name).map(({ how }) => how);
    const others = process.exits.filter(({ how }) => {
      const at = open.indexOf(how);
      if (at !== -1) open.splice(at, 1);
      return at === -1;
    });
    const lost = process.lines.filter((line) => line.includes('another plane-ics has taken over')).length;
    const unexplained = others.filter(({ how }, index) => how !== 'code 1' || index >= lost);
    return [
      ...unexplained.map(({ how }) => `${name} ended with ${how}`),
      ...open.map((how) => `${name} did not end with ${how}`),
    ];
  });
  return {
    what: 'processes that ended by themselves, or not as they were asked',
    figure: `${asked.length} were asked`,
    problems,
  };
}

function logs({ replicas }: Trial): Verdict {
  const bad = replicas.all.flatMap(({ name, process }) =>
    process.lines
      .filter((line) => !line.startsWith('{') || /unexpected error|"level":60/.test(line))
      .map((line) => `${name} ${line.slice(0, 600)}`),
  );
  return {
    what: 'lines of the log with "unexpected error", or that are no JSON',
    figure: '',
    problems: bad.slice(0, 10),
  };
}
