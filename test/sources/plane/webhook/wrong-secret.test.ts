import { expect, test } from '@jest/globals';
import { createDeliveries, type Deliveries } from '../../../../src/sources/plane/webhook/deliveries.ts';
import { createWrongSecret, type WrongSecret } from '../../../../src/sources/plane/webhook/wrong-secret.ts';
import { NOON } from '../../../support/make.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { aLog } from '../../../support/log.ts';

const DAY = 86_400_000;

interface Desk {
  readonly clock: { now: number };
  readonly secrets: { known: string[]; source: 'setting' | 'page' | null };
  readonly deliveries: Deliveries;
  readonly wrongSecret: WrongSecret;
}

function aDesk(): Desk {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const secrets: Desk['secrets'] = { known: ['plane_wh_old'], source: 'setting' };
  const deliveries = createDeliveries(aMemoryStore(), now, () => undefined);
  const asked = { all: () => secrets.known, source: () => secrets.source };
  return {
    clock,
    secrets,
    deliveries,
    wrongSecret: createWrongSecret({ deliveries, secrets: asked, now, log: aLog() }),
  };
}

test('a delivery with an unknown secret is a problem that says where the right one belongs', () => {
  const { clock, secrets, deliveries, wrongSecret } = aDesk();
  deliveries.note('applied');
  expect(wrongSecret.problems()).toEqual([]);
  wrongSecret.note();
  clock.now += 1000;
  wrongSecret.note();
  const [problem] = wrongSecret.problems();
  expect(problem).toMatchObject({ part: 'webhook', since: NOON, until: NOON + 1000 + DAY });
  expect(problem?.message).toContain('Set PLANE_WEBHOOK_SECRET to the secret');
  secrets.source = 'page';
  expect(wrongSecret.problems()[0]?.message).toContain('under Status.');
  expect(problem?.message).not.toContain('plane_wh_old');
});

test('it is over with a signed delivery, another secret, or a day without one', () => {
  const { clock, secrets, deliveries, wrongSecret } = aDesk();
  wrongSecret.note();
  deliveries.note('refused');
  deliveries.note('unread');
  expect(wrongSecret.problems()).toHaveLength(1);
  deliveries.note('ignored');
  expect(wrongSecret.problems()).toEqual([]);

  wrongSecret.note();
  secrets.known = ['plane_wh_new'];
  expect(wrongSecret.problems()).toEqual([]);

  wrongSecret.note();
  clock.now += DAY - 1;
  expect(wrongSecret.problems()).toHaveLength(1);
  clock.now += 1;
  expect(wrongSecret.problems()).toEqual([]);
});
