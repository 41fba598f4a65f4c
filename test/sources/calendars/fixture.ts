import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import type { Login } from '../../../src/caldav/login.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { connectThrough, DIRECT } from '../../../src/lib/proxy.ts';
import { createReach } from '../../../src/sources/calendars/fetch/reach.ts';
import { createCalendarRegistry, type CalendarRegistry } from '../../../src/sources/calendars/registry.ts';
import type { SourceConfig } from '../../../src/sources/calendars/source.ts';
import type { SourceTools } from '../../../src/sources/calendars/tools.ts';
import { createRemovalGuard } from '../../../src/sources/trust/removal-guard.ts';
import { NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aLog } from '../../support/log.ts';

/** A web server with calendars, and sources that read them. */

/** Answers one request. */
export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server on loopback. */
export interface WebServer {
  readonly url: string;
  readonly host: string;
  /** What it answers. */
  respond: Respond;
  /** "GET /path" of each request so far. */
  readonly requests: { readonly line: string; readonly headers: IncomingMessage['headers'] }[];
}

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
});

/** Serves until the test ends. */
export async function aWebServer(respond: Respond = calendar(anEvent())): Promise<WebServer> {
  const server = createServer((request, response) => {
    web.requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    web.respond(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const web: WebServer = { url: `http://${host}`, host, respond, requests: [] };
  return web;
}

/** One event, as its lines. */
export function anEvent(uid = 'one@example.com', lines: readonly string[] = []): string[] {
  const own = new Set(lines.map((line) => line.split(/[:;]/)[0]));
  const usual = ['DTSTAMP:20260101T000000Z', 'DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z', `SUMMARY:${uid}`];
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    ...usual.filter((line) => !own.has(line.split(':')[0])),
    ...lines,
    'END:VEVENT',
  ];
}

/** Several events, of which each has its number in its UID. */
export function events(count: number, lines: readonly string[] = []): string[] {
  return Array.from({ length: count }, (_, n) => anEvent(`${n}@example.com`, lines)).flat();
}

/** A calendar of these lines. */
export function ics(lines: readonly string[] = []): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');
}

/** Answers with a calendar of these lines. */
export function calendar(lines: readonly string[], headers: Record<string, string> = {}): Respond {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/calendar; charset=utf-8', ...headers }).end(ics(lines));
  };
}

/** Answers with a status. */
export function status(code: number, headers: Record<string, string> = {}, body = ''): Respond {
  return (_request, response) => {
    response.writeHead(code, headers).end(body);
  };
}

/** A login without a user, for this address. */
export function loginAt(url: string): Login {
  return { server: { url, auth: 'none', username: null, oauth: null, caPem: null, verify: true }, secrets: {} };
}

/** A source of kind ics. */
export function aSourceConfig(fields: Partial<SourceConfig> = {}): SourceConfig {
  const { server } = loginAt('https://calendar.example.com/…');
  return {
    id: 'cal-0123456789',
    name: 'Team',
    kind: 'ics',
    server,
    timezone: null,
    refreshSeconds: null,
    userAgent: null,
    color: null,
    keepAttendees: false,
    timesheet: null,
    createdAt: NOON,
    secrets: { url: 'https://calendar.example.com/secret.ics' },
    ...fields,
  };
}

/** What sources work with, in memory; loopback is permitted. */
export interface TestTools extends Omit<SourceTools, 'changed'> {
  readonly kept: ReturnType<typeof aMemoryStore>;
  readonly cache: ReturnType<typeof aMemoryStore>;
  readonly log: ReturnType<typeof aLog>;
  readonly time: { now: number };
  readonly vault: { seal(text: string): string; open(sealed: string): string | null };
}

/** New tools; what was stored with others can be given. */
export function tools(given: Partial<TestTools> = {}): TestTools {
  const time = given.time ?? { now: NOON };
  return {
    kept: aMemoryStore(),
    cache: aMemoryStore(),
    removals: createRemovalGuard(() => time.now),
    guard: () => ({ reach: createReach(['127.0.0.1']), connect: connectThrough(DIRECT) }),
    clock: () => time.now,
    // Nothing happens by itself.
    delay: () => new Promise(() => undefined),
    random: () => 0,
    vault: {
      seal: (text) => Buffer.from(text).toString('base64'),
      open: (sealed) => Buffer.from(sealed, 'base64').toString(),
    },
    ...given,
    log: aLog(),
    time,
  };
}

/** A registry with these tools, loaded. */
export async function aRegistry(given: TestTools = tools()): Promise<CalendarRegistry> {
  const registry = createCalendarRegistry(given);
  await registry.restore();
  return registry;
}

/** The expected error of a task. */
export async function errorOf(task: Promise<unknown>): Promise<AppError> {
  try {
    await task;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
