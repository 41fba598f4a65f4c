import { createHash } from 'node:crypto';
import type { Account } from '../caldav/transport/account.ts';
import { makeCalendar, readCalendar, type Calendar } from '../caldav/calendar.ts';
import { testConnection, type Discovery, type Step } from '../caldav/discovery.ts';
import { isSameName, normalName, shownName } from '../caldav/transport/foreign-name.ts';
import { AppError, errorCode } from '../domain/errors.ts';
import type { CalendarChoice } from './mirror.ts';

/** Finds the calendar of a mirror in an account, or creates it. */

/** A failed search for a calendar, with the requests that were tried. */
export class ConnectionError extends AppError {
  readonly steps: readonly Step[];

  constructor(error: AppError, steps: readonly Step[]) {
    super(error.code, error.message, error);
    this.steps = steps;
  }
}

/** The calendars of the account. Throws a ConnectionError. */
async function discoverCalendars(account: Account): Promise<Discovery> {
  const { error, ...found } = await testConnection(account);
  if (error) throw new ConnectionError(error, found.steps);
  return found;
}

/** The calendar that a mirror needs. */
export interface CalendarRequest {
  readonly calendar: CalendarChoice;
  readonly mirrorId: string;
  /** Such as VEVENT. */
  readonly component: string;
  /** What a new calendar is to accept besides. */
  readonly alsoComponents?: readonly string[];
  /** A suffix for a new calendar's address, for servers that refuse it: Nextcloud reserves an address while its calendar is in the trash. */
  readonly spare?: string;
}

/** Where a search ended: at the calendar, or where one of that name can be created. */
type Found =
  { readonly calendar: Calendar } | { readonly calendar: null; readonly home: string; readonly name: string };

/** The calendar of that address or name; null when none has that name, and one can be created. Creates nothing. Throws a ConnectionError. */
export async function findCalendar(account: Account, request: CalendarRequest): Promise<Calendar | null> {
  return (await search(account, request)).calendar;
}

/** The same; created when none has that name. Throws a ConnectionError, or what kept it from being created. */
export async function findOrCreateCalendar(account: Account, request: CalendarRequest): Promise<Calendar> {
  const found = await search(account, request);
  if (found.calendar !== null) return found.calendar;
  const { mirrorId, spare } = request;
  const { home, name } = found;
  // The name is part of the address, so that calendars of other names do not collide.
  const slug = `plane-${mirrorId}-${createHash('sha256').update(normalName(name)).digest('hex').slice(0, 6)}`;
  const calendar = { slug, displayName: name, components: acceptedBy(request) };
  return makeCalendar(account, home, calendar).catch((error: unknown) => {
    if (spare === undefined || errorCode(error) !== 'caldav_refused') throw error;
    return makeCalendar(account, home, { ...calendar, slug: `${slug}-${spare}` });
  });
}

async function search(account: Account, { calendar: choice, component }: CalendarRequest): Promise<Found> {
  const chosen = choice.url === null ? null : await readChosen(account, new URL(choice.url));
  if (chosen && isUsable(chosen, component)) return { calendar: chosen };
  const { homes, calendars, incomplete, steps } = await discoverCalendars(account);
  const refuse = (code: 'caldav_not_found' | 'caldav_refused', message: string): ConnectionError =>
    new ConnectionError(new AppError(code, message), steps);
  const found = chosen ? [chosen] : homes.length === 0 ? calendars : named(calendars, choice.name);
  const usable = found.find((one) => isUsable(one, component));
  if (usable) return { calendar: usable };
  const [first] = found;
  if (first) throw refuse('caldav_refused', whyUnusable(first, component));
  const [home] = homes;
  if (choice.name === null || home === undefined) {
    const names = calendars.map(({ displayName }) => `"${displayName}"`).join(', ') || 'none';
    throw refuse(
      'caldav_not_found',
      `The address is that of a server, so a calendar must be named (MIRROR_CALENDAR). It has: ${names}.`,
    );
  }
  // The calendar may be in what could not be read, and a second one would be created.
  if (incomplete !== null) throw new ConnectionError(incomplete, steps);
  return { calendar: null, home, name: choice.name };
}

const acceptedBy = ({ component, alsoComponents = [] }: CalendarRequest): readonly string[] => [
  ...new Set([component, ...alsoComponents]),
];

/** The calendar at a chosen address. It needs no search; where it can't be read, a search shows why. */
async function readChosen(account: Account, url: URL): Promise<Calendar> {
  try {
    return await readCalendar(account, url);
  } catch (error) {
    if (error instanceof AppError) await discoverCalendars(account);
    throw error;
  }
}

/** The calendars of that name: exact spellings first, then those equal up to Unicode form and spaces. */
function named(calendars: readonly Calendar[], name: string | null): readonly Calendar[] {
  if (name === null) return [];
  const same = calendars.filter(({ displayName }) => isSameName(displayName, shownName(name)));
  return [
    ...same.filter(({ displayName }) => displayName === name),
    ...same.filter(({ displayName }) => displayName !== name),
  ];
}

function whyUnusable({ displayName, writable }: Calendar, component: string): string {
  const why = writable === false ? 'this user may not write to it' : `it doesn't accept ${component}`;
  return `The calendar "${displayName}" can't be used: ${why}.`;
}

function isUsable({ writable, components }: Calendar, component: string): boolean {
  return writable !== false && (components.length === 0 || components.includes(component));
}
