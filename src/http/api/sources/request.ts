import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import type { Login } from '../../../caldav/login.ts';
import { parseAddress } from '../../../sources/calendars/fetch/address.ts';
import type { NewSource, SourcePatch } from '../../../sources/calendars/request.ts';
import { SOURCE_KINDS } from '../../../sources/calendars/source.ts';
import { name } from '../links/requests.ts';
import { server, text, toLogin } from '../login.ts';
import { hours, hoursChange } from './hours.ts';

/** The API's requests about sources. */

const MINUTES_5 = 300;
const DAY = 86_400;
const REFRESH = `must be 0, or a whole number from ${MINUTES_5} to ${DAY}, or null`;

const { url: _url, ...login } = server.shape;
const url = text.describe('https, http or webcal; user and password in it are moved to the login');
const fields = {
  ...login,
  calendar: text.optional().describe('name or address of the calendar, where `url` is that of a CalDAV server'),
  timezone: text.nullable().optional().describe('of times without one; null for what the calendar says'),
  refresh_seconds: z
    .int(REFRESH)
    .refine((seconds) => seconds === 0 || (seconds >= MINUTES_5 && seconds <= DAY), REFRESH)
    .nullable()
    .optional()
    .describe('0 for only on request, null for what the calendar asks for, else an hour'),
  user_agent: z
    .string('must be a text or null')
    .regex(/^[\x20-\x7e]{1,300}$/, 'must have 1 to 300 printable ASCII characters')
    .nullable()
    .optional(),
  color: z
    .string('must be a text or null')
    .regex(/^#[\da-f]{6}$/i, 'must be a color such as #1a2b3c')
    .transform((color) => color.toLowerCase())
    .nullable()
    .optional(),
  attendees: z
    .enum(['keep', 'remove'], 'must be keep or remove')
    .optional()
    .describe("whether feeds show attendees' e-mail addresses; remove by default"),
};

/** A source to create or to test. */
export const newSource = z.strictObject({
  name,
  kind: z.enum(SOURCE_KINDS, `must be one of: ${SOURCE_KINDS.join(', ')}`),
  url,
  ...fields,
  timesheet: hours,
});
/** The same for a test, which needs no name. */
export const sourceTest = newSource.extend({ name: name.optional() });
/** Changes of a source. A password that is left out stays while the server is the same. */
export const sourceChange = z.strictObject({
  name: name.optional(),
  url: url.optional(),
  ...fields,
  timesheet: hoursChange,
});

type Change = z.infer<typeof sourceChange>;

/** The source that a request describes, without whose hours it holds. Throws `invalid` for an address that can't be one. */
export function toNewSource(request: z.infer<typeof sourceTest>): NewSource {
  const { login: given, insecure } = loginOf(request, request.url, null);
  return {
    ...toPatch(request),
    name: request.name ?? 'test',
    kind: request.kind,
    login: given,
    insecureUrl: insecure,
  };
}

/** The changes that a request describes, without whose hours it holds, for a source with this login; null where its secrets can't be opened. */
export function toSourcePatch(request: Change, current: Login | null): SourcePatch {
  const patch = toPatch(request);
  const isLoginGiven = Object.keys(login).some((field) => request[field as keyof Change] !== undefined);
  if (request.url === undefined && !isLoginGiven) return patch;
  const address = request.url ?? current?.server.url;
  if (address === undefined)
    throw new AppError('missing', 'The address was stored with another SECRET_KEY. Give it again.');
  return { ...patch, login: loginOf(request, address, current).login };
}

function loginOf(request: Change, address: string, current: Login | null): { login: Login; insecure: string | null } {
  const parsed = parseAddress(address);
  const username = request.username ?? parsed.username ?? undefined;
  const password = request.password ?? parsed.password ?? undefined;
  const { auth, token, oauth, tls_verify, ca } = request;
  const given = { url: parsed.url, username, password, auth, token, oauth, tls_verify, ca };
  return { login: toLogin(given, current), insecure: parsed.insecure };
}

function toPatch(request: Change): SourcePatch {
  const { attendees } = request;
  return {
    name: request.name,
    calendar: request.calendar,
    timezone: request.timezone,
    refreshSeconds: request.refresh_seconds,
    userAgent: request.user_agent,
    color: request.color,
    keepAttendees: attendees === undefined ? undefined : attendees === 'keep',
  };
}
