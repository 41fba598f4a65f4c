import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import type { AccountOptions } from '../../src/caldav/transport/account.ts';
import { discover } from '../../src/caldav/discovery.ts';
import { A_CALENDAR, accountAt, errorOf, found, multistatus, tools } from '../caldav/support.ts';
import { createScratch } from '../support/scratch.ts';
import { command, needs } from './support/clients.ts';

const scratch = createScratch();

interface Site {
  readonly url: string;
  /** PEM: it signs itself. */
  readonly certificate: string;
  /** Handshakes that began, and requests that came through. */
  readonly seen: { connections: number; requests: number };
}

/** A calendar by https, with a certificate for that name alone. */
async function site(name: string): Promise<Site> {
  const folder = await scratch.folder();
  const [key, certificate] = [`${folder}/key.pem`, `${folder}/certificate.pem`];
  const subject = ['-subj', '/CN=plane-ics test', '-addext', `subjectAltName=${name}`, '-days', '2'];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const made = spawnSync('openssl', [...args, ...subject, '-keyout', key, '-out', certificate], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  const seen = { connections: 0, requests: 0 };
  const pem = await readFile(certificate, 'utf8');
  const server = createServer({ key: await readFile(key), cert: pem }, (_request, response) => {
    seen.requests++;
    multistatus(response, found('/c/', A_CALENDAR));
  });
  server.on('connection', () => seen.connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/c/`, certificate: pem, seen };
}

needs([command('openssl')], 'CalDAV over TLS', () => {
  test('refuses an untrusted certificate, without trying again or sending anything', async () => {
    const { url, seen } = await site('IP:127.0.0.1');
    const using = tools();
    const error = await errorOf(discover(accountAt(scratch, url, {}, using)));
    expect([error.code, error.message]).toEqual([
      'caldav_invalid_response',
      expect.stringContaining("can't be trusted"),
    ]);
    expect([seen.requests, using.waited]).toEqual([0, []]);
  });

  test('refuses a certificate for another name', async () => {
    const { url, certificate, seen } = await site('DNS:dav.example.com');
    const error = await errorOf(discover(accountAt(scratch, url, { ca: certificate })));
    expect([error.code, error.message]).toEqual(['caldav_invalid_response', expect.stringContaining('ALTNAME')]);
    expect(seen.requests).toBe(0);
  });

  test('accepts what a given authority signed, and any certificate when configured so', async () => {
    const { url, certificate } = await site('IP:127.0.0.1');
    for (const options of [{ ca: certificate }, { verify: false }] as Partial<AccountOptions>[]) {
      expect((await discover(accountAt(scratch, url, options))).calendars).toMatchObject([{ url }]);
    }
  });
});
