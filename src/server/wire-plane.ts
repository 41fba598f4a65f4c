import type { Identify } from '../domain/ports.ts';
import { createIdentify } from '../sources/plane/sign-in/identify.ts';
import type { PlaneConfig } from '../config/config.ts';
import type { Demo } from '../demo/demo.ts';
import { warnOf } from '../lib/log.ts';
import { connectThrough } from '../lib/proxy.ts';
import { createPlaneDispatcher } from '../sources/plane/api/dispatcher.ts';
import { createPlane, type Plane, type PlaneSettings } from '../sources/plane/plane.ts';
import { createDeliveries, type Deliveries } from '../sources/plane/webhook/deliveries.ts';
import { createReceiver, type Receiver } from '../sources/plane/webhook/receiver.ts';
import { createWebhookSecrets, type WebhookSecrets } from '../sources/plane/webhook/secrets.ts';
import type { Stores } from '../store/stores.ts';
import type { Vault } from '../store/vault.ts';
import { createWrongSecret, type WrongSecret } from '../sources/plane/webhook/wrong-secret.ts';
import { planeLinks } from '../views/plane-links.ts';
import type { PublicAddress } from './address.ts';
import type { LiveConfig } from './reload.ts';
import type { World } from './world.ts';

/** Plane as a source, and its webhook. */
export interface WiredPlane {
  readonly plane: Plane;
  readonly secrets: WebhookSecrets;
  readonly deliveries: Deliveries;
  readonly wrongSecret: WrongSecret;
  readonly receiver: Receiver;
  readonly identify: Identify;
  /** Closes the connections to Plane. */
  close(): Promise<void>;
}

export interface WirePlaneOptions {
  readonly live: LiveConfig;
  readonly planeConfig: PlaneConfig;
  readonly address: PublicAddress;
  readonly demo: Demo | null;
  readonly stores: Stores;
  readonly vault: Vault;
  /** Ends every request to Plane. */
  readonly signal: AbortSignal;
  readonly world: World;
}

/** Resolves when what was stored is loaded. */
export async function wirePlane(options: WirePlaneOptions): Promise<WiredPlane> {
  const { live, planeConfig, address, demo, stores, vault, signal, world } = options;
  const { now, delay, log } = world;
  const { ca, proxy, planeWebUrl } = live.current();
  const dispatcher = createPlaneDispatcher(ca, world.network ?? connectThrough(proxy));
  const settings = (): PlaneSettings => ({ ...live.current(), ...(live.current().plane ?? planeConfig) });
  const { apiUrl, workspace } = planeConfig;
  const links = () => planeLinks(planeWebUrl ?? address.url(), workspace);
  const { isLeader } = stores;
  const plane = createPlane({ ...world, apiUrl, workspace, settings, links, dispatcher, stores, isLeader, signal });
  await plane.restore();

  const fromSettings = (): readonly string[] => (demo ? [demo.webhookSecret] : live.current().webhookSecrets);
  const secrets = createWebhookSecrets(fromSettings, stores.kept, vault);
  await secrets.restore();
  const deliveries = createDeliveries(stores.cache, now, warnOf(log, 'the time of the last delivery was not stored'));
  await deliveries.restore();
  const { snapshots } = plane;
  const wrongSecret = createWrongSecret({ deliveries, secrets, now, log });
  const receiver = createReceiver({ secrets: secrets.all, snapshots, deliveries, wrongSecret, now, delay, log });
  const identify = createIdentify({ apiUrl, workspace, dispatcher, signal, now });
  return { plane, identify, secrets, deliveries, wrongSecret, receiver, close: () => dispatcher.close() };
}
