import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import { createAccount, type Account } from '../../../src/caldav/transport/account.ts';
import { basicHeader } from '../../../src/caldav/transport/auth.ts';
import { makeCalendar } from '../../../src/caldav/calendar.ts';
import { openCollection } from '../../../src/caldav/collection.ts';
import { discover } from '../../../src/caldav/discovery.ts';
import type { Collection } from '../../../src/domain/collection.ts';
import { inspect } from '../../../src/mirrors/sync/fingerprint.ts';
import type { RunReport } from '../../../src/mirrors/sync/report.ts';
import type { MirrorObject } from '../../../src/mirrors/sync/object.ts';
import { tools, type TestTools } from '../../caldav/support.ts';
import { nameOf } from '../../mirrors/support/fixture.ts';
import { clientEnvironment, run } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';
import { startCalDav, type CalDavServer, type ServerKind } from './caldav-server.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { FOREIGN } from './foreign.ts';

/** A calendar on a real server, in which others keep events too. */
export interface Place {
  readonly server: CalDavServer;
  readonly proxy: FaultProxy;
  /** The calendar through the proxy, as a mirror is given it. */
  readonly collection: Collection;
  /** The calendar itself. */
  readonly direct: Collection;
  /** Pauses that the collection asked for; none is waited for. */
  readonly tools: TestTools;
  /** Names of objects that others made. */
  readonly foreign: readonly string[];
  /** Another, empty calendar of the user. */
  another(): Promise<Collection>;
  /** As another program would: without any of our code. */
  raw(method: 'GET' | 'PUT' | 'DELETE', name: string, body?: string): Promise<string>;
  /** Methods that went through the proxy since the last time. */
  asked(): string[];
}

/** Starts a server and makes a calendar with events of others; after the test these must be as they were, byte by byte. */
export async function aPlace(kind: ServerKind, scratch: Scratch): Promise<Place> {
  const server = await startCalDav(kind, scratch);
  const authorization = basicHeader(server.username, server.password);
  const proxy = await startFaultProxy(server.url, authorization, scratch);
  const user = accountAt(server, server.url, scratch);
  const { homes } = await discover(user);
  let calendars = 0;
  const another = async (): Promise<Collection> => {
    const wanted = { slug: `work-${++calendars}`, displayName: 'Work', components: ['VEVENT', 'VTODO'] };
    return openCollection(user, (await makeCalendar(user, homes[0]!, wanted)).url);
  };
  const direct = await another();
  const path = new URL(direct.url).pathname;
  const raw: Place['raw'] = async (method, name, body) => {
    const headers = { authorization, 'content-type': 'text/calendar; charset=utf-8' };
    const answer = await fetch(direct.url + encodeURIComponent(name), { method, headers, ...(body && { body }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${name}: ${answer.status} ${text}`);
    return text;
  };
  const foreign = Object.keys(FOREIGN);
  for (const [name, text] of Object.entries(FOREIGN)) await raw('PUT', name, text);
  const contents = (): Promise<string[]> => Promise.all(foreign.map((name) => raw('GET', name)));
  const before = await contents();
  scratch.defer(async () => {
    expect(await contents()).toEqual(before);
  });
  const own = tools();
  const through = accountAt(server, proxy.url, scratch, own);
  const collection = await openCollection(through, proxy.url + path.slice(1));
  proxy.requests.length = 0;
  const asked = (): string[] => proxy.requests.splice(0);
  return { server, proxy, collection, direct, tools: own, foreign, another, raw, asked };
}

/** The server's user, at the server or at the proxy before it. */
export function accountAt(
  { username, password }: Pick<CalDavServer, 'username' | 'password'>,
  url: string,
  scratch: Scratch,
  using = tools(),
): Account {
  const credentials = { kind: 'password', method: 'auto', username, password } as const;
  const account = createAccount({ url, credentials }, using);
  scratch.defer(() => account.close());
  return account;
}

/** The calendar holds the wanted objects, saying what they should, and nothing else but what others made. */
export async function expectMirrored(
  { direct, foreign }: Pick<Place, 'direct' | 'foreign'>,
  ...wanted: readonly ReadonlyMap<string, MirrorObject>[]
): Promise<void> {
  const stored = await direct.read([...(await direct.list()).values()]);
  const found = [...stored.values()].map(({ name, text }) => ({ name, seen: inspect(text) }));
  const uids = found.map(({ name, seen }) => seen?.uid ?? name);
  expect(new Set(uids).size).toBe(uids.length);
  const expected = wanted.flatMap((objects) => [...objects.values()].map(({ name, fp }) => `${name} ${fp}`));
  const own = found.filter(({ name }) => !foreign.includes(name));
  expect(own.map(({ name, seen }) => `${name} ${seen?.fp}`).sort()).toEqual(expected.sort());
}

/** A user's edit of what the mirror wrote. */
export async function editTitle({ raw }: Place, number: number, title: string): Promise<void> {
  const text = await raw('GET', nameOf(number));
  const edited = text.replace(/^SUMMARY.*$/m, `SUMMARY:${title}\r`);
  await raw('PUT', nameOf(number), edited);
}

/** What a run wrote. */
export function writesOf({ counts: { created, updated, deleted } }: RunReport): number[] {
  return [created, updated, deleted];
}

/** Nothing was done, and for that one listing was enough. */
export async function expectSettled(place: Place, run: () => Promise<RunReport>): Promise<void> {
  place.asked();
  const report = await run();
  expect([report.error, ...writesOf(report)]).toEqual([null, 0, 0, 0]);
  expect(place.asked()).toEqual(['PROPFIND']);
}

/** From 0 up to 1, the same ones each time (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All objects of the calendar, as vdirsyncer brings them. */
export async function fetchCalendar({ proxy, direct }: Place, home: string): Promise<string[]> {
  const [config, folder] = [`${home}/vdirsyncer.conf`, `${home}/calendar`];
  await mkdir(folder);
  // The proxy logs in: what vdirsyncer makes of a password outside ASCII is its own affair.
  await writeFile(
    config,
    `[general]
status_path = "${home}/status/"
[pair mirror]
a = "remote"
b = "local"
collections = null
[storage remote]
type = "caldav"
url = "${proxy.url}${new URL(direct.url).pathname.slice(1)}"
read_only = true
[storage local]
type = "filesystem"
path = "${folder}"
fileext = ".ics"
`,
  );
  for (const args of [['discover', 'mirror'], ['sync']]) {
    const { code, stderr } = await run('vdirsyncer', ['-c', config, ...args], clientEnvironment(home));
    if (code !== 0) throw new Error(`vdirsyncer ${args.join(' ')} ended with ${code}:\n${stderr}`);
  }
  return Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`, 'utf8')));
}
