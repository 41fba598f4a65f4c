import { AppError } from '../errors.ts';
import type { Account } from './account.ts';
import { calendarOf, CALENDAR_PROPERTIES, type Calendar } from './calendar.ts';
import { asFolder, hrefKey, resolveHref, shown, trustedUrl } from './href.ts';
import type { DavResponse } from './multistatus.ts';
import { caldav, dav } from './names.ts';
import { propfind, type Multistatus } from './propfind.ts';
import { childrenOf } from './xml.ts';

const PRINCIPAL = dav('current-user-principal');
const HOMES = caldav('calendar-home-set');
const MAX_HOMES = 20;
const MAX_CALENDARS = 1_000;

/** One request of a search, as "test connection" shows it. Holds no secret. */
export interface Step {
  readonly step: 'address' | 'well-known' | 'root' | 'principal' | 'calendars';
  /** Method, address and depth. */
  readonly request: string;
  /** null when it failed without an answer, or with one that is of no use. */
  readonly status: number | null;
  /** What it brought, or what went wrong: a whole sentence. */
  readonly found: string;
  /** What to try; null when all is well. */
  readonly fix: string | null;
}

/** What a server offers a user. */
export interface Discovery {
  /** Where calendars are and can be made; empty when the address is a calendar's own. */
  readonly homes: readonly string[];
  readonly calendars: readonly Calendar[];
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
    return { homes: [], calendars: [], steps, error };
  }
}

type Ask = (step: Step['step'], url: URL, depth: 0 | 1, told: (answer: Multistatus) => string) => Promise<Multistatus>;

async function search(account: Account, steps: Step[]): Promise<Omit<Discovery, 'steps'>> {
  const ask: Ask = async (step, url, depth, told) => {
    const request = `PROPFIND ${shown(url)} (depth ${depth})`;
    try {
      const answer = await propfind(account, url, depth, [PRINCIPAL, HOMES, ...CALENDAR_PROPERTIES]);
      steps.push({ step, request, status: 207, found: told(answer), fix: null });
      return answer;
    } catch (error) {
      if (error instanceof AppError) steps.push({ step, request, ...failureOf(error) });
      throw error;
    }
  };
  const start = await entrance(account, ask);
  if (start.calendar !== null) return { homes: [], calendars: [start.calendar] };
  return { homes: start.homes.map(({ href }) => href), calendars: await calendarsIn(start.homes, ask) };
}

/** The address given, the well-known one, the root: the first that leads to a calendar or to homes. */
async function entrance(account: Account, ask: Ask): Promise<{ calendar: Calendar | null; homes: readonly URL[] }> {
  let first: AppError | undefined;
  for (const [step, url] of candidates(account.url)) {
    try {
      const answer = await ask(step, url, 0, (got) => whatIs(got));
      const calendar = calendarOf(itself(answer), answer.url);
      if (calendar !== null) return { calendar, homes: [] };
      const homes = await homesOf(answer, ask);
      if (homes.length > 0) return { calendar: null, homes };
    } catch (error) {
      // A login that is refused at one address would be refused at the next, and counted.
      if (!(error instanceof AppError) || error.code === 'caldav_key') throw error;
      // Where nobody answers, nobody answers at another address either.
      if (error.code === 'caldav_unavailable' && error.cause !== undefined) throw error;
      first ??= error;
    }
  }
  throw first ?? new AppError('caldav_gone', `No calendars are announced at ${account.url.origin}. ${ADDRESS_HINT}`);
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
  const homes = hrefsIn(answer, HOMES);
  if (homes.length > 0) return homes.slice(0, MAX_HOMES);
  const principal = hrefsIn(answer, PRINCIPAL)[0];
  if (principal === undefined) return [];
  const told = (got: Multistatus): string => `It names ${hrefsIn(got, HOMES).length} homes of calendars.`;
  return hrefsIn(await ask('principal', principal, 0, told), HOMES).slice(0, MAX_HOMES);
}

/** A home that fails is skipped as long as another works: DAViCal lists some that don't exist. */
async function calendarsIn(homes: readonly URL[], ask: Ask): Promise<Calendar[]> {
  const found = new Map<string, Calendar>();
  let failure: AppError | undefined;
  let worked = false;
  for (const home of homes) {
    try {
      const answer = await ask(
        'calendars',
        asFolder(home),
        1,
        (got) => `It holds ${calendarsOf(got).length} calendars.`,
      );
      worked = true;
      for (const calendar of calendarsOf(answer)) {
        if (found.size < MAX_CALENDARS) found.set(calendar.url, calendar);
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'caldav_key') throw error;
      failure ??= error;
    }
  }
  if (!worked && failure !== undefined) throw failure;
  return [...found.values()];
}

const calendarsOf = ({ responses, url }: Multistatus): Calendar[] =>
  responses.flatMap((response) => calendarOf(response, url) ?? []);

/** What an answer says of the resource that was asked. */
function itself({ responses, url }: Multistatus): DavResponse | undefined {
  const path = (key: string): string => key.replace(/\/$/, '');
  return responses.find(({ href }) => {
    const own = resolveHref(href, url);
    return own !== null && path(hrefKey(own.href)) === path(hrefKey(url.href));
  });
}

/** Addresses in a property, without those of other servers. */
function hrefsIn(answer: Multistatus, property: string): readonly URL[] {
  const response = itself(answer);
  if (response === undefined || response.status >= 400) return [];
  return childrenOf(response.props.get(property), dav('href')).flatMap(({ text }) => {
    const url = resolveHref(text.trim(), answer.url);
    return url === null ? [] : (trustedUrl(url, answer.url) ?? []);
  });
}

function whatIs(answer: Multistatus): string {
  const response = itself(answer);
  if (response === undefined || response.status >= 400) return 'It says nothing of this address.';
  if (calendarOf(response, answer.url) !== null) return 'It is a calendar.';
  const homes = hrefsIn(answer, HOMES).length;
  if (homes > 0) return `It names ${homes} homes of calendars.`;
  return hrefsIn(answer, PRINCIPAL).length > 0 ? 'It knows this user.' : 'It knows no calendars.';
}

const FIXES: Readonly<Partial<Record<AppError['code'], string>>> = {
  caldav_key: 'Check user and password; with two-factor login, make an app password.',
  caldav_gone: ADDRESS_HINT,
  caldav_unavailable: 'Check that the server is up, and reachable from this machine.',
  caldav_strange: `Check the address. ${ADDRESS_HINT}`,
};

function failureOf(error: AppError): Pick<Step, 'status' | 'found' | 'fix'> {
  const said = /status (\d{3})\b/.exec(error.message)?.[1];
  const status = error.code === 'caldav_key' ? 401 : said === undefined ? null : Number(said);
  return { status, found: error.message, fix: FIXES[error.code] ?? null };
}
