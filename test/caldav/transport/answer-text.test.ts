import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createScratch } from '../../support/scratch.ts';
import { accountAt, errorOf, get, stub } from '../support.ts';

/** What becomes of the bytes of an answer. */

const scratch = createScratch();
const DIGEST = 'Digest realm="r", nonce="n1", qop="auth"';

describe('a coding', () => {
  test.each(['gzip', 'GZIP', 'x-gzip', ' Gzip ', 'identity, gzip'])('%j is unpacked', async (coding) => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(gzipSync('ä')),
    );
    expect((await get(accountAt(scratch, server.origin))).text).toBe('ä');
  });

  test.each(['gzip', 'br', 'deflate'])('%s of an empty body says nothing, whatever the status', async (coding) => {
    for (const status of [200, 204, 403, 404, 412]) {
      const server = await stub(scratch, (_got, response) =>
        response.writeHead(status, { 'content-encoding': coding }).end(),
      );
      expect(await get(accountAt(scratch, server.origin))).toMatchObject({ status, text: '' });
    }
  });

  test('gzip of an empty body hides neither a challenge nor a redirect', async () => {
    const server = await stub(scratch, ({ headers, url }, response) => {
      response.setHeader('content-encoding', 'gzip');
      if (!headers.authorization?.startsWith('Digest ')) response.writeHead(401, { 'www-authenticate': DIGEST }).end();
      else if (url === '/c/') response.writeHead(301, { location: '/d/' }).end();
      else response.end(gzipSync('there'));
    });
    expect((await get(accountAt(scratch, server.origin))).text).toBe('there');
  });

  test('that can not be read does not hide the status of an error', async () => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(403, { 'content-encoding': 'br' }).end(brotliCompressSync('no')),
    );
    expect(await get(accountAt(scratch, server.origin))).toMatchObject({ status: 403, text: '' });
  });

  test.each(['br', 'Deflate', 'gzip, gzip'])('%s, which was not asked for, is named', async (coding) => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end('x'),
    );
    const error = await errorOf(get(accountAt(scratch, server.origin)));
    expect([error.code, error.message]).toEqual(['caldav_invalid_response', expect.stringContaining(`"${coding}"`)]);
  });

  test('that is only said is named, one that breaks off is half an answer', async () => {
    const plain = await stub(scratch, (_got, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('BEGIN:VCALENDAR'),
    );
    const error = await errorOf(get(accountAt(scratch, plain.origin)));
    expect([error.code, error.message]).toEqual([
      'caldav_invalid_response',
      expect.stringContaining('labelled as "gzip"'),
    ]);
    const half = await stub(scratch, (_got, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('A'.repeat(5_000)).subarray(0, 20)),
    );
    expect((await errorOf(get(accountAt(scratch, half.origin)))).code).toBe('caldav_unavailable');
  });
});

describe('a text', () => {
  const utf16 = Buffer.from('\uFEFFä', 'utf16le');
  test.each<[string, string, Buffer]>([
    ['of UTF-8', 'text/calendar', Buffer.from('ä')],
    ['with a byte order mark', 'text/calendar; charset=iso-8859-1', Buffer.from('\uFEFFä')],
    ['of another charset', 'TEXT/CALENDAR;CHARSET="ISO-8859-1"', Buffer.from('ä', 'latin1')],
    ['of UTF-16', 'application/xml', utf16],
    ['of UTF-16, the other way', 'application/xml', Buffer.from(utf16).swap16()],
  ])('%s is read', async (_what, type, bytes) => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(200, { 'content-type': type }).end(bytes),
    );
    expect((await get(accountAt(scratch, server.origin))).text).toBe('ä');
  });

  test('of XML is read in the charset it declares', async () => {
    const xml = '<?xml version="1.0" encoding="ISO-8859-1"?><a>ä</a>';
    const server = await stub(scratch, (_got, response) => response.end(Buffer.from(xml, 'latin1')));
    expect((await get(accountAt(scratch, server.origin))).text).toBe(xml);
  });

  test('of a charset that does not exist is an error that names it', async () => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(200, { 'content-type': 'text/calendar; charset=klingon' }).end('x'),
    );
    const error = await errorOf(get(accountAt(scratch, server.origin)));
    expect([error.code, error.message]).toEqual(['caldav_invalid_response', expect.stringContaining('"klingon"')]);
  });
});
