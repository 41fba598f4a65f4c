import type { Account } from '../../src/caldav/account.ts';

/** Asks an account's server for what is at that path. */
export const get = (account: Account, path = '/c/'): ReturnType<Account['read']> =>
  account.read({ method: 'GET', url: new URL(path, account.url) });
