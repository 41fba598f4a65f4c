import { oneLine } from '../../icalendar/text.ts';
import type { SourceJson, TrialJson } from '../../http/api/sources/responses.ts';
import { withApi, type Api } from '../connect.ts';
import { CommandError, readGivenFile, type Io } from '../io.ts';
import { table } from '../table.ts';

/** `source`: calendars that are not Plane's, without the page. */

/** The flags that define a source. */
export interface SourceFlags {
  readonly name?: string;
  readonly url?: string;
  /** A file with the address, which may be a secret. */
  readonly urlFile?: string;
  readonly kind?: 'ics' | 'caldav';
  readonly calendar?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly auth?: string;
  readonly timezone?: string;
  /** Seconds; null for what the calendar asks for. */
  readonly refresh?: number | null;
  readonly userAgent?: string;
  readonly color?: string;
  readonly attendees?: string;
  /** false accepts any certificate. */
  readonly tlsVerify?: boolean;
  /** A member; "none" for nobody. */
  readonly hoursOf?: string;
  readonly hoursAddress?: string;
  readonly hoursProject?: string;
  readonly hoursPrivate?: string;
  /** Prints the API's response. */
  readonly json?: boolean;
}

const API = '/api/v1/sources';
const COLUMNS = ['ID', 'NAME', 'KIND', 'SERVER', 'EVENTS', 'LAST CHECK (UTC)', 'STATE'];
const MAX_DROPPED = 20;

/** `source add`: reads the calendar, and stores it. */
export async function addSource(io: Io, flags: SourceFlags): Promise<void> {
  const request = { kind: 'ics', ...requestOf(io, flags) };
  if (!('url' in request))
    throw new CommandError('Give the address of the calendar: --url https://…, or --url-file <file>.');
  if ('timesheet' in request && flags.hoursOf === undefined)
    throw new CommandError('Say whose hours they are: --hours-of <member>.');
  await withApi(io, async (api) => {
    const source = (await api.json('POST', API, request)) as SourceJson;
    io.out(flags.json ? pretty(source) : `Added ${shown(source)} with ${counted(source.components)}.\n`);
    if (!flags.json) printDropped(io, source.dropped);
  });
}

/** `source list`. */
export async function listSources(io: Io, { json = false }: Pick<SourceFlags, 'json'>): Promise<void> {
  await withApi(io, async (api) => {
    const sources = await all(api);
    if (json) io.out(pretty({ sources }));
    else if (sources.length === 0) io.out('There are no sources yet. Add one with: plane-ics source add\n');
    else io.out(table(COLUMNS, sources.map(row)));
    for (const { name, error } of json ? [] : sources) if (error !== null) io.err(`${oneLine(name)}: ${error}\n`);
  });
}

/** `source test`: what a calendar would have, or, for a source, whether it can be read now. */
export async function testSource(io: Io, which: string | undefined, flags: SourceFlags): Promise<void> {
  if (which !== undefined) {
    await withApi(io, async (api) => {
      const { id } = await find(api, which);
      const source = (await api.json('POST', `${API}/${id}/sync`)) as SourceJson;
      if (flags.json) io.out(pretty(source));
      else if (source.error === null) io.out(`${shown(source)} has ${counted(source.components)}.\n`);
      else io.out(`${shown(source)} stays as it was last read, with ${counted(source.components)}.\n`);
      if (!flags.json && source.error === null) printDropped(io, source.dropped);
      if (source.error !== null) throw new CommandError(source.error);
    });
    return;
  }
  const request = { kind: 'ics', ...requestOf(io, flags) };
  if (!('url' in request)) throw new CommandError('Name a source, or give an address to try: --url https://…');
  await withApi(io, async (api) => {
    const trial = (await api.json('POST', `${API}/test`, request)) as TrialJson;
    if (flags.json) io.out(pretty(trial));
    else printTrial(io, trial);
  });
}

/** `source edit`. */
export async function editSource(io: Io, which: string, flags: SourceFlags): Promise<void> {
  const { kind: _kind, ...request } = requestOf(io, flags);
  if (Object.keys(request).length === 0)
    throw new CommandError('Choose what to change; see plane-ics source edit --help.');
  await withApi(io, async (api) => {
    const { id } = await find(api, which);
    const source = (await api.json('PATCH', `${API}/${id}`, request)) as SourceJson;
    io.out(flags.json ? pretty(source) : `Changed ${shown(source)}.\n`);
  });
}

/** `source remove`: calendars that show it go on without it. */
export async function removeSource(io: Io, which: string): Promise<void> {
  await withApi(io, async (api) => {
    const source = await find(api, which);
    await api.json('DELETE', `${API}/${source.id}`);
    io.out(`Removed ${shown(source)}.\n`);
  });
}

function requestOf(io: Io, flags: SourceFlags): Record<string, unknown> {
  const { name, kind, calendar, username, auth, timezone, color, attendees } = flags;
  const url = flags.url ?? secretIn(io, flags.urlFile);
  const fields = {
    name,
    kind,
    url,
    calendar,
    username,
    password: secretIn(io, flags.passwordFile),
    auth,
    timezone: noneIsNull(timezone),
    refresh_seconds: flags.refresh,
    user_agent: noneIsNull(flags.userAgent),
    color: noneIsNull(color),
    attendees,
    tls_verify: flags.tlsVerify === false ? false : undefined,
    timesheet: hoursIn(flags),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Whose hours it holds: null for nobody's, undefined where no flag says. */
function hoursIn({ hoursOf, hoursAddress, hoursProject, hoursPrivate }: SourceFlags): object | null | undefined {
  const given = Object.entries({
    member: hoursOf,
    address: noneIsNull(hoursAddress),
    project: noneIsNull(hoursProject),
    private: hoursPrivate,
  }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  if (hoursOf !== 'none') return Object.fromEntries(given);
  if (given.length > 1) throw new CommandError('With --hours-of none, leave out the other --hours flags.');
  return null;
}

/** "none" resets a field. */
function noneIsNull(text: string | undefined): string | null | undefined {
  return text === 'none' ? null : text;
}

function secretIn(io: Io, path: string | undefined): string | undefined {
  return path === undefined ? undefined : readGivenFile(io, path).trim();
}

async function all(api: Api): Promise<readonly SourceJson[]> {
  const { sources } = (await api.json('GET', API)) as { readonly sources: readonly SourceJson[] };
  return sources;
}

/** By id or name, in any letter case, or the beginning of an id. */
async function find(api: Api, which: string): Promise<SourceJson> {
  const sources = await all(api);
  const lower = which.toLowerCase();
  const exact = sources.filter(({ id, name }) => id === lower || name.toLowerCase() === lower);
  const [found, ...others] = exact.length > 0 ? exact : sources.filter(({ id }) => id.startsWith(lower));
  if (!found) throw new CommandError(`There is no source "${which}". List them with: plane-ics source list`);
  if (others.length > 0) throw new CommandError(`"${which}" matches several sources. Use the whole id.`);
  return found;
}

function row(source: SourceJson): string[] {
  const { id, name, kind, url, components, last_check: checked, state } = source;
  return [id, oneLine(name), kind, url, String(components), checked?.slice(0, 16).replace('T', ' ') ?? 'never', state];
}

function printTrial(io: Io, trial: TrialJson): void {
  const { name, components, instances, recurring, first, last, zones, dropped } = trial;
  const days = first === null || last === null ? 'no days' : `${first} to ${last}`;
  io.out(
    (name === null ? '' : `"${oneLine(name)}"\n`) +
      `${counted(components)}, ${recurring} of them recurring; ${instances === 1 ? '1 date' : `${instances} dates`}, ${days}\n`,
  );
  for (const [kind, names] of Object.entries(zones))
    if (names.length > 0) io.out(`Time zones (${kind}): ${names.map(oneLine).join(', ')}\n`);
  printDropped(io, dropped);
}

function printDropped(io: Io, dropped: TrialJson['dropped']): void {
  if (dropped.length > 0) io.out(`Left out or read differently (${dropped.length}):\n`);
  for (const { line, reason } of dropped.slice(0, MAX_DROPPED)) io.out(`Line ${line}: ${oneLine(reason)}\n`);
  if (dropped.length > MAX_DROPPED) io.out(`… and ${dropped.length - MAX_DROPPED} more.\n`);
}

function counted(components: number): string {
  return components === 1 ? '1 event' : `${components} events`;
}

function shown({ id, name }: Pick<SourceJson, 'id' | 'name'>): string {
  return `"${oneLine(name)}" (${id})`;
}

function pretty(json: unknown): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}
