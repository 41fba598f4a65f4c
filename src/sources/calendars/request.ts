import { randomInt } from 'node:crypto';
import type { Login } from '../../caldav/login.ts';
import { AppError } from '../../domain/errors.ts';
import type { TimesheetSettings } from '../../domain/timesheet.ts';
import { knownZone } from '../../icalendar/foreign/known-zones.ts';
import { shown } from '../../caldav/transport/href.ts';
import { shownAddress } from './fetch/address.ts';
import { hasNoHttps } from './fetch/errors.ts';
import type { SourceConfig, SourceKind } from './source.ts';

/** Turns requests of the API into configurations of sources. */

/** Changes of a source. Fields that are left out stay as they are, or get their defaults. */
export interface SourcePatch {
  readonly name?: string | undefined;
  /** Its `url` is the whole address. */
  readonly login?: Login | undefined;
  /** The name or address of the calendar, where the address is that of a CalDAV server. */
  readonly calendar?: string | undefined;
  readonly timezone?: string | null | undefined;
  readonly refreshSeconds?: number | null | undefined;
  readonly userAgent?: string | null | undefined;
  readonly color?: string | null | undefined;
  readonly keepAttendees?: boolean | undefined;
  readonly timesheet?: TimesheetSettings | null | undefined;
}

/** A source to create. */
export interface NewSource extends SourcePatch {
  readonly name: string;
  readonly kind: SourceKind;
  readonly login: Login;
  /** The same calendar by http, tried where its server has no https; see `ParsedAddress`. */
  readonly insecureUrl?: string | null | undefined;
}

const ID = /^cal-[a-z0-9]{10}$/;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The configuration of a new source. Throws `invalid`. */
export function createSourceConfig(request: NewSource, now: number): SourceConfig {
  const id = `cal-${Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
  return patchSourceConfig(
    {
      id,
      kind: request.kind,
      createdAt: now,
      name: '',
      ...withLogin(request.kind, request.login),
      timezone: null,
      refreshSeconds: null,
      userAgent: null,
      color: null,
      keepAttendees: false,
      timesheet: null,
    },
    request,
  );
}

/** The configuration with these changes. Throws `invalid`. */
export function patchSourceConfig(config: SourceConfig, patch: SourcePatch): SourceConfig {
  const { name = config.name, timezone = config.timezone, refreshSeconds = config.refreshSeconds } = patch;
  const { userAgent = config.userAgent, color = config.color, keepAttendees = config.keepAttendees } = patch;
  const { timesheet = config.timesheet } = patch;
  checkName(name);
  if (timezone !== null && knownZone(timezone) === null)
    throw new AppError('invalid', '"timezone" must be the name of a time zone such as Europe/Berlin.');
  const login = patch.login ? withLogin(config.kind, patch.login) : {};
  return { ...config, ...login, name, timezone, refreshSeconds, userAgent, color, keepAttendees, timesheet };
}

/** Whether what is read differs between two configurations. */
export function isReadDifferently(a: SourceConfig, b: SourceConfig): boolean {
  const relevant = ({ server, secrets, timezone, userAgent }: SourceConfig): string =>
    JSON.stringify([server, secrets, timezone, userAgent]);
  return relevant(a) !== relevant(b);
}

/** The server and secrets of a source with this login. Only the secrets have the whole address of a calendar that it may protect. */
export function withLogin(kind: SourceKind, { server, secrets }: Login): Pick<SourceConfig, 'server' | 'secrets'> {
  const url = kind === 'ics' ? shownAddress(server.url) : shown(new URL(server.url));
  return { server: { ...server, url }, secrets: { ...secrets, url: server.url } };
}

/** Names are used in addresses, in place of ids. */
function checkName(name: string): void {
  if (ID.test(name.toLowerCase())) throw new AppError('invalid', '"name" must not look like the id of a source.');
}

/** Throws `conflict` where another source has the name in any letter case. */
export function rejectSameName({ id, name }: SourceConfig, others: readonly SourceConfig[]): void {
  const key = nameKey(name);
  const same = others.find((other) => other.id !== id && nameKey(other.name) === key);
  if (same) throw new AppError('conflict', `There already is a source called "${same.name}". Choose another name.`);
}

/** A name in the form in which names are compared. */
export function nameKey(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}

/** A webcal address says nothing of encryption: https is tried first. A server whose https fails is not read without it. */
export async function tryRequest<T>(request: NewSource, task: (request: NewSource) => Promise<T>): Promise<T> {
  try {
    return await task(request);
  } catch (error) {
    const { insecureUrl, login } = request;
    if (insecureUrl == null || !hasNoHttps(error)) throw error;
    const insecure = { ...login, server: { ...login.server, url: insecureUrl } };
    // Where http doesn't work either, https is what has to be put right.
    return task({ ...request, login: insecure }).catch(() => {
      throw error;
    });
  }
}
