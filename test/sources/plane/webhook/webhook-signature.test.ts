import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSigned } from '../../../../src/sources/plane/webhook/webhook.ts';
import { recorded } from './recorded-deliveries.ts';

describe('a signature', () => {
  test('of every recorded delivery is right for its bytes, and wrong when one of them differs', () => {
    expect(recorded.length).toBeGreaterThan(60);
    for (const { secret, signature, body } of recorded) {
      expect(isSigned(body, signature, [secret])).toBe(true);
      const spoilt = Buffer.from(body);
      spoilt[Math.floor(body.length / 2)]! ^= 1;
      expect(isSigned(spoilt, signature, [secret])).toBe(false);
      expect(isSigned(Buffer.from(JSON.stringify(JSON.parse(body.toString()))), signature, [secret])).toBe(false);
      const flipped = (signature.startsWith('0') ? '1' : '0') + signature.slice(1);
      expect(isSigned(body, flipped, [secret])).toBe(false);
    }
  });

  test('may be made with any one of several secrets', () => {
    const { secret, signature, body } = recorded[0]!;
    expect(isSigned(body, signature, ['older', secret])).toBe(true);
    expect(isSigned(body, signature, [secret, 'newer'])).toBe(true);
    expect(isSigned(body, signature, ['older', 'newer'])).toBe(false);
    expect(isSigned(body, signature, [])).toBe(false);
  });

  test('is read in either case, and nothing but 64 hex digits is one', () => {
    const { secret, signature, body } = recorded[0]!;
    expect(isSigned(body, signature.toUpperCase(), [secret])).toBe(true);
    for (const wrong of ['', signature.slice(1), `${signature}00`, `sha256=${signature}`, 'z'.repeat(64)])
      expect(isSigned(body, wrong, [secret])).toBe(false);
  });

  test('with an empty secret never counts', () => {
    const body = Buffer.from('{}');
    expect(isSigned(body, createHmac('sha256', '').update(body).digest('hex'), [''])).toBe(false);
  });

  test('of any bytes survives any text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), fc.array(fc.string()), (bytes, signature, secrets) => {
        expect(isSigned(Buffer.from(bytes), signature, secrets)).toBe(false);
      }),
    );
  });
});
