import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createDeliveries, type Deliveries } from '../../../../src/sources/plane/webhook/deliveries.ts';
import { createMisdirected, type MisdirectedDeliveries } from '../../../../src/sources/plane/webhook/misdirected.ts';
import { NOON } from '../../../support/make.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { aLog } from '../../../support/log.ts';
import { unicodeText } from '../../../support/unicode-text.ts';

const ADDRESS = 'https://calendars.example.com/webhooks/plane';
const DAY = 86_400_000;

interface Desk {
  readonly clock: { now: number };
  readonly log: ReturnType<typeof aLog>;
  readonly deliveries: Deliveries;
  readonly misdirected: MisdirectedDeliveries;
}

function aDesk(): Desk {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const log = aLog();
  const deliveries = createDeliveries(aMemoryStore(), now, () => undefined);
  return { clock, log, deliveries, misdirected: createMisdirected({ deliveries, address: ADDRESS, now, log }) };
}

describe('a delivery to a wrong address', () => {
  test('is counted, and a problem that names both addresses; the log hears of the first alone, without the path', () => {
    const { clock, log, deliveries, misdirected } = aDesk();
    expect(misdirected.problems()).toEqual([]);
    misdirected.note('POST', '/webhook/plane');
    clock.now += 1000;
    misdirected.note('POST', '/webhook/plane');
    expect(deliveries.counts().misdirected).toBe(2);
    expect(deliveries.lastAt()).toBeNull();
    expect(misdirected.problems()).toEqual([
      {
        part: 'webhook',
        message: `Plane delivers to /webhook/plane, which is not the webhook's address. Save ${ADDRESS} as the webhook's address in Plane.`,
        since: NOON,
        until: NOON + 1000 + DAY,
      },
    ]);
    expect(log.lines).toHaveLength(1);
    expect(JSON.stringify(log.lines)).not.toContain('/webhook/plane');
  });

  test('is over when a signed one reached the right address, not when a forged one did', () => {
    const { log, deliveries, misdirected } = aDesk();
    deliveries.note('applied');
    misdirected.note('POST', '/');
    for (const outcome of ['refused', 'unread'] as const) deliveries.note(outcome);
    expect(misdirected.problems()).toHaveLength(1);
    deliveries.note('ignored');
    expect(misdirected.problems()).toEqual([]);
    expect(log.lines.map(({ message }) => message)).toEqual([
      'Plane delivers to a wrong address',
      'Plane no longer delivers to a wrong address',
    ]);
    misdirected.note('POST', '/');
    expect(misdirected.problems()).toHaveLength(1);
  });

  test('is over a day after the last one', () => {
    const { clock, misdirected } = aDesk();
    misdirected.note('POST', '/');
    clock.now += DAY - 1;
    expect(misdirected.problems()).toHaveLength(1);
    clock.now += 1;
    expect(misdirected.problems()).toEqual([]);
    misdirected.note('POST', '/other');
    expect(misdirected.problems()).toMatchObject([{ since: NOON + DAY }]);
  });

  test('by another method at the right address says that it redirects', () => {
    const { misdirected } = aDesk();
    misdirected.note('GET', null);
    expect(misdirected.problems()[0]!.message).toBe(
      `Plane's deliveries arrive as GET, without their content: the address saved in Plane redirects. Save ${ADDRESS} as the webhook's address in Plane.`,
    );
  });

  test('shows a short, printable path without the secret of a link', () => {
    fc.assert(
      fc.property(unicodeText({ maxLength: 3000 }), (text) => {
        const { misdirected } = aDesk();
        misdirected.note('POST', `/${text}`);
        const [{ message } = { message: '' }] = misdirected.problems();
        expect(message).toMatch(/^[\x20-\x7e…]{1,300}$/);
      }),
    );
    const { misdirected } = aDesk();
    misdirected.note('POST', '/ics/Ab-_0123456789abcdefgh/Ada.ics');
    expect(misdirected.problems()[0]!.message).toContain('delivers to /ics/…/Ada.ics,');
  });
});
