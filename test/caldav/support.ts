import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createAccount,
  type Account,
  type AccountOptions,
  type AccountTools,
} from '../../src/caldav/transport/account.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Log } from '../../src/lib/log.ts';
import type { Scratch } from '../support/scratch.ts';

/** A request that a stub received. */
export interface Got {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server of a few lines, and the requests it received. */
export interface Stub {
  readonly origin: string;
  readonly got: Got[];
}

/** Tools whose clock is fixed, and whose waits are recorded and end at once. */
export interface TestTools extends AccountTools {
  readonly waited: number[];
  readonly logged: object[];
  now: number;
}

/** An AppError's part of what `work` throws; anything else fails the test. */
export async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error;
}

export function tools(): TestTools {
  const waited: number[] = [];
  const logged: object[] = [];
  const note = (fields: object): void => void logged.push(fields);
  const log: Log = { error: note, warn: note, info: note, debug: note };
  const made: TestTools = {
    waited,
    logged,
    now: Date.UTC(2026, 0, 1),
    clock: () => made.now,
    delay: (ms) => {
      waited.push(ms);
      return Promise.resolve();
    },
    random: () => 0.5,
    log,
  };
  return made;
}

/** Answers each request by `answer`, on loopback, until the test ends. */
export async function stub(
  scratch: Scratch,
  answer: (got: Got, response: ServerResponse, count: number) => unknown,
): Promise<Stub> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      got.push(one);
      answer(one, response, got.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

/** Alice's account at a stub. */
export function accountAt(
  scratch: Scratch,
  url: string,
  options: Partial<AccountOptions> = {},
  using: AccountTools = tools(),
): Account {
  const credentials = { kind: 'password', method: 'auto', username: 'alice', password: 'secret' } as const;
  const account = createAccount({ url, credentials, ...options }, using);
  scratch.defer(() => account.close());
  return account;
}

/** Ends an answer with a multistatus of these responses. */
export function multistatus(response: ServerResponse, responses: string): ServerResponse {
  return response.writeHead(207, { 'content-type': 'application/xml; charset=utf-8' }).end(multistatusText(responses));
}

export const multistatusText = (responses: string): string =>
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${responses}</d:multistatus>`;

/** A response with properties that were found. */
export const found = (href: string, props: string): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;

/** A response with a status alone. */
export const failed = (href: string, status: number, error = ''): string =>
  `<d:response><d:href>${href}</d:href><d:status>HTTP/1.1 ${status} Whatever</d:status>${error}</d:response>`;

export const A_CALENDAR = '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>';

/** A calendar object with one event. */
export function anEvent(uid: string, summary: string): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//plane-ics//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid.replace(/\.ics$/, '')}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART;VALUE=DATE:20260102',
    'DTEND;VALUE=DATE:20260103',
    `SUMMARY:${summary}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

/** Requests a path from an account's server. */
export const get = (account: Account, path = '/c/'): ReturnType<Account['read']> =>
  account.read({ method: 'GET', url: new URL(path, account.url) });
