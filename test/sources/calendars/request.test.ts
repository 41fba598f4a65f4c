import { expect, test } from '@jest/globals';
import { AppError } from '../../../src/domain/errors.ts';
import { unreachable } from '../../../src/sources/calendars/fetch/errors.ts';
import { tryRequest, type NewSource } from '../../../src/sources/calendars/request.ts';
import { loginAt } from './fixture.ts';

/** Requests of the API before they are sources. */

const failing = (code: string): AppError => unreachable('example.com', Object.assign(new Error(code), { code }));

test.each<[string, AppError, boolean]>([
  ['nothing listens for it', failing('ECONNREFUSED'), true],
  ['something else answers', failing('ERR_SSL_WRONG_VERSION_NUMBER'), true],
  ['its certificate is for another name', failing('ERR_TLS_CERT_ALTNAME_INVALID'), false],
  ['its certificate has expired', failing('CERT_HAS_EXPIRED'), false],
  ['the connection is reset', failing('ECONNRESET'), false],
  ['it sends a web page', new AppError('source_invalid', 'This is a web page.'), false],
])('a webcal address is read by http, or not, where by https %s', async (_what, error, expected) => {
  const [url, insecureUrl] = ['https://example.com/secret.ics', 'http://example.com/secret.ics'];
  const request: NewSource = { name: 'Team', kind: 'ics', login: loginAt(url), insecureUrl };
  const tried: string[] = [];
  const result = await tryRequest(request, ({ login }) => {
    tried.push(login.server.url);
    return login.server.url === url ? Promise.reject(error) : Promise.resolve('read');
  }).catch((thrown: unknown) => thrown);
  expect([result, tried]).toEqual(expected ? ['read', [url, insecureUrl]] : [error, [url]]);
});
