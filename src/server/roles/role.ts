import type { Config } from '../../config/config.ts';
import type { LastDocuments } from '../../feeds/documents.ts';
import type { Stores } from '../../store/stores.ts';
import type { PublicAddress } from '../address.ts';
import type { Front, Purpose } from '../front/front.ts';
import type { LiveConfig, Reloaded } from '../reload.ts';
import type { World } from '../world.ts';

/** What a server does: lead, or follow the leader over the same database. */

export interface RoleOptions {
  readonly live: LiveConfig;
  readonly address: PublicAddress;
  readonly front: Front;
  readonly world: World;
  readonly purpose: Purpose;
  /** Closed with the role. */
  readonly stores: Stores;
  /** What this server answered last in an earlier role, which may still answer what arrived before; left out where it had none. */
  readonly lastDocuments?: () => LastDocuments;
}

/** A role at work. */
export interface Role {
  /** The token of the page and the API; `isNew` when it was generated just now. */
  readonly adminToken: { readonly value: string; readonly isNew: boolean };
  /** Applies the settings that may change while it runs. */
  reload(config: Config): Promise<Reloaded>;
  /** Closes the front, and resolves when everything is answered and stored. */
  close(): Promise<void>;
}

/** A role that can end while the server goes on in another one. */
export interface FollowerRole extends Role {
  /** What it answered last; left out where it answers no calendar. */
  readonly lastDocuments?: () => LastDocuments;
  /** Answers again, after a leader that could not be started. */
  resume(): Promise<void>;
  /** Ends it without closing the front. */
  resign(): Promise<void>;
}

/** A started server. */
export interface Started {
  /** The role that it has at the moment. */
  readonly role: Role;
  /** Resolves when it has to end: another server has taken over. */
  readonly lost: Promise<void>;
}
