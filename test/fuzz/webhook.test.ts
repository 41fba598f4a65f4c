import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { request } from 'undici';
import { parseOptions } from '../../src/views/options/options.ts';
import { ask, askFor, uidsOf } from '../http/ask.ts';
import { expected } from '../model/oracle.ts';
import { ALPHA } from '../support/acme.ts';
import { aTestApp, WEBHOOK_SECRET, type TestApp } from '../support/app.ts';
import { recordedActions, recordedDeliveries } from '../support/recorded.ts';
import { expectCalendar, expectDiscreet, mutated, mutations, nasty, sendRaw } from './support.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';

/** Whatever is delivered, the feed stays a calendar of items that Plane has, and a reconcile finds exactly Plane's truth again. */

const FEED = '/ics/ALPHA.ics?done=keep&cancelled=keep';
const OPTIONS = parseOptions([
  ['done', 'keep'],
  ['cancelled', 'keep'],
]);
const DAY = '2026-11-20';

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp();
  await ask(site, FEED);
});
afterAll(() => site.close());

const sign = (body: string | Buffer): string => createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');

const recorded = recordedActions().flatMap((action) =>
  recordedDeliveries(action).deliveries.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>),
);
const ofItems = recorded.filter(({ event }) => event === 'issue');

const goneId = (number: number): string => `00000000-0000-4000-8000-${String(number % 1e9).padStart(12, '0')}`;

const bodies: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  nasty.map((text) => Buffer.from(text)),
  fc.tuple(fc.constantFrom(...recorded), mutations).map(([body, all]) => Buffer.from(mutated(body, all))),
  // As if Plane had just written it, for an item that exists or, now and then, was deleted.
  fc.tuple(fc.nat(), fc.constantFrom(...ofItems), mutations).map(([number, body, all]) => {
    // An item with an invalid value in Plane would keep what a delivery said of it, as its last good version.
    const rows = [...site.plane.tables.projects.get(ALPHA)!.items.values()];
    const items = rows.filter((row) => (row.target_date ?? DAY) >= '1000').map(({ id }) => id);
    const data = {
      ...(body.data as object),
      id: number % 4 === 0 ? goneId(number) : items[number % items.length],
      project: ALPHA,
    };
    return Buffer.from(
      mutated({ ...body, data: { ...data, updated_at: new Date(site.clock.now + (number % 1e6)).toISOString() } }, all),
    );
  }),
);

const headerValues = fc.oneof(
  fc.constant(''),
  fc.constantFrom('0'.repeat(64), '0'.repeat(63), 'sha256=', 'ä'.repeat(32), `${'0'.repeat(64)}, ${'0'.repeat(64)}`),
  fc.string({ maxLength: 80 }),
  fc.constantFrom(1_000, 20_000).map((length) => 'a'.repeat(length)),
);

async function deliver(body: Buffer): Promise<{ status: number; text: string }> {
  const headers = { 'x-plane-signature': sign(body) };
  const answer = await request(`${site.url}/webhooks/plane`, { method: 'POST', headers, body });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** That readers get a calendar, and nothing in it that Plane doesn't have. */
async function expectFeed(): Promise<string> {
  const { status, body, text } = await ask(site, FEED);
  expect(status).toBe(200);
  expectCalendar(body);
  const ids = [...site.plane.tables.projects.get(ALPHA)!.items.keys()];
  expect(uidsOf(text).filter((uid) => !ids.some((id) => uid.includes(id)))).toEqual([]);
  return text;
}

test(
  'a signed delivery of any bytes is taken in or refused in words, and costs no feed anything',
  async () => {
    let sent = 0;
    const property = fc.asyncProperty(bodies, async (body) => {
      const { status, text } = await deliver(body);
      expect([200, 400]).toContain(status);
      expectDiscreet(text);
      expect(JSON.parse(text)).toMatchObject({ status: status === 200 ? 'processed' : 'error' });
      if (++sent % 20 === 0) await expectFeed();
    });
    await fc.assert(property, runs(15));
    await expectFeed();

    // The writers of Plane are believed until Plane is asked; then all is as Plane has it.
    expect((await askFor(site, 'POST', '/webhooks/sync')).status).toBe(200);
    for (let running = true; running;)
      running = (await askFor(site, 'GET', '/webhooks/status')).json.status === 'running';
    site.clock.now += 120_000;
    const calendar = await expectFeed();
    const truth = expected(site.plane.tables, ALPHA, OPTIONS, DAY);
    expect(uidsOf(calendar)).toEqual([...truth.keys()].map((uid) => uid.split('@')[0]!).sort());
    const titles = calendar
      .replaceAll('\r\n ', '')
      .match(/^SUMMARY:.*$/gm)
      ?.map((line) => line.slice(8).replace(/\\([\\;,])/g, '$1'));
    expect(titles?.sort()).toEqual([...truth.values()].map(({ summary }) => summary).sort());
    expect(site.log.lines.filter(({ message }) => message === 'unexpected error')).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'an unsigned delivery with any headers is refused, whatever else it says',
  async () => {
    const names = fc.constantFrom(
      'X-Plane-Signature',
      'X-Plane-Event',
      'Content-Type',
      'Content-Encoding',
      'Content-Length',
      'Transfer-Encoding',
      'Expect',
      'X-Forwarded-For',
    );
    const property = fc.asyncProperty(
      fc.array(fc.tuple(names, headerValues), { maxLength: 4 }),
      fc.uint8Array({ maxLength: 100 }),
      async (headers, body) => {
        const head = [
          'POST /webhooks/plane HTTP/1.1',
          'Host: localhost',
          'Connection: close',
          ...headers.map((one) => one.join(': ')),
          '',
          '',
        ].join('\r\n');
        const {
          status,
          headers: answered,
          body: text,
          all,
        } = await sendRaw(site.app.port, Buffer.concat([Buffer.from(head, 'latin1'), body]));
        // 200 is for one that has the shape of a signature and could not be read.
        expect([0, 200, 400, 401, 413, 417, 429, 431, 501]).toContain(status);
        expectDiscreet(all);
        // What Node itself refuses has no body.
        if (!['', '0\r\n\r\n'].includes(text)) expect(answered['content-type']).toMatch(/^application\/json/);
        if (status === 200) expect(text).toContain('"issue_id":null');
      },
    );
    await fc.assert(property, runs(15));
    await expectFeed();
  },
  PATIENCE_MS,
);
