import { AppError } from '../domain/errors.ts';
import type { Account } from './transport/account.ts';
import { calendarOf, CALENDAR_PROPERTIES, type Calendar } from './calendar.ts';
import { asFolder, OtherServerError, resolveHref, shown, trustedUrl } from './transport/href.ts';
import { caldav, dav } from './xml/names.ts';
import { itself, propfind, type Multistatus } from './xml/propfind.ts';
import { isLong } from './transport/retry.ts';
import { childrenOf } from './xml/xml.ts';

const PRINCIPAL = dav('current-user-principal');
const HOMES = caldav('calendar-home-set');
const MAX_HOMES = 20;
const MAX_CALENDARS = 1_000;

/** One request of a search, as "test connection" shows it. Holds no secret. */
export interface Step {
  readonly step: 'address' | 'well-known' | 'root' | 'principal' | 'calendars';
  /** Method, address and depth. */
  readonly request: string;
  /** null where nothing was sent, no answer came, or one that can't be read. */
  readonly status: number | null;
  /** What was found, or what went wrong: a whole sentence. */
  readonly found: string;
  /** What to try; null when all is well. */
  readonly fix: string | null;
}

/** What a server offers a user. */
export interface Discovery {
  /** Where calendars are and can be made; empty when the address is a calendar's own. */
  readonly homes: readonly string[];
  readonly calendars: readonly Calendar[];
  /** Why there may be more calendars than these; null when all homes were read. */
  readonly incomplete: AppError | null;
  readonly steps: readonly Step[];
}

/** A search with its end: `error` tells why nothing was found. */
export interface ConnectionTest extends Discovery {
  readonly error: AppError | null;
}

/** Finds the calendars of an account (RFC 6764 section 6). Throws what kept it from finding any home or calendar. */
export async function discover(account: Account): Promise<Discovery> {
  const { error, ...found } = await testConnection(account);
  if (error !== null) throw error;
  return found;
}

/** The same, told step by step; never throws an AppError. */
export async function testConnection(account: Account): Promise<ConnectionTest> {
  const steps: Step[] = [];
  try {
    return { ...(await search(account, steps)), steps, error: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { homes: [], calendars: [], incomplete: error, steps, error };
  }
}

type Ask = (
  step: Step['step'],
  url: URL,
  depth: 0 | 1,
  describe: (answer: Multistatus) => string,
) => Promise<Multistatus>;

async function search(account: Account, steps: Step[]): Promise<Omit<Discovery, 'steps'>> {
  const ask: Ask = async (step, url, depth, describe) => {
    const request = `PROPFIND ${shown(url)} (depth ${depth})`;
    try {
      const answer = await propfind(account, url, depth, [PRINCIPAL, HOMES, ...CALENDAR_PROPERTIES]);
      steps.push({ step, request, status: 207, found: describe(answer), fix: null });
      return answer;
    } catch (error) {
      if (error instanceof AppError) steps.push({ step, request, ...failureOf(error) });
      throw error;
    }
  };
  const start = await entrance(account, ask);
  if (start.calendar !== null) return { homes: [], calendars: [start.calendar], incomplete: null };
  return { homes: start.homes.map(({ href }) => href), ...(await calendarsIn(start.homes, ask)) };
}

/** The address given, the well-known one, the root: the first that leads to a calendar or to homes. */
async function entrance(account: Account, ask: Ask): Promise<{ calendar: Calendar | null; homes: readonly URL[] }> {
  let first: AppError | undefined;
  let otherServer: AppError | undefined;
  for (const [step, url] of candidates(account.url)) {
    try {
      const answer = await ask(step, url, 0, whatIs);
      const calendar = calendarOf(itself(answer), answer.url);
      if (calendar !== null) return { calendar, homes: [] };
      const homes = await homesOf(answer, ask);
      if (homes.length > 0) return { calendar: null, homes };
    } catch (error) {
      // A login that is refused at one address would be refused at the next, and counted.
      if (!(error instanceof AppError) || error.code === 'caldav_key') throw error;
      // Where nobody answers, nobody answers at another address either.
      if (error.code === 'caldav_unavailable' && (error.cause !== undefined || isLong(error, account.clock)))
        throw error;
      if (error instanceof OtherServerError) otherServer ??= error;
      first ??= error;
    }
  }
  // That nothing is at the address given matters less than where the server says it is.
  throw (
    otherServer ??
    first ??
    new AppError('caldav_not_found', `No calendars are announced at ${account.url.origin}. ${ADDRESS_HINT}`)
  );
}

const ADDRESS_HINT =
  "Give the address the provider names for CalDAV, or a calendar's own: /remote.php/dav (Nextcloud), /dav.php/ (Baïkal), /SOGo/dav/ (SOGo).";

function candidates(given: URL): (readonly [Step['step'], URL])[] {
  const at = (path: string): URL => new URL(path, given.origin);
  const all: (readonly [Step['step'], URL])[] = [
    ['address', asFolder(given)],
    ['address', given],
    ['well-known', at('/.well-known/caldav')],
    ['root', at('/')],
  ];
  return all.filter(([, url], index) => all.findIndex(([, other]) => other.href === url.href) === index);
}

/** The homes that an answer names, or the principal it points to. */
async function homesOf(answer: Multistatus, ask: Ask): Promise<readonly URL[]> {
  const homes = trustedIn(answer, HOMES, 'names as home of its calendars');
  if (homes.length > 0) return homes.slice(0, MAX_HOMES);
  const principal = trustedIn(answer, PRINCIPAL, 'names as address of this user')[0];
  if (principal === undefined) return [];
  const described = await ask('principal', principal, 0, whatIs);
  return trustedIn(described, HOMES, 'names as home of its calendars').slice(0, MAX_HOMES);
}

/** The addresses of a property that are this server's. Throws an OtherServerError when there are only others. */
function trustedIn(answer: Multistatus, property: string, names: string): readonly URL[] {
  const all = hrefsIn(answer, property);
  const trusted = all.flatMap((url) => trustedUrl(url, answer.url) ?? []);
  if (trusted.length === 0 && all[0] !== undefined) throw new OtherServerError(`${shown(answer.url)} ${names}`, all[0]);
  return trusted;
}

/**
 * The calendars of all homes. One that isn't there is skipped, since DAViCal lists some that don't exist; one that can't be read now is
 * skipped as long as another works, and makes the search incomplete.
 */
async function calendarsIn(homes: readonly URL[], ask: Ask): Promise<Pick<Discovery, 'calendars' | 'incomplete'>> {
  const found = new Map<string, Calendar>();
  let gone: AppError | undefined;
  let incomplete: AppError | null = null;
  let worked = false;
  for (const home of homes) {
    try {
      const answer = await ask(
        'calendars',
        asFolder(home),
        1,
        (got) => `Found ${count(calendarsOf(got), 'calendar')}.`,
      );
      const doubt = doubtOf(answer);
      incomplete ??= doubt;
      worked ||= doubt === null || calendarsOf(answer).length > 0;
      for (const calendar of calendarsOf(answer)) {
        if (found.size < MAX_CALENDARS) found.set(calendar.url, calendar);
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'caldav_key') throw error;
      if (error.code === 'caldav_not_found') gone ??= error;
      else incomplete ??= error;
    }
  }
  const failure = incomplete ?? gone;
  if (!worked && failure !== undefined) throw failure;
  return { calendars: [...found.values()], incomplete };
}

/** Why a listing of a home may lack calendars: it counts only when it holds the home itself, and nothing in it failed. */
function doubtOf(answer: Multistatus): AppError | null {
  const own = itself(answer);
  const failed = answer.responses.find(({ worst }) => worst >= 500);
  if (own !== undefined && own.status < 300 && failed === undefined) return null;
  const why =
    failed === undefined ? "it doesn't hold the home itself" : `the server reports status ${failed.worst} in it`;
  return new AppError(
    'caldav_invalid_response',
    `The list of calendars at ${shown(answer.url)} can't be relied on: ${why}.`,
  );
}

const calendarsOf = ({ responses, url }: Multistatus): Calendar[] =>
  responses.flatMap((response) => calendarOf(response, url) ?? []);

/** Addresses in a property, of whatever server. */
function hrefsIn(answer: Multistatus, property: string): readonly URL[] {
  const response = itself(answer);
  if (response === undefined || response.status >= 400) return [];
  return childrenOf(response.props.get(property), dav('href')).flatMap(
    ({ text }) => resolveHref(text.trim(), answer.url) ?? [],
  );
}

const count = ({ length }: readonly unknown[], what: string): string => `${length} ${what}${length === 1 ? '' : 's'}`;

function whatIs(answer: Multistatus): string {
  const response = itself(answer);
  if (response === undefined || response.status >= 400) return 'The answer says nothing about this address.';
  if (calendarOf(response, answer.url) !== null) return 'Found a calendar.';
  const homes = hrefsIn(answer, HOMES);
  if (homes.length > 0) return `Found ${count(homes, 'calendar home')}.`;
  return hrefsIn(answer, PRINCIPAL).length > 0 ? 'Found the address of this user.' : 'Found no calendars.';
}

const FIXES: Readonly<Partial<Record<AppError['code'], string>>> = {
  caldav_key: 'Check the login of this account.',
  caldav_not_found: ADDRESS_HINT,
  caldav_unavailable: 'Check that the server is up, and reachable from this machine.',
  caldav_invalid_response: `Check the address. ${ADDRESS_HINT}`,
};

function failureOf(error: AppError): Pick<Step, 'status' | 'found' | 'fix'> {
  return { status: error.status ?? null, found: error.message, fix: error.fix ?? FIXES[error.code] ?? null };
}
