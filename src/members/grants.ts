import type { Access } from '../domain/feed.ts';
import type { Clock, FollowedChanges, FollowedStore, Identity, Setting } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import { createKeyedMutex } from '../lib/keyed-mutex.ts';
import { versionOf } from '../lib/record-version.ts';

/** What members of the workspace may see, since they last signed in. */

const GRANT = 'grant';

/** A sign-in and what it gave, as stored. Instants are milliseconds since the epoch. */
export interface Grant extends Identity {
  readonly at: number;
  /** When an administrator last ended the access of this person. Later sign-ins give access again. */
  readonly revokedAt: number | null;
}

/** `ended`: it is too long ago. */
export type GrantState = 'active' | 'ended' | 'revoked';

/** The last grant of each member. Changes are on disk when they resolve. */
export interface Grants {
  /** Reads what is stored, and follows it from now on. To be called before anything else. */
  restore(): Promise<void>;
  /** By name. */
  all(): readonly Grant[];
  find(memberId: string): Grant | undefined;
  stateOf(grant: Grant): GrantState;
  /** When it ends, or ended. */
  endOf(grant: Grant): number;
  /** What a member may see now; null for nothing. The same object while it is the same. */
  accessOf(memberId: string): Access | null;
  /** When the access of a member ends or ended; null for one who never had any. */
  accessEndedAt(memberId: string): number | null;
  /** Gives a member who just signed in what the source says, in place of what they had. */
  give(identity: Identity): Promise<Grant>;
  /** Ends a member's access and sessions. Throws `not_found` for one who never signed in. */
  revoke(memberId: string): Promise<Grant>;
}

export interface GrantsOptions {
  readonly store: FollowedStore;
  /** How long a grant lasts. */
  readonly lastsMs: Setting<number>;
  readonly now: Clock;
}

export function createGrants({ store, lastsMs, now }: GrantsOptions): Grants {
  const grants = new Map<string, Grant>();
  const accesses = new WeakMap<Grant, Access>();
  const inTurn = createKeyedMutex();

  async function persist(grant: Grant): Promise<Grant> {
    const { memberId: id } = grant;
    await store.write([{ kind: GRANT, id, value: grant, expected: versionOf(grants.get(id)) }]);
    return grant;
  }

  /** A grant that stays the same stays the same object, and so does what it gives access to. */
  function apply({ isComplete, records }: FollowedChanges): void {
    const ids = new Set(records.map(({ id }) => id));
    if (isComplete) for (const id of [...grants.keys()]) if (!ids.has(id)) grants.delete(id);
    for (const { id, value } of records) {
      if (value === undefined) grants.delete(id);
      else if (versionOf(value) !== versionOf(grants.get(id))) grants.set(id, grantOf(value, id));
    }
  }

  const isRevoked = ({ at, revokedAt }: Grant): boolean => revokedAt !== null && revokedAt >= at;

  function endOf(grant: Grant): number {
    const end = grant.at + lastsMs();
    return isRevoked(grant) ? Math.min(end, grant.revokedAt ?? end) : end;
  }

  function stateOf(grant: Grant): GrantState {
    if (isRevoked(grant)) return 'revoked';
    return now() < endOf(grant) ? 'active' : 'ended';
  }

  function accessIn(grant: Grant): Access {
    let access = accesses.get(grant);
    if (!access) accesses.set(grant, (access = accessFrom(grant)));
    return access;
  }

  return {
    restore: () => store.follow([GRANT], apply),
    all: () => [...grants.values()].sort((a, b) => (a.displayName < b.displayName ? -1 : 1)),
    find: (memberId) => grants.get(memberId),
    stateOf,
    endOf,
    accessOf: (memberId) => {
      const grant = grants.get(memberId);
      return grant && stateOf(grant) === 'active' ? accessIn(grant) : null;
    },
    accessEndedAt: (memberId) => {
      const grant = grants.get(memberId);
      return grant ? endOf(grant) : null;
    },
    give: ({ memberId, displayName, projects }) =>
      inTurn(memberId, () => {
        const revokedAt = grants.get(memberId)?.revokedAt ?? null;
        // Later than the revocation, even within its millisecond or with the clock set back.
        const at = Math.max(now(), (revokedAt ?? -Infinity) + 1);
        return persist({ memberId, displayName, projects, at, revokedAt });
      }),
    revoke: (memberId) =>
      inTurn(memberId, () => {
        const grant = grants.get(memberId);
        if (!grant) throw new AppError('not_found', 'Nobody with this id has signed in.');
        return persist({ ...grant, revokedAt: Math.max(now(), grant.at) });
      }),
  };
}

function accessFrom({ memberId, projects, at }: Grant): Access {
  const idsOf = (list: Grant['projects']): string[] => list.map(({ id }) => id).sort();
  return {
    memberId,
    projectIds: idsOf(projects),
    guestProjectIds: idsOf(projects.filter(({ role }) => role === 'guest')),
    since: at,
  };
}

/** Throws where a record is none of a grant. */
function grantOf(value: unknown, id: string): Grant {
  const grant = value as Grant;
  if (grant.memberId !== id || typeof grant.at !== 'number') throw new Error('it is not the record of a grant');
  return grant;
}
