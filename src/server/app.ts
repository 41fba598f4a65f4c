import type { Config } from '../config/config.ts';
import { openStores } from '../store/stores.ts';
import { createPublicAddress } from './address.ts';
import { createFront, type Purpose } from './front/front.ts';
import { startLeader } from './roles/leader.ts';
import { createLiveConfig, type Reloaded } from './reload.ts';
import { startReplica } from './roles/replica.ts';
import type { Role, RoleOptions, Started } from './roles/role.ts';
import type { World } from './world.ts';

export type { World } from './world.ts';

/** The running program. */
export interface App extends Pick<Role, 'adminToken'> {
  /** Base of its addresses: PUBLIC_URL, or made from the port. */
  readonly publicUrl: string;
  readonly port: number;
  readonly demo: boolean;
  /** Applies the settings that may change while it runs. */
  reload(config: Config): Promise<Reloaded>;
  /** Resolves when another process has taken over: this one has to end. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

/** Starts the program. Rejects when the store can't be opened, or the address can't be listened on. */
export async function startApp(config: Config, world: World, purpose: Purpose = 'serve'): Promise<App> {
  const live = createLiveConfig(config);
  const address = createPublicAddress(config);
  const common = { live, address, front: createFront(config, world, purpose), world, purpose };
  const { role, lost } = config.database
    ? await startReplica(common, config.database)
    : await startAlone(common, config.dataDir);
  return {
    ...role,
    publicUrl: address.url(),
    port: address.port(),
    demo: config.plane === null,
    lost,
  };
}

/** The only server, with a folder of its own. */
async function startAlone(common: Omit<RoleOptions, 'stores'>, folder: string): Promise<Started> {
  const { world, purpose } = common;
  const lockTimeoutMs = purpose === 'serve' ? undefined : 0;
  const stores = await openStores({ ...world, folder, lockTimeoutMs });
  return { role: await startLeader({ ...common, stores }), lost: stores.lost };
}
