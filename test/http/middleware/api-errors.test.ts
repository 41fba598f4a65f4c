import { describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { AppError, type ErrorCode } from '../../../src/domain/errors.ts';
import { aSite, BODY, post, sign, type Answer, type Site } from '../webhook/site.ts';

/** How errors are answered, at the webhook route as everywhere in the API. */

describe('errors of the API', () => {
  const anApi = (error: unknown): Promise<Site> =>
    aSite({
      receive: () => {
        throw error;
      },
    });

  const DOCTOR = { fix: 'Run plane-ics doctor, which tests every setting live.' };
  test.each<[ErrorCode, number, string, object]>([
    ['not_found', 404, 'NOT_FOUND', {}],
    ['conflict', 409, 'CONFLICT', { fix: 'Reload, and try again.' }],
    ['not_ready', 503, 'NOT_READY', {}],
    ['stopping', 503, 'NOT_READY', {}],
    ['gone', 410, 'GONE', {}],
    ['storage_full', 507, 'STORAGE_FULL', {}],
    ['storage_unavailable', 503, 'STORAGE_UNAVAILABLE', {}],
    ['plane_key', 502, 'PLANE_API_ERROR', DOCTOR],
    ['plane_unavailable', 502, 'PLANE_API_ERROR', DOCTOR],
    ['caldav_key', 502, 'CALDAV_CONNECTION_ERROR', { fix: 'Check the address and the login of the CalDAV server.' }],
  ])('for %s have the status %i and the code %s', async (reason, status, code, fix) => {
    const { url } = await anApi(new AppError(reason, 'A sentence.'));
    const answer = await post(url, BODY, { 'x-plane-signature': sign(BODY) });
    expect([answer.status, answer.json.error_code, answer.json.message]).toEqual([status, code, 'A sentence.']);
    expect(answer.json.details).toEqual({ reason, ...fix });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  test('keep the fix that the error has', async () => {
    const { url } = await anApi(new AppError('plane_key', 'A sentence.', { fix: 'Do this.' }));
    const answer = await post(url, BODY, { 'x-plane-signature': sign(BODY) });
    expect(answer.json.details).toEqual({ reason: 'plane_key', fix: 'Do this.' });
  });

  test('say when to come again, as Plane did', async () => {
    const { url } = await anApi(new AppError('plane_limit', 'Plane is busy.', { retryAfterSeconds: 7 }));
    expect((await post(url, BODY, { 'x-plane-signature': sign(BODY) })).headers['retry-after']).toBe('7');
  });

  test('of the router keep their words, others do not', async () => {
    const exposed = Object.assign(new Error('Bad path'), { expose: true, status: 400 });
    const { url } = await anApi(exposed);
    const answer = await post(url, BODY, { 'x-plane-signature': sign(BODY) });
    expect([answer.status, answer.json.error_code, answer.json.message]).toEqual([400, 'BAD_REQUEST', 'Bad path']);
    const odd = await anApi(null);
    expect((await post(odd.url, BODY, { 'x-plane-signature': sign(BODY) })).status).toBe(500);
  });

  test('are JSON for unknown addresses and methods too, but only below /api/ and /webhooks/', async () => {
    const { url } = await aSite();
    const ask = async (path: string, method: 'GET' | 'PUT'): Promise<unknown[]> => {
      const { statusCode, headers, body } = await request(new URL(path, url), { method });
      const text = await body.text();
      return [statusCode, headers.allow, text.startsWith('{') ? (JSON.parse(text) as Answer['json']).error_code : text];
    };
    expect(await ask('/webhooks/nothing', 'GET')).toEqual([404, undefined, 'NOT_FOUND']);
    expect(await ask('/api/v1/nothing', 'GET')).toEqual([404, undefined, 'NOT_FOUND']);
    expect(await ask('/webhooks/plane', 'GET')).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
    expect(await ask('/other', 'GET')).toEqual([404, undefined, 'Not Found']);
  });
});
