import { AppError, errorCode } from '../domain/errors.ts';
import { truncate } from '../lib/truncate.ts';
import type { Account } from './transport/account.ts';
import { mkcalendarBody } from './xml/bodies.ts';
import { shownName } from './transport/foreign-name.ts';
import { asFolder, decodeSegment, onOrigin, resolveHref, shown, trustedUrl } from './transport/href.ts';
import { failedConditions, parseMultistatus, worstOf, type DavResponse } from './xml/multistatus.ts';
import { CALENDAR_COLOR, caldav, dav } from './xml/names.ts';
import { itself, propfind, propfindRequest, XML_TYPE, type Multistatus } from './xml/propfind.ts';
import type { DavAnswer } from './transport/request.ts';
import { busy, isPassing } from './transport/retry.ts';
import { childOf, childrenOf } from './xml/xml.ts';

/** A calendar on a server. */
export interface Calendar {
  /** Ends with a slash. */
  readonly url: string;
  /** The last part of its address where it has no name. */
  readonly displayName: string;
  /** Kinds of components it accepts, such as VEVENT; empty where the server doesn't say. */
  readonly components: readonly string[];
  /** Whether this user may add, change and remove events; null where the server doesn't say. */
  readonly writable: boolean | null;
  /** "#rrggbb" */
  readonly color: string | null;
}

const TYPE = dav('resourcetype');
const NAME = dav('displayname');
const COMPONENTS = caldav('supported-calendar-component-set');
const PRIVILEGES = dav('current-user-privilege-set');

/** The properties to request for `calendarOf`. */
export const CALENDAR_PROPERTIES: readonly string[] = [TYPE, NAME, COMPONENTS, PRIVILEGES, CALENDAR_COLOR];

/** Whether a resource is a collection (RFC 4918 section 15.9). */
export function isCollection({ props }: DavResponse): boolean {
  return childOf(props.get(TYPE), dav('collection')) !== undefined;
}

/** The calendar that a response describes, in a multistatus from `base`; null for anything else. */
export function calendarOf(response: DavResponse | undefined, base: URL): Calendar | null {
  if (response === undefined || response.status >= 400) return null;
  const { props } = response;
  const address = resolveHref(response.href, base);
  if (address === null || childOf(props.get(TYPE), caldav('calendar')) === undefined) return null;
  const url = asFolder(trustedUrl(address, base) ?? onOrigin(address, base));
  const components = childrenOf(props.get(COMPONENTS), caldav('comp')).flatMap(
    ({ attributes }) => attributes.get('name')?.toUpperCase() ?? [],
  );
  return {
    url: url.href,
    displayName: nameOf(props, url),
    components: [...new Set(components)].sort(),
    writable: mayWrite(response),
    color: colorOf(props),
  };
}

function nameOf(props: DavResponse['props'], url: URL): string {
  const name = shownName(props.get(NAME)?.text ?? '');
  return name === '' ? shownName(decodeSegment(url.pathname.split('/').at(-2) ?? '')) : name;
}

/** Some servers append the opacity. */
function colorOf(props: DavResponse['props']): string | null {
  return /^#[0-9a-f]{6}/i.exec(props.get(CALENDAR_COLOR)?.text.trim() ?? '')?.[0].toLowerCase() ?? null;
}

/** RFC 3744 sections 3 and 5.4: `write` and `all` contain the two that are needed. */
function mayWrite({ props }: DavResponse): boolean | null {
  const set = props.get(PRIVILEGES);
  if (set === undefined) return null;
  const names = new Set(childrenOf(set, dav('privilege')).flatMap(({ children }) => children.map(({ name }) => name)));
  const has = (...required: string[]): boolean => required.every((name) => names.has(dav(name)));
  return has('all') || has('write') || has('bind', 'write-content');
}

/**
 * Reads one calendar. Throws caldav_not_found when there is none, caldav_unavailable when the server can't say now, and
 * caldav_invalid_response for an answer that doesn't say what is there.
 */
export async function readCalendar(account: Account, url: URL): Promise<Calendar> {
  const folder = asFolder(url);
  const answer = await propfind(account, folder, 0, CALENDAR_PROPERTIES);
  const own = itself(answer);
  const calendar = calendarOf(own, answer.url);
  if (calendar !== null) return calendar;
  const where = shown(folder);
  if (own === undefined) throw new AppError('caldav_invalid_response', `${where}: ${whyUnrelated(answer)}`);
  const { status } = own;
  if ([403, 404, 410].includes(status)) throw new AppError('caldav_not_found', `There is no calendar at ${where}.`);
  if (isPassing(status))
    throw new AppError('caldav_unavailable', `The server answers for ${where} with status ${status}.`, { status });
  if (status >= 300 || !own.props.has(TYPE))
    throw new AppError('caldav_invalid_response', `The server doesn't say what is at ${where}.`);
  throw new AppError('caldav_not_found', `What is at ${where} is not a calendar.`);
}

/** Why an answer says nothing about the requested resource: usually a proxy changes paths. */
function whyUnrelated({ responses }: Multistatus): string {
  const [other] = responses;
  if (other === undefined) return "the server's answer is empty.";
  return `the server's answer is about ${shownName(other.href)} instead. Does a proxy in front of it change paths?`;
}

/** A calendar to create. */
export interface NewCalendar {
  /** The last segment of its address: 1 to 64 of [a-z0-9-]. */
  readonly slug: string;
  readonly displayName: string;
  /** At least one, such as VEVENT. */
  readonly components: readonly string[];
}

/**
 * Creates a calendar in a home, and reads it back (RFC 4791 section 5.3.1). Throws caldav_refused when the server refuses, or created one
 * that doesn't accept all components; `invalid` for an invalid slug.
 */
export async function makeCalendar(account: Account, home: string, calendar: NewCalendar): Promise<Calendar> {
  const { slug, components } = calendar;
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(slug) || components.length === 0 || !URL.canParse(home)) {
    throw new AppError('invalid', 'A new calendar needs a home, a name of a-z, 0-9 and "-", and a kind of component.');
  }
  return makeCalendarAt(account, new URL(`${slug}/`, asFolder(new URL(home))), calendar);
}

/** Creates a calendar at this address, such as that of a deleted one. Throws as `makeCalendar` does. */
export async function makeCalendarAt(
  account: Account,
  url: URL,
  { displayName, components }: Omit<NewCalendar, 'slug'>,
): Promise<Calendar> {
  let lost: AppError | undefined;
  try {
    const body = mkcalendarBody(displayName, components);
    const answer = await account.write({ method: 'MKCALENDAR', url, headers: { 'content-type': XML_TYPE }, body });
    // Xandikos hides a refusal in a multistatus.
    const status = answer.status === 207 ? worstOf(parseMultistatus(answer.text)) : answer.status;
    if (status >= 300) throw refusal(url, status, answer, account);
  } catch (error) {
    // The calendar may have been created nevertheless.
    if (errorCode(error) !== 'caldav_unavailable') throw error;
    lost = error as AppError;
  }
  const made = await readCalendar(account, url).catch((error: unknown) => {
    throw lost !== undefined && errorCode(error) === 'caldav_not_found' ? lost : error;
  });
  const missing = made.components.length === 0 ? [] : components.filter((name) => !made.components.includes(name));
  if (missing.length > 0) {
    throw new AppError(
      'caldav_refused',
      `The server created ${shown(url)}, but it doesn't accept ${missing.join(' or ')}. Choose another calendar, or create one in the provider's own app.`,
    );
  }
  return made;
}

/** Whether the server says, with 404 or 410, that nothing is there. Throws when there is no answer. */
export async function isMissing(account: Account, url: URL): Promise<boolean> {
  const answer = await account.read(propfindRequest(asFolder(url), 0, [TYPE]));
  const isNotFound = (status: number): boolean => status === 404 || status === 410;
  if (answer.status !== 207) return isNotFound(answer.status);
  const responses = parseMultistatus(answer.text);
  return responses.length > 0 && responses.every(({ status }) => isNotFound(status));
}

function refusal(url: URL, status: number, answer: DavAnswer, account: Account): AppError {
  if (isPassing(status)) return busy({ ...answer, status }, account.clock);
  const conditions = failedConditions(answer.text).map((name) => name.replace(/^.*}/, ''));
  const why = conditions.length > 0 ? `status ${status}, ${truncate(conditions.join(', '), 200)}` : `status ${status}`;
  return new AppError(
    'caldav_refused',
    `The server refuses to create a calendar at ${shown(url)} (${why}): one exists, or creating one isn't allowed. ` +
      "Create one in the provider's own app, and choose it here.",
  );
}
