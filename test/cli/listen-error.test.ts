import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { listenError } from '../../src/cli/listen-error.ts';

/** Why a server can't listen, in words. */

const fault = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });
const sentence = (code: string, host = '::', port = 80): string | null =>
  listenError(fault(code), { host, port, portSetting: 'PORT' });

test.each([
  ['EADDRINUSE', '::', 'Port 80 on :: is already in use. Set PORT to another port, or stop the process that uses it.'],
  ['EACCES', '::', 'This user may not listen on port 80. Set PORT to a port above 1023.'],
  [
    'EADDRNOTAVAIL',
    '192.0.2.1',
    /^HOST 192\.0\.2\.1 is not an address of this machine\. Set HOST to one of its addresses,/,
  ],
  ['ENOTFOUND', 'nowhere.invalid', /^HOST nowhere\.invalid is not an address of this machine\./],
  ['EAI_AGAIN', 'nowhere.invalid', /^HOST nowhere\.invalid is not an address of this machine\./],
  ['EAFNOSUPPORT', '::', /^HOST :: is an IPv6 address, which this machine does not support\. Set HOST to 0\.0\.0\.0/],
  ['EINVAL', 'fe80::1', /^HOST fe80::1 can't be listened on\. .* for example HOST=fe80::1%eth0\.$/],
  ['EINVAL', 'febf::1%eth9', /There is no network interface with that name; ip address lists them\.$/],
  ['EINVAL', '10.0.0.1', /^HOST 10\.0\.0\.1 can't be listened on\. Set HOST to one of its addresses,/],
])('%s at %s', (code, host, expected) => {
  expect(sentence(code, host)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
});

test('an error of something else is none of listening', () => {
  expect([sentence('ENOSPC'), listenError(new Error('bug'), { host: '::', port: 1, portSetting: '--port' })]).toEqual([
    null,
    null,
  ]);
});

test('Node fails to listen on a link-local address without its interface as expected here', async () => {
  const error = await new Promise<unknown>((resolve) => {
    createServer().once('error', resolve).listen({ host: 'fe80::1', port: 0 });
  });
  expect(listenError(error, { host: 'fe80::1', port: 0, portSetting: 'PORT' })).toMatch(/^HOST fe80::1 /);
});
