import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/domain/errors.ts';
import {
  applyDeliveryMessage,
  createForwarder,
  type DeliveryMessage,
} from '../../../../src/sources/plane/webhook/forwarder.ts';
import { shown } from '../../../../src/sources/plane/webhook/misdirected.ts';

/** Deliveries that reach a server without the lease. */

const DELIVERY = Buffer.from(
  JSON.stringify({
    event: 'issue',
    action: 'deleted',
    webhook_id: '10000000-0000-4000-8000-000000000001',
    workspace_id: '10000000-0000-4000-8000-000000000002',
    data: { id: '10000000-0000-4000-8000-000000000003', project: '10000000-0000-4000-8000-000000000004' },
  }),
);

function aForwarder() {
  const sent: DeliveryMessage[] = [];
  const waiting: (() => void)[] = [];
  const state = { isDown: false, now: 0 };
  const forwarder = createForwarder({
    secrets: () => ['secret'],
    send: (message) => {
      if (state.isDown) return Promise.reject(new AppError('storage_unavailable', 'down'));
      sent.push(message);
      return Promise.resolve();
    },
    now: () => state.now,
    delay: () => new Promise((resolve) => waiting.push(resolve)),
  });
  const turn = async (): Promise<void> => {
    for (const wake of waiting.splice(0)) wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { forwarder, sent, state, turn };
}

describe('a delivery at a follower', () => {
  test('is stored as it arrived before it is acknowledged', async () => {
    const { forwarder, sent } = aForwarder();
    expect(await forwarder.receive(DELIVERY)).toMatchObject({ action: 'deleted' });
    expect(sent).toEqual([{ body: DELIVERY.toString('base64') }]);
  });

  test('that makes no sense is not stored', async () => {
    const { forwarder, sent } = aForwarder();
    await expect(forwarder.receive(Buffer.from('nonsense'))).rejects.toMatchObject({ code: 'missing' });
    expect(sent).toEqual([]);
  });

  test('that could not be stored is reported as missed as soon as that can be stored, once', async () => {
    const { forwarder, sent, state, turn } = aForwarder();
    state.isDown = true;
    await expect(forwarder.receive(DELIVERY)).rejects.toMatchObject({ code: 'storage_unavailable' });
    for (let times = 0; times < 3; times++) forwarder.missed();
    await turn();
    await turn();
    expect(sent).toEqual([]);
    state.isDown = false;
    await turn();
    await turn();
    expect(sent).toEqual([{ missed: true }]);
    forwarder.missed();
    await turn();
    expect(sent).toHaveLength(2);
  });

  test('that was missed is reported at once, and those of the next seconds together', async () => {
    const { forwarder, sent, turn } = aForwarder();
    for (let times = 0; times < 100; times++) {
      forwarder.missed();
      await Promise.resolve();
    }
    expect(sent).toEqual([{ missed: true }]);
    await turn();
    expect(sent).toHaveLength(2);
    await turn();
    await turn();
    expect(sent).toHaveLength(2);
  });

  test('that strangers sent is reported once a minute, unsigned ones never', async () => {
    const { forwarder, sent, state } = aForwarder();
    for (let times = 0; times < 100; times++) {
      forwarder.refused(false);
      forwarder.refused(true);
      forwarder.note('POST', '/webhook');
      state.now += 1_000;
    }
    await Promise.resolve();
    expect(sent).toEqual([
      { refused: true },
      { misdirected: { method: 'POST', path: '/webhook' } },
      { refused: true },
      { misdirected: { method: 'POST', path: '/webhook' } },
    ]);
  });
});

test("a calendar's secret address is not stored, and what is stored is shown as it is", () => {
  const { forwarder, sent } = aForwarder();
  forwarder.note('POST', '/ics/abcdefghijklmnopqrstuv/ärger.ics');
  const [message] = sent;
  expect(message).toEqual({ misdirected: { method: 'POST', path: '/ics/…/?rger.ics' } });
  expect([shown('/ics/…/?rger.ics'), shown(shown('/x/'.repeat(50)))]).toEqual([
    '/ics/…/?rger.ics',
    shown('/x/'.repeat(50)),
  ]);
});

test('the leader does with each message what it does with a delivery of its own', () => {
  const done: unknown[] = [];
  const apply = applyDeliveryMessage(
    {
      receive: (body) => {
        done.push(body);
        return { issueId: null, action: '' };
      },
      missed: () => done.push('missed'),
      refused: (isSigned) => done.push(`refused ${isSigned}`),
    },
    { note: (method, path) => done.push(`${method} ${path}`) },
  );
  apply({ body: DELIVERY.toString('base64') });
  apply({ missed: true });
  apply({ refused: true });
  apply({ misdirected: { method: 'PUT', path: null } });
  expect(done).toEqual([DELIVERY, 'missed', 'refused true', 'PUT null']);
});
