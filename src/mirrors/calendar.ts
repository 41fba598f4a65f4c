import { createHash } from 'node:crypto';
import type { Account } from '../caldav/transport/account.ts';
import { makeCalendar, readCalendar, type Calendar } from '../caldav/calendar.ts';
import { testConnection, type Discovery, type Step } from '../caldav/discovery.ts';
import { isSameName, normalName, shownName } from '../caldav/transport/foreign-name.ts';
import { AppError, errorCode } from '../domain/errors.ts';
import type { CalendarChoice } from './mirror.ts';

/** Which calendar of an account is meant. */

/** A search that failed, with what was tried. */
export class ConnectionError extends AppError {
  readonly steps: readonly Step[];

  constructor(error: AppError, steps: readonly Step[]) {
    super(error.code, error.message, error);
    this.steps = steps;
  }
}

/** What the account has. Throws a ConnectionError. */
export async function reach(account: Account): Promise<Discovery> {
  const { error, ...found } = await testConnection(account);
  if (error) throw new ConnectionError(error, found.steps);
  return found;
}

/** What a mirror needs of its calendar. */
export interface Needed {
  readonly calendar: CalendarChoice;
  readonly mirrorId: string;
  /** Such as VEVENT. */
  readonly component: string;
  /** Added to the address of a new calendar where the server refuses the plain one: Nextcloud reserves it while the deleted one is in the trash. */
  readonly spare?: string;
}

/** The calendar that is meant, made when its name is nobody's. Throws a ConnectionError, or what kept it from being made. */
export async function findCalendar(account: Account, needed: Needed): Promise<Calendar> {
  const { calendar: wish, mirrorId, component, spare } = needed;
  const { homes, calendars, incomplete, steps } = await reach(account);
  const refuse = (code: 'caldav_gone' | 'caldav_refused', message: string): ConnectionError =>
    new ConnectionError(new AppError(code, message), steps);
  const found =
    wish.url !== null
      ? [await readCalendar(account, new URL(wish.url))]
      : homes.length === 0
        ? calendars
        : named(calendars, wish.name);
  const fit = found.find(({ writable, components }) => writable !== false && takes(components, component));
  if (fit) return fit;
  const [first] = found;
  if (first) {
    const why = first.writable === false ? 'this user may not write to it' : `it takes no ${component}`;
    throw refuse('caldav_refused', `The calendar "${first.displayName}" can't be used: ${why}.`);
  }
  const [home] = homes;
  if (wish.name === null || home === undefined) {
    const names = calendars.map(({ displayName }) => `"${displayName}"`).join(', ') || 'none';
    throw refuse('caldav_gone', `The address is a server's: name one of its calendars. It has: ${names}.`);
  }
  // It may be in what could not be read, and then a second one would be made.
  if (incomplete !== null) throw new ConnectionError(incomplete, steps);
  // Another name is another calendar, whose address must not be taken.
  const slug = `plane-${mirrorId}-${createHash('sha256').update(normalName(wish.name)).digest('hex').slice(0, 6)}`;
  const wanted = { slug, displayName: wish.name, components: [component] };
  return makeCalendar(account, home, wanted).catch((error: unknown) => {
    if (spare === undefined || errorCode(error) !== 'caldav_refused') throw error;
    return makeCalendar(account, home, { ...wanted, slug: `${slug}-${spare}` });
  });
}

/** Those of that name, the ones that are written letter by letter like it first. */
function named(calendars: readonly Calendar[], name: string | null): readonly Calendar[] {
  if (name === null) return [];
  const same = calendars.filter(({ displayName }) => isSameName(displayName, shownName(name)));
  return [
    ...same.filter(({ displayName }) => displayName === name),
    ...same.filter(({ displayName }) => displayName !== name),
  ];
}

function takes(components: readonly string[], component: string): boolean {
  return components.length === 0 || components.includes(component);
}
