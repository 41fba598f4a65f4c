import { expect, test } from '@jest/globals';
import supertest from 'supertest';
import { sessionAnswer } from '../../src/http/api/responses.ts';
import { openOutside } from '../../src/http/outside.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../support/app.ts';
import { NOON } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';

const PUBLIC = { publicUrl: 'https://calendars.example.com' };
const HOST = 'calendars.example.com';
const FAR = '203.0.113.9';

/** Sends a request with that Host, from that address by way of a proxy on this machine. */
async function visit({ url }: TestApp, host: string, from: string): Promise<void> {
  const request = supertest(url).get('/health').set('Host', host);
  await (from === '' ? request : request.set('X-Forwarded-For', from));
}

/** Returns what the page's checklist shows. */
async function reached({ url }: TestApp): Promise<unknown> {
  const login = await supertest(url).post('/api/v1/session').send({ token: ADMIN_TOKEN });
  const [cookie = ''] = login.headers['set-cookie'] as unknown as string[];
  const { body } = await supertest(url)
    .get('/api/v1/session')
    .set('Cookie', cookie.split(';')[0] ?? '');
  return sessionAnswer.parse(body).reached_from_outside;
}

test.each([0, 1])(
  'only a request from outside at the public host counts, with %s trusted proxies',
  async (trustProxy) => {
    const site = await aTestApp({ ...PUBLIC, trustProxy });
    expect(await reached(site)).toBeNull();
    await visit(site, HOST, '');
    await visit(site, HOST, '192.168.1.20');
    await visit(site, HOST, 'unknown');
    await visit(site, 'other.example.com', FAR);
    await visit(site, HOST, `${FAR}, 10.0.0.1`);
    expect(await reached(site)).toBeNull();

    await visit(site, HOST.toUpperCase(), `10.0.0.1, ${FAR}`);
    expect(await reached(site)).toBe('2026-11-20T12:00:00.000Z');
    await site.close();
  },
);

test('the last one survives a restart', async () => {
  const site = await aTestApp(PUBLIC);
  await visit(site, HOST, FAR);
  const next = await site.restart();
  expect(await reached(next)).toBe('2026-11-20T12:00:00.000Z');
  await next.close();
});

test('it is stored at most once an hour, and an error of the store is none of the visitor', async () => {
  const store = aMemoryStore();
  const clock = { now: NOON };
  const outside = await openOutside(store, () => clock.now);
  outside.record();
  clock.now += 3_599_999;
  outside.record();
  expect(outside.lastAt()).toBe(clock.now);
  expect([...store.records.values()]).toEqual([String(NOON)]);
  store.isFull = true;
  clock.now += 1;
  outside.record();
  store.isFull = false;
  clock.now += 3_600_000;
  outside.record();
  expect([...store.records.values()]).toEqual([String(clock.now)]);
  expect((await openOutside(store, () => 0)).lastAt()).toBe(clock.now);
});
