import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { differences, expected } from '../model/oracle.ts';
import { ALPHA } from '../support/acme.ts';
import { healthOf } from './acts.ts';
import { readLink } from './acts/links.ts';
import type { PlaneRequest } from './models/plane.ts';
import { OPEN } from './readings.ts';
import type { SimulatedAnswer } from './server.ts';
import type { World } from './world.ts';

/** What must be so after a quiet time. */

/** Less than a minute: a request takes up to 200 ms to arrive, which is when it is counted. */
const MINUTE_MS = 60_000 - 200;
/** Requests of its last moments that a killed server has not stored, so that the next one does not know of them. */
const FORGOTTEN = 5;
/** Requests that a server has under way at once. */
const MOST_IN_FLIGHT = 2;

/** What is not: sentences. */
export async function audit(world: World): Promise<readonly string[]> {
  const { faults, dav } = world;
  faults.push(...dav.touched(), ...budgetFaults(world), ...readerFaults(world));
  await auditFeeds(world);
  await auditLinks(world);
  await auditHealth(world);
  return faults;
}

async function auditFeeds(world: World): Promise<void> {
  const { faults, servers, plane, scheduler, dav } = world;
  const answers: string[] = [];
  for (const server of servers.values()) {
    const answer = await world.read(server, OPEN);
    const { text } = answer;
    answers.push(wholeOf(answer));
    if (answers.length > 1) continue;
    const today = new Date(scheduler.now()).toISOString().slice(0, 10);
    faults.push(...differences(text, expected(plane.plane.tables, ALPHA, DEFAULT_OPTIONS, today)));
    faults.push(...dav.differences(text));
  }
  if (new Set(answers).size > 1) faults.push('servers answer differently');
}

/** Everything that a client keeps of an answer. */
function wholeOf({ etag, modified, text }: SimulatedAnswer): string {
  return `${etag} ${modified} ${text}`;
}

/** No link that was acknowledged is lost, and none that was revoked is back. */
async function auditLinks(world: World): Promise<void> {
  const { faults, servers, links, calendar } = world;
  for (const link of links.values()) {
    const answers: string[] = [];
    for (const server of servers.values()) {
      const answer = await readLink(world, server, link);
      const { status, text } = answer;
      answers.push(wholeOf(answer));
      const isEnded = status !== 200 || !text.includes('UID:plane-issue-');
      if (isEnded !== link.isRevoked) faults.push(`${link.path} is ${isEnded ? 'revoked' : 'not revoked'}: ${status}`);
      if (link.calendars && !isEnded)
        for (const [uid, title] of calendar.expected())
          if (!text.includes(`SUMMARY:${title}\r\n`))
            faults.push(`${link.path} lacks ${uid} of the calendar: ${title}`);
    }
    if (new Set(answers).size > 1) faults.push(`servers answer differently for ${link.path}`);
  }
}

/** Nothing is wrong any more. */
async function auditHealth(world: World): Promise<void> {
  for (const server of world.servers.values()) {
    const status = await healthOf(world, server);
    if (status !== 'ok') world.faults.push(`health of ${server.name} is ${status}`);
  }
}

/** The budget of a minute is that of all servers together, each of which knows what it sent itself. */
function budgetFaults({ plane: { requests }, profile: { budget } }: World): string[] {
  const all = mostInMinute(requests);
  const servers = [...new Set(requests.map(({ by }) => by))];
  return [
    ...(all > budget + FORGOTTEN ? [`Plane was asked ${all} times within a minute`] : []),
    ...servers.flatMap((server) => {
      const own = mostInMinute(requests.filter(({ by }) => by === server));
      return own > budget ? [`${server} asked Plane ${own} times within a minute`] : [];
    }),
  ];
}

function mostInMinute(requests: readonly PlaneRequest[]): number {
  let first = 0;
  let most = 0;
  for (const [last, { at }] of requests.entries()) {
    while (at - requests[first]!.at >= MINUTE_MS) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** One server reads Plane, until another does. What a server that was frozen had sent before may arrive later. */
function readerFaults({ plane: { requests } }: World): string[] {
  const former = new Map<string, number>();
  let reader: string | null = null;
  for (const { by } of requests) {
    if (former.has(by)) former.set(by, former.get(by)! + 1);
    else if (by !== reader) {
      if (reader !== null) former.set(reader, 0);
      reader = by;
    }
  }
  return [...former]
    .filter(([, count]) => count > MOST_IN_FLIGHT)
    .map(([server, count]) => `${server} asked Plane ${count} times after another server had begun to`);
}
