import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { decodeBody } from '../../../../src/sources/plane/api/body.ts';

/** Of a gzip stream: it has nothing in it, and any number of them may follow each other. */
const EMPTY_BLOCK = Buffer.from('000000ffff', 'hex');

/** A body that begins so, and goes on with a few bytes now and then. */
function drip(begin: Buffer, more: Buffer): PassThrough {
  const body = new PassThrough();
  body.write(begin);
  const timer = setInterval(() => body.write(more), 10);
  body.on('close', () => {
    clearInterval(timer);
  });
  return body;
}

test.each([
  ['', drip(Buffer.from('{'), Buffer.from(' '))],
  ['gzip', drip(gzipSync('').subarray(0, 10), EMPTY_BLOCK)],
])('a body of coding "%s" that does not end is given up', async (coding, body) => {
  const read = async (): Promise<void> => {
    for await (const _bytes of decodeBody(body, coding, 'http://plane', 200));
  };
  await expect(read()).rejects.toMatchObject({
    code: 'plane_unavailable',
    message: 'The answer of http://plane does not end.',
  });
  expect(body.destroyed).toBe(true);
});
