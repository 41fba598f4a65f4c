import { oneLine } from '../../icalendar/text.ts';
import type { MirrorJson, TestJson } from '../../http/api/mirrors/responses.ts';
import type { Api } from '../connect.ts';
import { CommandError, readGivenFile, type Io } from '../io.ts';

/** What a backup is made of, or restored to, by what a command is given: a source, a mirror, or the address of an account. */

/** How an account is logged in to. */
export interface AccountFlags {
  readonly username?: string;
  readonly passwordFile?: string;
  /** The name or the address of one calendar of an account. */
  readonly calendar?: string;
}

/** As the API names it. */
export type Target =
  | { readonly kind: 'source'; readonly source: string }
  | { readonly kind: 'mirror'; readonly mirror: string }
  | { readonly kind: 'account'; readonly login: object };

/** The environment variable with the password of an account, for those who don't want it in a file. */
const PASSWORD = 'BACKUP_PASSWORD';

/** Throws a CommandError for what is not there, or there more than once. */
export async function findTarget(
  io: Io,
  api: Api,
  which: string,
  flags: AccountFlags,
  isWritten = false,
): Promise<Target> {
  if (/^https?:\/\//i.test(which)) return { kind: 'account', login: await loginAt(io, api, which, flags) };
  const { mirrors } = (await api.json('GET', '/api/v1/mirrors')) as { readonly mirrors: readonly MirrorJson[] };
  const { sources } = (await api.json('GET', '/api/v1/sources')) as {
    readonly sources: readonly { readonly id: string; readonly name: string }[];
  };
  const all = [
    ...mirrors.map(({ id, name }) => ({ id, name, target: { kind: 'mirror', mirror: id } as const })),
    ...sources.map(({ id, name }) => ({ id, name, target: { kind: 'source', source: id } as const })),
  ];
  const matches = [
    all.filter(({ id }) => id === which),
    all.filter(({ id, name }) => name.toLowerCase() === which.toLowerCase() || id.startsWith(which)),
  ];
  const [found, ...others] = matches.find((some) => some.length > 0) ?? [];
  const offered = isWritten ? all.filter(({ target }) => target.kind === 'mirror') : all;
  const names = offered.map(({ id, name }) => `${id} ("${oneLine(name)}")`).join(', ') || 'none';
  const what = isWritten ? 'mirror' : 'source or mirror';
  if (!found)
    throw new CommandError(
      `There is no ${what} "${which}", and the address of an account begins with https:// or http://. There are: ${names}.`,
    );
  if (others.length > 0) throw new CommandError(`"${which}" means several. There are: ${names}.`);
  return found.target;
}

/** With a password, or else with the login of a mirror on that server. */
async function loginAt(io: Io, api: Api, url: string, { username, passwordFile }: AccountFlags): Promise<object> {
  const password = passwordFile === undefined ? io.environment()[PASSWORD] : readGivenFile(io, passwordFile).trim();
  if (password !== undefined && password !== '')
    return { server: { url, ...(username !== undefined && { username }), password } };
  const { mirrors } = (await api.json('GET', '/api/v1/mirrors')) as { readonly mirrors: readonly MirrorJson[] };
  const { origin } = new URL(url);
  const known = mirrors.find(
    ({ server }) => new URL(server.url).origin === origin && (username === undefined || server.username === username),
  );
  if (known) return { mirror: known.id };
  if (username === undefined) return { server: { url } };
  throw new CommandError(`There is no password for ${username}. Give --password-file, or set ${PASSWORD}.`);
}

/** The calendars of an account, or the one with that name or address. */
export async function calendarsOf(
  api: Api,
  login: object,
  which: string | undefined,
): Promise<readonly { readonly url: string; readonly name: string }[]> {
  const path = 'mirror' in login ? `/api/v1/mirrors/${String(login.mirror)}/test` : '/api/v1/mirrors/test';
  const { calendars, incomplete, error } = (await api.json(
    'POST',
    path,
    'mirror' in login ? undefined : login,
  )) as TestJson;
  // A list that lacks some would be a backup that lacks them.
  const reason = error ?? (which === undefined ? incomplete : null);
  if (reason !== null) throw new CommandError(reason);
  const found = calendars.filter(({ url, name }) => which === undefined || url === which || name === which);
  if (found.length > 0) return found;
  const names = calendars.map(({ name }) => `"${oneLine(name)}"`).join(', ') || 'none';
  throw new CommandError(`There is no calendar "${which ?? ''}" in this account. It has: ${names}.`);
}
