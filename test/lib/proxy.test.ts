import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { request } from 'undici';
import { createAccount } from '../../src/caldav/transport/account.ts';
import { createPlaneDispatcher } from '../../src/sources/plane/api/dispatcher.ts';
import { connectThrough, createExemption, invalidExemptions, type ProxySettings } from '../../src/lib/proxy.ts';
import { aLog } from '../support/log.ts';
import { delay } from '../support/time.ts';
import { createScratch } from '../support/scratch.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** Which requests go through a proxy, by the settings that other programs read too. */

const scratch = createScratch();

const isExempt = (host: string, list: string): boolean => createExemption(list)(new URL(`https://${host}/`));

// From CURLOPT_NOPROXY(3), and the cases of curl's own tests (tests/unit/unit1614.c) that agree with it.
test.each<[host: string, list: string, exempt: boolean]>([
  ['ample.com', 'ample.com', true],
  ['ample.com:80', 'ample.com', true],
  ['www.ample.com', 'ample.com', true],
  ['www.example.com', 'ample.com', false],
  ['ample.com.org', 'ample.com', false],
  ['anything.example.com', '*', true],
  ['[2001:db8::1]', '*', true],
  ['192.168.0.1', '192.168.0.0/16', true],
  ['www.example.com', 'localhost,.example.com,.example.de', true],
  ['www.example.com.', 'localhost,.example.com,.example.de', true],
  ['example.com', 'localhost,.example.com,.example.de', true],
  ['example.com.', 'localhost,.example.com,.example.de', true],
  ['www.example.com', 'localhost,.example.com.,.example.de', true],
  ['www.example.com', 'localhost,www.example.com.,.example.de', true],
  ['example.com', 'localhost,example.com,.example.de', true],
  ['nonexample.com', '.example.com, .example.net', false],
  ['www.example.com', 'www2.example.com, .example.net', false],
  ['foobar', 'barfoo', false],
  ['foobar', 'foobar', true],
  ['BAr', 'foo, bar, ::1/64', true],
  ['bar', 'FOO,,,,,              BAR, ::1/64', true],
  ['192.168.0.1', 'foobar', false],
  ['192.168.0.1', '192.168.0.0/24', true],
  ['192.168.0.1', '192.168.0.0/32', false],
  ['192.168.0.1', '192.168.0.0', false],
  ['192.168.1.1', 'foo, bar, 192.168.0.0/24', false],
  ['192.168.1.1', 'foo bar 192.168.0.0/16', true],
  ['10.0.0.127', '10.0.0.1/28,localhost,', false],
  ['10.0.0.1', `localhost,${'10.0.0.1.'.repeat(14)}`, false],
  ['[2001:db8::1]', 'foo, bar, 192.168.0.0/16', false],
  ['[2001:db8::1]', 'foo, bar, 2001:db8::2/64', true],
  ['[2001:db8::1]', '2001:DB8:0::1', true],
  ['[fe80::ab47:4396:55c9:8474]', 'fe80::ab47:4396:55c9:8474/64', true],
  // What other programs take besides.
  ['[2001:db8::1]', '[2001:db8::1]', true],
  ['[2001:db8::1]:8443', '[2001:db8::1]:8443', true],
  ['[2001:db8::1]', '[2001:db8::1]:8443', false],
  ['[2001:db8::1]', '[2001:db8::]/32', true],
  ['plane.example.com', '*.example.com', true],
  ['plane.example.com:8443', 'plane.example.com:8443', true],
  ['plane.example.com', 'plane.example.com:8443', false],
  ['plane.example.com', 'plane.example.com:443', true],
  ['10.0.0.1:8443', '10.0.0.1:8443', true],
  ['bücher.example', 'BÜCHER.example', true],
  ['plane.example.com', '', false],
  ['plane.example.com', ' , ,. ', false],
  ['10.1.2.3', '1.2.3', false],
  // This machine, in every case.
  ['localhost', '', true],
  ['plane.localhost', '', true],
  ['127.8.9.1', '', true],
  ['[::1]', '', true],
  ['localhost.example.com', '', false],
])('%s with NO_PROXY="%s": %p', (host, list, exempt) => {
  expect(isExempt(host, list)).toBe(exempt);
});

describe('for any list', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
  const ipv4 = fc.integer({ min: 0, max: 0xffffffff }).filter((number) => number >>> 24 !== 127);
  const dotted = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');

  test('a name is exempt with itself and what it is below, however it is written, and not with its tail', () => {
    const dress = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => `.${text}`,
      (text) => `${text}.`,
      (text) => `*.${text}`,
      (text) => text.toUpperCase(),
      (text) => `other.example,  ${text} `,
    );
    fc.assert(
      fc.property(name, label, dress, (text, below, dressed) => {
        expect(isExempt(text, dressed(text))).toBe(true);
        expect(isExempt(`${below}.${text}`, dressed(text))).toBe(true);
        expect(isExempt(`x${text}`, dressed(text))).toBe(false);
      }),
    );
  });

  test('a block exempts the addresses whose first bits are its own, and no others', () => {
    fc.assert(
      fc.property(ipv4, ipv4, fc.integer({ min: 0, max: 32 }), fc.boolean(), (network, other, bits, near) => {
        const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
        const address = near ? ((network & mask) | (other & ~mask)) >>> 0 : other;
        fc.pre(address >>> 24 !== 127);
        const isInside = (address & mask) >>> 0 === (network & mask) >>> 0;
        expect(isExempt(dotted(address), `${dotted(network)}/${bits}`)).toBe(isInside);
      }),
    );
  });

  test('it is read without an error, and what is no block is named', () => {
    fc.assert(
      fc.property(unicodeText(), (list) => {
        isExempt('plane.example.com', list);
        isExempt('[2001:db8::1]', list);
        for (const entry of invalidExemptions(list)) expect(entry).toContain('/');
      }),
    );
    expect(invalidExemptions('10.0.0.0/33, 10.0.0.0/8 2001:db8::/129,ample.com/8,10.0.0.0/,10.0.0.0/8/8')).toEqual([
      '10.0.0.0/33',
      '2001:db8::/129',
      'ample.com/8',
      '10.0.0.0/',
      '10.0.0.0/8/8',
    ]);
  });
});

/** A proxy that answers everything itself, and what it was asked. */
async function aProxy(): Promise<{ readonly host: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const note = ({ method, url, headers }: IncomingMessage): void => {
    const login = headers['proxy-authorization'];
    asked.push(`${method} ${url}${login === undefined ? '' : ` ${login}`}`);
  };
  const server = createServer((incoming, response) => {
    note(incoming);
    response.end('from the proxy');
  });
  server.on('connect', (incoming, socket) => {
    note(incoming);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** The text of an answer, or of what kept it from coming. */
async function answerOf(url: string, proxy: ProxySettings): Promise<string> {
  const dispatcher = createPlaneDispatcher(null, connectThrough(proxy));
  try {
    return await (await request(url, { dispatcher })).body.text();
  } catch (error) {
    return String(error);
  } finally {
    await dispatcher.destroy();
  }
}

test('http addresses are asked of their proxy, https addresses through a tunnel of theirs, with its login', async () => {
  const { host, asked } = await aProxy();
  const proxy = { http: `http://ada:p%40ss@${host}`, https: `http://bob@${host}`, none: null };
  expect(await answerOf('http://plane.example.com/api?a=1', proxy)).toBe('from the proxy');
  const error = await answerOf('https://plane.example.com/api', proxy);
  expect(error).toContain('403');
  expect(error).not.toMatch(/bob|ada|p%40ss|p@ss/);
  expect(asked).toEqual([
    `GET http://plane.example.com/api?a=1 Basic ${Buffer.from('ada:p@ss').toString('base64')}`,
    `CONNECT plane.example.com:443 Basic ${Buffer.from('bob:').toString('base64')}`,
  ]);
});

test('without a proxy of their kind, exempt, or on this machine, addresses are asked directly', async () => {
  const proxy = await aProxy();
  const target = await aProxy();
  const both = { http: `http://${proxy.host}`, https: `http://${proxy.host}`, none: 'plane.invalid' };
  expect(await answerOf(`http://${target.host}/`, both)).toBe('from the proxy');
  expect(await answerOf('http://plane.invalid/', both)).toContain('plane.invalid');
  expect(await answerOf('http://plane.invalid/', { ...both, http: null, none: null })).toContain('plane.invalid');
  expect(await answerOf('https://plane.invalid/', { ...both, https: null, none: null })).toContain('plane.invalid');
  expect(proxy.asked).toEqual([]);
  expect(target.asked).toEqual(['GET /']);
});

test('a CalDAV server is asked through the proxy, and so is who gives out its tokens', async () => {
  const { host, asked } = await aProxy();
  const log = aLog();
  const proxy = { http: `http://ada:pw@${host}`, https: `http://ada:pw@${host}`, none: null };
  const tools = { clock: Date.now, delay, random: Math.random, connect: connectThrough(proxy), log };
  const grant = { clientId: 'id', clientSecret: 'secret', refreshToken: 'token' };
  const credentials = [
    { kind: 'none' },
    { kind: 'oauth2', ...grant, tokenUrl: 'https://login.example.com/token' },
  ] as const;
  for (const one of credentials) {
    const account = createAccount({ url: 'http://dav.example.com', credentials: one, allowInsecure: true }, tools);
    scratch.defer(() => account.close());
    const told = await account.write({ method: 'PUT', url: new URL('/a.ics', account.url) }).catch(String);
    expect(JSON.stringify([told, log.lines])).not.toMatch(/ada|pw@/);
  }
  const login = `Basic ${Buffer.from('ada:pw').toString('base64')}`;
  expect(asked).toEqual([`PUT http://dav.example.com/a.ics ${login}`, `CONNECT login.example.com:443 ${login}`]);
});
