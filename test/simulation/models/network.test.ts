import { expect, test } from '@jest/globals';
import { acmeTables } from '../../support/acme.ts';
import { NOON } from '../../support/make.ts';
import { createSimulatedDatabase } from './database.ts';
import type { NetworkHost, NetworkRequest } from './network.ts';
import { createSimulatedPlane } from './plane.ts';
import { createScheduler } from '../scheduler.ts';
import { startServer, type SimulatedAnswer } from '../server.ts';

/** All that a server asks of others goes through the network that it is given, and is checked there as on a real one. */

const CALENDAR =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

interface TestHost extends NetworkHost {
  readonly asked: string[];
}

function aHost(respond: (request: NetworkRequest) => { status: number; body: string }, address?: string): TestHost {
  const asked: string[] = [];
  return {
    asked,
    mostMs: 100,
    ...(address !== undefined && { address }),
    answer: (request) => {
      asked.push(`${request.method} ${request.url.href}`);
      return { headers: {}, ...respond(request) };
    },
  };
}

/** What a server with these hosts around it answers. */
async function ask(hosts: Readonly<Record<string, NetworkHost>>, path: string, body: object): Promise<SimulatedAnswer> {
  const scheduler = createScheduler(1, NOON);
  const [database, plane] = [createSimulatedDatabase(scheduler), createSimulatedPlane(scheduler, acmeTables())];
  const parts = { scheduler, database, plane, hosts: new Map(Object.entries(hosts)) };
  const server = await scheduler.until(startServer('one', parts));
  try {
    return await scheduler.until(server.ask(path, 'POST', body));
  } finally {
    server.process.kill();
  }
}

const source = { name: 'Holidays', kind: 'ics', url: 'https://calendar.invalid/x.ics' };

test('a source is read from it', async () => {
  const calendar = aHost(() => ({ status: 200, body: CALENDAR }));
  expect(await ask({ 'calendar.invalid': calendar }, '/api/v1/sources', source)).toMatchObject({ status: 201 });
  expect(calendar.asked[0]).toBe(`GET ${source.url}`);
});

test('a source whose name leads to a private address is never asked', async () => {
  const calendar = aHost(() => ({ status: 200, body: CALENDAR }), '10.0.0.1');
  const answer = await ask({ 'calendar.invalid': calendar }, '/api/v1/sources', source);
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('source_refused') });
  expect(calendar.asked).toEqual([]);
});

test('a CalDAV server is asked over it, and so is who gives out its tokens', async () => {
  const dav = aHost(() => ({ status: 403, body: '' }));
  const tokens = aHost(({ body }) => ({
    status: 200,
    body: JSON.stringify({ access_token: new URLSearchParams(body).get('refresh_token'), expires_in: 3600 }),
  }));
  const oauth = { client_id: 'a', client_secret: 'b', refresh_token: 'c', token_url: 'https://tokens.invalid/token' };
  const hosts = { 'dav.invalid': dav, 'tokens.invalid': tokens };
  await ask(hosts, '/api/v1/mirrors/test', { server: { url: 'https://dav.invalid/', oauth } });
  expect(tokens.asked).toEqual(['POST https://tokens.invalid/token']);
  expect(dav.asked[0]).toMatch(/^PROPFIND https:\/\/dav\.invalid\//);
});
