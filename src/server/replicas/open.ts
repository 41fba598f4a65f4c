import type { Stores } from '../../store/stores.ts';
import type { LiveConfig } from '../reload.ts';
import { UNNAMED, type World } from '../world.ts';
import { createReplicas, type Replicas } from './replicas.ts';
import { createSettingDigests } from './settings.ts';

export interface OpenReplicasOptions {
  readonly live: LiveConfig;
  readonly secretKey: string;
  readonly stores: Stores;
  readonly world: World;
}

/** The servers over these stores. Resolves when they are known. */
export async function openReplicas({ live, secretKey, stores, world }: OpenReplicasOptions): Promise<Replicas> {
  const { now, elapsed = now, delay, version, replica: id = UNNAMED } = world;
  const settings = createSettingDigests(live.current, secretKey);
  const replicas = createReplicas({
    store: stores.cache,
    id,
    version,
    isLeader: stores.isLeader,
    settings,
    now,
    elapsed,
    delay,
  });
  await replicas.restore();
  return replicas;
}
