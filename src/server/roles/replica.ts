import { errorMessage, isStorageError } from '../../domain/errors.ts';
import type { LastDocuments } from '../../feeds/documents.ts';
import type { DatabaseAddress } from '../../store/postgres/address.ts';
import { connectToDatabase, type DatabaseConnection } from '../../store/postgres/open.ts';
import type { Stores } from '../../store/stores.ts';
import { startFollower } from './follower.ts';
import { startLeader } from './leader.ts';
import type { FollowerRole, Role, RoleOptions, Started } from './role.ts';
import { UNNAMED } from '../world.ts';

/** One of several servers over a database: it follows until it gets the lease. Then it leads, as long as it runs. */

/** How often a follower tries to get the lease. */
const POLL_MS = 500;

type Common = Omit<RoleOptions, 'stores'>;

/** Starts as the leader where no other server has the lease, else as a follower. Rejects where the database can't be used. */
export async function startReplica(
  common: Common,
  database: DatabaseAddress,
  connect = connectToDatabase,
): Promise<Started> {
  const { live, world, purpose } = common;
  const { dataDir, ca, plane } = live.current();
  const { now, elapsed = now, replica = UNNAMED } = world;
  const connection = await connect({
    ...world,
    folder: dataDir,
    lockTimeoutMs: purpose === 'serve' ? undefined : 0,
    elapsed,
    replica,
    address: database,
    ca,
    // The demo's data are not those of a real Plane.
    prefix: plane === null ? 'demo-' : '',
  });
  try {
    const stores = await connection.tryLead();
    return stores ? await lead(common, connection, stores) : await follow(common, connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function lead(common: Common, connection: DatabaseConnection, stores: Stores): Promise<Started> {
  const role = await startLeader({ ...common, stores });
  const close = (): Promise<void> => role.close().finally(connection.close);
  return { role: { ...role, close }, lost: lostBy(stores, common) };
}

/** Resolves when another server has the lease of these stores. */
async function lostBy(stores: Stores, { world: { log } }: Common): Promise<void> {
  await stores.lost;
  log.error({}, 'another plane-ics has taken over: this one ends, to be started again as a follower');
}

/** What a follower answered, as it is now: it may still answer after it has begun to lead. Once that ends, `keep` forgets the rest of it. */
function createAnswered(of: (() => LastDocuments) | undefined) {
  let current = of ?? null;
  let kept: LastDocuments = new Map();
  const documents = (): LastDocuments => current?.() ?? kept;
  return {
    documents,
    keep: (): void => {
      kept = documents();
      current = null;
    },
  };
}

async function follow(common: Common, connection: DatabaseConnection): Promise<Started> {
  const { world, purpose } = common;
  const { delay, log } = world;
  let follower: FollowerRole | null = await startFollower({ ...common, stores: connection.followed });
  const { adminToken } = follower;
  const answered = createAnswered(follower.lastDocuments);
  let role: Role = follower;
  let leading: Promise<Role> | undefined;
  let resigned: Promise<void> | undefined;
  let isClosing = false;
  const mayLead = (): boolean => !isClosing;
  let end = (): void => undefined;
  const lost = new Promise<void>((resolve) => (end = resolve));
  log.info({}, 'another plane-ics has the database: this one follows it');
  const promoted = purpose === 'serve' ? takeOver().catch(fail) : Promise.resolve();

  async function takeOver(): Promise<void> {
    while (mayLead()) {
      await delay(POLL_MS);
      const stores = mayLead() ? await connection.tryLead() : null;
      if (!stores) continue;
      if (!mayLead()) return stores.close();
      leading = startLeader({ ...common, stores, lastDocuments: answered.documents });
      try {
        role = await leading;
      } catch (error) {
        await goOn(error);
        continue;
      }
      void lostBy(stores, common).then(end);
      // It still answers what arrived before. Its copies are large: nothing may hold them after that.
      resigned = follower?.resign().finally(answered.keep);
      follower = null;
      return;
    }
  }

  /** The database may be gone again before everything is read from it. Rejects where it is something else. */
  async function goOn(error: unknown): Promise<void> {
    if (!isStorageError(error)) throw error;
    log.warn({ reason: errorMessage(error) }, 'this server could not take over, and goes on as a follower');
    await follower?.resume();
  }

  function fail(error: unknown): void {
    log.error({ reason: errorMessage(error) }, 'this server could not take over, and ends, to be started again');
    end();
  }

  /** Resolves when the role is not about to change. */
  const settled = async (): Promise<void> => {
    await leading?.catch(() => undefined);
  };

  return {
    role: {
      adminToken,
      reload: async (config) => {
        // A leader that is being started has read some of the settings.
        await settled();
        return role.reload(config);
      },
      close: async () => {
        isClosing = true;
        await settled();
        // An attempt to lead may take as long as the database is out of reach.
        await Promise.all([role.close(), resigned, promoted]).finally(connection.close);
      },
    },
    lost,
  };
}
