import { readFileSync } from 'node:fs';
import { readDelivery, type Delivery, type ItemDelivery } from '../../../../src/sources/plane/webhook/webhook.ts';
import { decodedItem } from '../../../support/decoded.ts';
import { recordedActions, recordedDeliveries } from '../../../support/recorded.ts';

/** Deliveries that were recorded, examples of others, and what is read of them. */

/** A recorded delivery, and what it came for. */
export interface Recorded {
  readonly action: string;
  readonly secret: string;
  readonly signature: string;
  readonly event: string;
  readonly body: Buffer;
}

/** Every recorded delivery. */
export const recorded: Recorded[] = recordedActions().flatMap((action) => {
  const { secret, deliveries } = recordedDeliveries(action);
  return deliveries.map(({ headers, body }) => ({
    action,
    secret,
    signature: headers['X-Plane-Signature']!,
    event: headers['X-Plane-Event']!,
    body,
  }));
});

/** The item and the project of the examples. */
export const ITEM = '9b8a7c6d-5e4f-4031-a2b3-c4d5e6f70804';
export const PROJECT = '5e0d9c8b-7a69-4857-b463-524130f0e103';

/** Where the examples are. */
export const EXAMPLES = new URL('../../../recorded/plane/webhook-examples/', import.meta.url);

/** The example of that name. */
export function example(name: string): {
  action: string;
  data: Record<string, unknown>;
  activity: Record<string, unknown>;
} {
  return JSON.parse(readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8')) as ReturnType<typeof example>;
}

/** A delivery of this JSON as it is read. */
export const read = (json: unknown): Delivery => readDelivery(Buffer.from(JSON.stringify(json)));

/** A delivery of an item as it is read; anything else fails the test. */
export function itemOf(body: Buffer): ItemDelivery {
  const delivery = readDelivery(body);
  if (delivery.kind !== 'item') throw new Error(`not an item but ${delivery.kind}`);
  return delivery;
}

/** The item of a row, or null. */
export const decoded = (row: unknown): unknown => decodedItem(row).item;
