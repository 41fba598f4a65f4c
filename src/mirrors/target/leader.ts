import type { Account } from '../../caldav/transport/account.ts';
import type { Collection } from '../../domain/collection.ts';
import { notLeadingError } from '../../domain/errors.ts';

/** Refuses writes while another server may be writing: a calendar can't know which of them may. */

type IsLeader = () => boolean;

const refusingOthers =
  (isLeader: IsLeader) =>
  <T>(write: () => Promise<T>): Promise<T> =>
    isLeader() ? write() : Promise.reject(notLeadingError());

/** The account, in which only the leader writes or creates a calendar; by default there is no other server. */
export function accountForLeader(account: Account, isLeader: IsLeader = () => true): Account {
  const guard = refusingOthers(isLeader);
  return { ...account, write: (request) => guard(() => account.write(request)) };
}

/** The calendar, into which only the leader writes. */
export function collectionForLeader(collection: Collection, isLeader: IsLeader): Collection {
  const guard = refusingOthers(isLeader);
  return {
    ...collection,
    put: (...given) => guard(() => collection.put(...given)),
    replace: (...given) => guard(() => collection.replace(...given)),
    remove: (...given) => guard(() => collection.remove(...given)),
  };
}
