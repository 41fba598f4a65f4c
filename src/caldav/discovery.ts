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

/** One request of a search, as a connection test shows it. Contains no secret. */
export interface Step {
  readonly step: 'address' | 'well-known' | 'root' | 'principal' | 'calendars';
  /** Method, address and depth. */
  readonly request: string;
  /** null where nothing was sent, or no readable answer arrived. */
  readonly status: number | null;
  /** What was found, or what failed: a whole sentence. */
  readonly found: string;
  /** What to do about it; null for nothing. */
  readonly fix: string | null;
}

/** The calendars of a user. */
export interface Discovery {
  /** Collections in which calendars are and can be created; empty when the address is that of a calendar. */
  readonly homes: readonly string[];
  readonly calendars: readonly Calendar[];
  /** Why there may be more calendars; null when all homes were read. */
  readonly incomplete: AppError | null;
  readonly steps: readonly Step[];
}

/** A search with its outcome: `error` says why nothing was found. */
export interface ConnectionTest extends Discovery {
  readonly error: AppError | null;
}

/** Finds the calendars of an account (RFC 6764 section 6). Throws why no home or calendar was found. */
export async function discover(account: Account): Promise<Discovery> {
  const { error, ...found } = await testConnection(account);
  if (error !== null) throw error;
  return found;
}

/** Finds the calendars of an account, and lists each step. Never throws an AppError. */
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
  describeAnswer: (answer: Multistatus) => string,
) => Promise<Multistatus>;

async function search(account: Account, steps: Step[]): Promise<Omit<Discovery, 'steps'>> {
  const ask: Ask = async (step, url, depth, describeAnswer) => {
    const request = `PROPFIND ${shown(url)} (depth ${depth})`;
    try {
      const answer = await propfind(account, url, depth, [PRINCIPAL, HOMES, ...CALENDAR_PROPERTIES]);
      steps.push({ step, request, status: 207, found: describeAnswer(answer), fix: null });
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

/** Where a search ends: at a calendar, or at the homes of a user's calendars. */
interface Entrance {
  readonly calendar: Calendar | null;
  readonly homes: readonly URL[];
}

/** Tries the given address, the well-known one and the root; the first that leads to a calendar or to homes counts. */
async function entrance(account: Account, ask: Ask): Promise<Entrance> {
  let first: AppError | undefined;
  let otherServer: AppError | undefined;
  for (const [step, url] of candidates(account.url)) {
    try {
      const found = await entranceAt(step, url, ask);
      if (found !== null) return found;
    } catch (error) {
      if (!(error instanceof AppError) || endsSearch(error, account)) throw error;
      if (error instanceof OtherServerError) otherServer ??= error;
      first ??= error;
    }
  }
  // Where the server says its calendars are matters more than that nothing is at the given address.
  throw (
    otherServer ??
    first ??
    new AppError('caldav_not_found', `No calendars are announced at ${account.url.origin}. ${ADDRESS_HINT}`)
  );
}

async function entranceAt(step: Step['step'], url: URL, ask: Ask): Promise<Entrance | null> {
  const answer = await ask(step, url, 0, describe);
  const calendar = calendarOf(itself(answer), answer.url);
  if (calendar !== null) return { calendar, homes: [] };
  const homes = await homesOf(answer, ask);
  return homes.length > 0 ? { calendar: null, homes } : null;
}

/** Whether other addresses of the server would fail too. A login refused at one is refused, and counted, at the next. */
function endsSearch(error: AppError, { clock }: Account): boolean {
  const isDown = error.code === 'caldav_unavailable' && (error.cause !== undefined || isLong(error, clock));
  return error.code === 'caldav_key' || isDown;
}

const ADDRESS_HINT =
  'Use the address that the provider documents for CalDAV, or that of a calendar: /remote.php/dav (Nextcloud), /dav.php/ (Baïkal), /SOGo/dav/ (SOGo).';

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

/** The homes that an answer names, or that the principal it points to names. */
async function homesOf(answer: Multistatus, ask: Ask): Promise<readonly URL[]> {
  const homes = trustedIn(answer, HOMES, 'names as calendar home');
  if (homes.length > 0) return homes.slice(0, MAX_HOMES);
  const principal = trustedIn(answer, PRINCIPAL, 'names as address of this user')[0];
  if (principal === undefined) return [];
  const described = await ask('principal', principal, 0, describe);
  return trustedIn(described, HOMES, 'names as calendar home').slice(0, MAX_HOMES);
}

/** The addresses in a property that are on this server. Throws an OtherServerError when all of them are elsewhere. */
function trustedIn(answer: Multistatus, property: string, names: string): readonly URL[] {
  const all = hrefsIn(answer, property);
  const trusted = all.flatMap((url) => trustedUrl(url, answer.url) ?? []);
  if (trusted.length === 0 && all[0] !== undefined) throw new OtherServerError(`${shown(answer.url)} ${names}`, all[0]);
  return trusted;
}

/**
 * The calendars of all homes. A home that doesn't exist is skipped, since DAViCal lists some that don't; one that can't be read now is
 * skipped if another one can be read, and makes the search incomplete.
 */
async function calendarsIn(homes: readonly URL[], ask: Ask): Promise<Pick<Discovery, 'calendars' | 'incomplete'>> {
  const found = new Map<string, Calendar>();
  let missing: AppError | undefined;
  let incomplete: AppError | null = null;
  let worked = false;
  for (const home of homes) {
    const { calendars, error } = await calendarsAt(home, ask);
    for (const calendar of calendars) found.set(calendar.url, calendar);
    worked ||= error === null || calendars.length > 0;
    if (error?.code === 'caldav_not_found') missing ??= error;
    else incomplete ??= error;
  }
  const failure = incomplete ?? missing;
  if (!worked && failure !== undefined) throw failure;
  return { calendars: [...found.values()].slice(0, MAX_CALENDARS), incomplete };
}

/** The calendars in one home; `error` says why there may be more. Throws a refused login. */
async function calendarsAt(home: URL, ask: Ask): Promise<{ calendars: readonly Calendar[]; error: AppError | null }> {
  try {
    const answer = await ask('calendars', asFolder(home), 1, (got) => `Found ${count(calendarsOf(got), 'calendar')}.`);
    return { calendars: calendarsOf(answer), error: incompleteness(answer) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'caldav_key') throw error;
    return { calendars: [], error };
  }
}

/** Why a listing of a home may lack calendars; null when it is complete: it contains the home itself, and nothing in it failed. */
function incompleteness(answer: Multistatus): AppError | null {
  const own = itself(answer);
  const failed = answer.responses.find(({ worst }) => worst >= 500);
  if (own !== undefined && own.status < 300 && failed === undefined) return null;
  const why =
    failed === undefined ? "it doesn't contain the home itself" : `the server reports status ${failed.worst} in it`;
  return new AppError(
    'caldav_invalid_response',
    `The list of calendars at ${shown(answer.url)} is not reliable: ${why}.`,
  );
}

const calendarsOf = ({ responses, url }: Multistatus): Calendar[] =>
  responses.flatMap((response) => calendarOf(response, url) ?? []);

/** Addresses in a property, on any server. */
function hrefsIn(answer: Multistatus, property: string): readonly URL[] {
  const response = itself(answer);
  if (response === undefined || response.status >= 400) return [];
  return childrenOf(response.props.get(property), dav('href')).flatMap(
    ({ text }) => resolveHref(text.trim(), answer.url) ?? [],
  );
}

const count = ({ length }: readonly unknown[], what: string): string => `${length} ${what}${length === 1 ? '' : 's'}`;

function describe(answer: Multistatus): string {
  const response = itself(answer);
  if (response === undefined || response.status >= 400) return 'The answer says nothing about this address.';
  if (calendarOf(response, answer.url) !== null) return 'Found a calendar.';
  const homes = hrefsIn(answer, HOMES);
  if (homes.length > 0) return `Found ${count(homes, 'calendar home')}.`;
  return hrefsIn(answer, PRINCIPAL).length > 0 ? 'Found the address of this user.' : 'Found no calendars.';
}

const NAME_HINT = 'Check the name of the server in the address: it is not known.';
const FIXES: Readonly<Partial<Record<AppError['code'], string>>> = {
  caldav_key: 'Check the login of this account.',
  caldav_not_found: ADDRESS_HINT,
  caldav_unavailable: 'Check that the server is running, and reachable from this machine.',
  caldav_invalid_response: `Check the address. ${ADDRESS_HINT}`,
};

function failureOf(error: AppError): Pick<Step, 'status' | 'found' | 'fix'> {
  const isUnknownName = /\bENOTFOUND\b/.test(error.message);
  const fix = error.fix ?? (isUnknownName ? NAME_HINT : FIXES[error.code]) ?? null;
  return {
    status: error.status ?? null,
    found: fix === null ? error.message : error.message.replace(` ${fix}`, ''),
    fix,
  };
}
