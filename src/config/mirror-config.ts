import { parseOptions } from '../views/options/options.ts';
import type { FeedOptions } from '../domain/feed.ts';
import { errorMessage } from '../domain/errors.ts';
import { parseDeletionGuard } from '../mirrors/sync/deletion-guard.ts';
import type { Auth } from '../caldav/login.ts';
import type { MirrorSettings } from '../mirrors/from-settings.ts';
import type { SettingName, Settings } from './settings.ts';
import { splitList } from './values.ts';

/** The settings MIRROR_*, which depend on each other. */

const PER_PROJECT = 'per-project';
const PERSON = 'person:';

/** The settings that each way to log in requires. */
const COMPANIONS: Readonly<Record<string, readonly SettingName[]>> = {
  basic: ['MIRROR_USERNAME', 'MIRROR_PASSWORD'],
  digest: ['MIRROR_USERNAME', 'MIRROR_PASSWORD'],
  bearer: ['MIRROR_PASSWORD'],
  oauth2: ['MIRROR_OAUTH_CLIENT_ID', 'MIRROR_OAUTH_CLIENT_SECRET', 'MIRROR_OAUTH_REFRESH_TOKEN'],
};

type Given = ReadonlySet<SettingName>;
type Values = Readonly<Partial<Record<SettingName, string>>>;

/**
 * Contradictions between these settings, and invalid options: sentences. `given` has the names that are set, also those whose file can't be
 * read; `defaults` are those of FEED_OPTIONS.
 */
export function mirrorProblems(given: Given, values: Values, defaults: FeedOptions): string[] {
  const mine = [...given].filter((name) => name.startsWith('MIRROR_'));
  return [
    ...(mine.length > 0 && !given.has('MIRROR_URL')
      ? [`MIRROR_URL is missing: set it to the address of the CalDAV server, or remove ${mine.join(', ')}.`]
      : []),
    ...loginProblems(given, values, mine),
    ...(values.MIRROR_CALENDAR === PER_PROJECT && values.MIRROR_FEED?.startsWith(PERSON) === true
      ? ['MIRROR_CALENDAR=per-project needs projects: set MIRROR_FEED to all or to identifiers.']
      : []),
    ...optionProblems(values.MIRROR_OPTIONS, defaults),
  ];
}

function loginProblems(given: Given, { MIRROR_AUTH: auth = 'auto' }: Values, mine: readonly SettingName[]): string[] {
  const hasNoLogin = auth === 'auto' && !given.has('MIRROR_USERNAME') && !given.has('MIRROR_PASSWORD');
  const required = hasNoLogin ? [] : (COMPANIONS[auth === 'auto' ? 'basic' : auth] ?? []);
  const missing = required.filter((name) => !given.has(name));
  const unused = auth === 'oauth2' ? [] : mine.filter((name) => name.startsWith('MIRROR_OAUTH_'));
  return [
    ...(given.has('MIRROR_URL') && missing.length > 0
      ? [`${missing.join(' and ')} must be set to log in with MIRROR_AUTH=${auth}.`]
      : []),
    ...(unused.length > 0 ? [`${unused.join(' and ')} needs MIRROR_AUTH=oauth2: set that, or remove it.`] : []),
  ];
}

function optionProblems(query: string | undefined, defaults: FeedOptions): string[] {
  try {
    parseOptions(new URLSearchParams(query), defaults);
    return [];
  } catch (error) {
    return [`MIRROR_OPTIONS is invalid. ${errorMessage(error)}`];
  }
}

/** The configured mirror; null when there is none. To be called when there are no problems. */
export function mirrorSettings(data: Settings): MirrorSettings | null {
  if (data.MIRROR_URL === undefined) return null;
  const { MIRROR_AUTH: auth, MIRROR_USERNAME: username = null, MIRROR_OAUTH_CLIENT_ID: clientId } = data;
  const isOpen = auth === 'auto' && username === null;
  const perProject = data.MIRROR_CALENDAR === PER_PROJECT;
  return {
    login: {
      server: {
        url: data.MIRROR_URL,
        auth: isOpen ? 'none' : (auth satisfies Auth),
        username,
        oauth: clientId === undefined ? null : { clientId, tokenUrl: data.MIRROR_OAUTH_TOKEN_URL ?? null },
        caPem: data.MIRROR_CA_FILE ?? null,
        verify: data.MIRROR_TLS_VERIFY === 'true',
      },
      secrets: {
        password: data.MIRROR_PASSWORD,
        clientSecret: data.MIRROR_OAUTH_CLIENT_SECRET,
        refreshToken: data.MIRROR_OAUTH_REFRESH_TOKEN,
      },
    },
    calendar: perProject ? null : (data.MIRROR_CALENDAR ?? null),
    perProject,
    feed: scopeOf(data.MIRROR_FEED),
    options: Object.fromEntries(new URLSearchParams(data.MIRROR_OPTIONS)),
    mirrorId: data.MIRROR_ID ?? null,
    checkSeconds: data.MIRROR_CHECK_SECONDS,
    deletionGuard: parseDeletionGuard(data.MIRROR_MAX_DELETE) ?? { count: 10, percent: 30 },
    policy: data.MIRROR_CONFLICT,
  };
}

function scopeOf(feed: string): MirrorSettings['feed'] {
  if (feed === 'all') return { all: true };
  if (feed.startsWith(PERSON)) return { person: feed.slice(PERSON.length).trim() };
  return { projects: splitList(feed) };
}
