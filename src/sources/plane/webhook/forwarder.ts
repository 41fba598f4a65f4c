import type { Clock, Delay } from '../../../domain/ports.ts';
import { shown } from './misdirected.ts';
import type { Receiver } from './receiver.ts';
import { isSigned, readDelivery } from './webhook.ts';

/** Deliveries that reach a follower: they are verified and stored there, and applied by the leader. */

/** The kind of these messages. */
export const DELIVERY = 'delivery';
/** What strangers can cause is reported at most this often. */
const REPORT_MS = 60_000;
const RETRY_MS = 2_000;
/** The same for missed deliveries: the leader reads everything for one, at most once a minute. */
const MISSED_MS = 10_000;

/** A signed delivery, in base64, or what else arrived. */
export type DeliveryMessage =
  | { readonly body: string }
  | { readonly missed: true }
  | { readonly refused: true }
  | { readonly misdirected: { readonly method: string; readonly path: string | null } };

/** Forwards deliveries to the leader. */
export interface Forwarder extends Pick<Receiver, 'isReady' | 'isSigned' | 'missed' | 'refused'> {
  /** Resolves when it is stored. Throws `missing` if it can't be read, and the store's error. */
  receive(body: Buffer): Promise<ReturnType<Receiver['receive']>>;
  /** A delivery was sent to a wrong address. */
  note(method: string, path: string | null): void;
}

export interface ForwarderOptions {
  readonly secrets: () => readonly string[];
  readonly send: (message: DeliveryMessage) => Promise<void>;
  readonly now: Clock;
  readonly delay: Delay;
}

export function createForwarder({ secrets, send, now, delay }: ForwarderOptions): Forwarder {
  const reportedAt = new Map<string, number>();
  let isMissing = false;
  let isReporting = false;

  /** The store reports its own errors. */
  function report(name: string, message: DeliveryMessage): void {
    if (now() - (reportedAt.get(name) ?? -Infinity) < REPORT_MS) return;
    reportedAt.set(name, now());
    send(message).catch(() => reportedAt.delete(name));
  }

  /** Until it is stored: otherwise nobody would look for the change. */
  async function reportMissed(): Promise<void> {
    isReporting = true;
    while (isMissing) {
      isMissing = false;
      const isStored = await send({ missed: true }).then(
        () => true,
        () => false,
      );
      isMissing ||= !isStored;
      await delay(isStored ? MISSED_MS : RETRY_MS);
    }
    isReporting = false;
  }

  return {
    isReady: () => secrets().length > 0,
    isSigned: (body, signature) => isSigned(body, signature, secrets()),
    receive: async (body) => {
      const { itemId, action } = readDelivery(body);
      await send({ body: body.toString('base64') });
      return { issueId: itemId, action };
    },
    missed: () => {
      isMissing = true;
      if (!isReporting) void reportMissed();
    },
    refused: (wasSigned) => {
      if (wasSigned) report('refused', { refused: true });
    },
    note: (method, path) => {
      // Where it is stored, nobody needs a calendar's secret address.
      report('misdirected', { misdirected: { method, path: path && shown(path) } });
    },
  };
}

/** What the leader does with such a message. */
export function applyDeliveryMessage(
  receiver: Pick<Receiver, 'receive' | 'missed' | 'refused'>,
  misdirected: Pick<Forwarder, 'note'>,
): (message: DeliveryMessage) => void {
  return (message) => {
    if ('body' in message) receiver.receive(Buffer.from(message.body, 'base64'));
    else if ('missed' in message) receiver.missed();
    else if ('refused' in message) receiver.refused(true);
    else misdirected.note(message.misdirected.method, message.misdirected.path);
  };
}
