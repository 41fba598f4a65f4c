import { parseOptions, type FeedOptions } from '../views/options.ts';
import { errorMessage } from '../domain/errors.ts';
import { parseDeletionGuard } from '../mirrors/sync/deletion-guard.ts';
import type { Auth } from '../mirrors/mirror.ts';
import type { MirrorSettings } from '../mirrors/from-settings.ts';
import { namesIn, type Settings } from './settings.ts';

/** The settings MIRROR_*, which stand and fall together. */

const PER_PROJECT = 'per-project';
const PERSON = 'person:';

/** What of the login each way to log in needs. */
const COMPANIONS: Readonly<Record<string, readonly (keyof Settings)[]>> = {
  basic: ['MIRROR_USERNAME', 'MIRROR_PASSWORD'],
  digest: ['MIRROR_USERNAME', 'MIRROR_PASSWORD'],
  bearer: ['MIRROR_PASSWORD'],
  oauth2: ['MIRROR_OAUTH_CLIENT_ID', 'MIRROR_OAUTH_CLIENT_SECRET', 'MIRROR_OAUTH_REFRESH_TOKEN'],
};

/** What doesn't go together, or isn't an option: whole sentences. `given` holds the names that are set, `values` what is known of them. */
export function mirrorProblems(
  given: ReadonlySet<string>,
  values: Readonly<Record<string, string>>,
  defaults: FeedOptions,
): string[] {
  const problems: string[] = [];
  const mine = [...given].filter((name) => name.startsWith('MIRROR_'));
  if (mine.length > 0 && !given.has('MIRROR_URL'))
    problems.push(`MIRROR_URL is missing: set it to the address of the CalDAV server, or take out ${mine.join(', ')}.`);
  const { MIRROR_AUTH: auth = 'auto', MIRROR_FEED: feed = '', MIRROR_CALENDAR: calendar } = values;
  const isOpen = auth === 'auto' && !given.has('MIRROR_USERNAME') && !given.has('MIRROR_PASSWORD');
  const needed = isOpen ? [] : (COMPANIONS[auth === 'auto' ? 'basic' : auth] ?? []);
  const missing = needed.filter((name) => !given.has(name));
  if (given.has('MIRROR_URL') && missing.length > 0)
    problems.push(`${missing.join(' and ')} must be set to log in with MIRROR_AUTH=${auth}.`);
  const idle = mine.filter((name) => name.startsWith('MIRROR_OAUTH_'));
  if (auth !== 'oauth2' && idle.length > 0)
    problems.push(`${idle.join(' and ')} needs MIRROR_AUTH=oauth2: set that, or take it out.`);
  if (calendar === PER_PROJECT && feed.startsWith(PERSON))
    problems.push('MIRROR_CALENDAR=per-project needs projects: set MIRROR_FEED to all or to identifiers.');
  try {
    parseOptions(new URLSearchParams(values.MIRROR_OPTIONS), defaults);
  } catch (error) {
    problems.push(`MIRROR_OPTIONS is not right. ${errorMessage(error)}`);
  }
  return problems;
}

/** What they ask for; null for nothing. To be called when there are no problems. */
export function mirrorSettings(data: Settings, caPem: string | null): MirrorSettings | null {
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
        caPem,
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
  return { projects: namesIn(feed) };
}
