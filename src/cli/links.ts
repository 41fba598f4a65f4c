import { oneLine } from '../icalendar/text.ts';
import { withApi, type Api } from './connect.ts';
import { feedOptions, type FeedFlags } from './feed-flags.ts';
import { CommandError, type Io } from './io.ts';
import { addManyLinks } from './many-links.ts';
import { table } from './table.ts';

/** `link`: subscription links without the page. */

/** What a link or a mirror shows. */
interface ShownJson {
  readonly scope: {
    readonly all?: true | undefined;
    readonly person?: string | undefined;
    readonly projects?: readonly string[] | undefined;
    readonly calendars?: readonly string[] | undefined;
  };
  readonly options: Readonly<Record<string, string>>;
}

/** The fields of a link that are shown. */
interface LinkJson extends ShownJson {
  readonly id: string;
  readonly name: string;
  readonly last_fetch: { readonly at: string; readonly client: string } | null;
  readonly for: string | null;
  readonly expires: string | null;
  readonly state: 'active' | 'expired' | 'paused' | 'revoked';
  readonly grace_until: string | null;
  readonly revoked: string | null;
}

interface Json {
  /** Prints the API's response. */
  readonly json?: boolean;
}

/** The flags of a rotation. */
export interface RotateFlags extends Json {
  readonly graceDays?: number;
}

/** The flags that define a link. */
export interface TermFlags extends FeedFlags, Json {
  readonly name?: string;
  readonly project?: readonly string[];
  readonly all?: boolean;
  readonly person?: string;
  readonly calendar?: readonly string[];
  readonly path?: string;
  readonly for?: string;
  readonly expires?: string;
  /** A file with a person on each line. */
  readonly many?: string;
  readonly unset?: readonly string[];
}

const API = '/api/v1/links';
const CHOOSE = 'Choose what to include: --project WEB, --all, --person ada or --calendar Holidays.';
const COLUMNS = ['ID', 'NAME', 'FOR', 'SCOPE', 'OPTIONS', 'LAST FETCHED (UTC)', 'EXPIRES', 'STATE'];

/** `link add`: prints the address, which is shown only once. */
export async function addLink(io: Io, flags: TermFlags): Promise<void> {
  const request = { ...requestOf(flags), options: feedOptions(flags) };
  if (!('scope' in request)) throw new CommandError(CHOOSE);
  if (flags.many !== undefined) {
    if (flags.for !== undefined || flags.path !== undefined)
      throw new CommandError('Leave out --for and --path: with --many, each line of the list is "for whom".');
    await addManyLinks(io, flags.many, request, flags.json === true);
    return;
  }
  await withApi(io, async (api) => {
    printAddress(io, flags, await api.json('POST', API, request));
  });
}

/** `link list`. */
export async function listLinks(io: Io, { json = false }: Json): Promise<void> {
  await withApi(io, async (api) => {
    const answer = (await api.json('GET', API)) as { links: readonly LinkJson[] };
    if (json) io.out(pretty(answer));
    else if (answer.links.length === 0) io.out('There are no links yet. Create one with: plane-ics link add\n');
    else io.out(table(COLUMNS, answer.links.map(row)));
  });
}

/** `link edit`: changes the calendar, but not the address. */
export async function editLink(io: Io, which: string, flags: TermFlags): Promise<void> {
  const { unset = [] } = flags;
  const defaults = unset.filter((name) => !DETAILS.includes(name)).map((name) => [name, null] as const);
  const options = { ...feedOptions(flags), ...Object.fromEntries(defaults) };
  const request = {
    ...requestOf(flags),
    ...Object.fromEntries(DETAILS.filter((name) => unset.includes(name)).map((name) => [name, null])),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  };
  if (Object.keys(request).length === 0)
    throw new CommandError('Choose what to change; see plane-ics link edit --help.');
  await withApi(io, async (api) => {
    const link = (await api.json('PATCH', `${API}/${(await findLink(api, which)).id}`, request)) as LinkJson;
    io.out(flags.json ? pretty(link) : `Changed ${shown(link)}. The address stays the same.\n`);
  });
}

/** `link rotate`: prints a new address for the same calendar. */
export async function rotateLink(io: Io, which: string, flags: RotateFlags): Promise<void> {
  const request = { grace_days: flags.graceDays ?? 0 };
  await withApi(io, async (api) => {
    printAddress(io, flags, await api.json('POST', `${API}/${(await findLink(api, which)).id}/rotate`, request));
  });
}

/** `link revoke`. */
export async function revokeLink(io: Io, which: string, flags: Json): Promise<void> {
  await withApi(io, async (api) => {
    const found = await findLink(api, which);
    if (found.revoked !== null && !flags.json) {
      io.out(`${shown(found)} was revoked already.\n`);
      return;
    }
    const link = (await api.json('DELETE', `${API}/${found.id}`)) as LinkJson;
    const text =
      `Revoked ${shown(link)}. Its subscribers now see one event, "This calendar link was disabled"; ` +
      'after 30 days the address answers 410 Gone.\n';
    io.out(flags.json ? pretty(link) : text);
  });
}

/** The fields of the request, except for the options. */
function requestOf({
  name,
  project,
  all,
  person,
  calendar,
  path,
  for: whom,
  expires,
}: TermFlags): Record<string, unknown> {
  const scopes = [
    ...(project ? [{ projects: project }] : []),
    ...(all ? [{ all }] : []),
    ...(person === undefined ? [] : [{ person }]),
  ];
  // A shell variable that was never set is an empty text.
  if ([project, person, calendar].some((given) => given?.length === 0)) throw new CommandError(CHOOSE);
  if (scopes.length > 1) throw new CommandError('Give only one of --project, --all and --person.');
  const scope = scopes[0] || calendar ? { ...scopes[0], ...(calendar && { calendars: calendar }) } : undefined;
  const fields = Object.entries({ name, scope, path, for: whom, expires });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** What `--unset` may name besides options. */
export const DETAILS: readonly string[] = ['path', 'for', 'expires'];

/** Links that an ambiguous name lists. */
const MAX_LISTED = 10;

/** Finds a link by its id, the beginning of its id, or its name; active links take precedence over revoked ones. */
export async function findLink(api: Api, which: string): Promise<LinkJson> {
  const { links } = (await api.json('GET', API)) as { links: readonly LinkJson[] };
  const inUse = links.filter((one) => one.revoked === null);
  // An empty text, such as a shell variable that was never set, is the beginning of every id.
  const begins = (id: string): boolean => which !== '' && id.startsWith(which);
  const means = [
    links.filter(({ id }) => id === which),
    inUse.filter(({ name }) => name === which),
    inUse.filter(({ id }) => begins(id)),
    links.filter(({ id, name }) => name === which || begins(id)),
  ];
  const [found, ...others] = means.find((some) => some.length > 0) ?? [];
  if (!found) throw new CommandError(`There is no link "${which}". List them with: plane-ics link list`);
  if (others.length === 0) return found;
  const several = [found, ...others];
  const listed = several.slice(0, MAX_LISTED).map(shownFor).join(', ');
  const more = several.length > MAX_LISTED ? ` and ${several.length - MAX_LISTED} more` : '';
  throw new CommandError(`"${which}" matches several links: ${listed}${more}. Use the id.`);
}

function printAddress(io: Io, { json = false }: Json, link: unknown): void {
  io.out(json ? pretty(link) : `${(link as { url: string }).url}\n`);
}

function row(link: LinkJson): string[] {
  const { id, name, for: whom, last_fetch: fetched, expires } = link;
  return [
    id,
    oneLine(name),
    oneLine(whom ?? ''),
    ...contentCells(link),
    fetched ? `${minute(fetched.at)} ${fetched.client}` : 'never',
    expires === null ? '' : minute(expires),
    stateOf(link),
  ];
}

/** Scope and options. */
export function contentCells({ scope, options }: ShownJson): [scope: string, options: string] {
  const { all, person, projects = [], calendars = [] } = scope;
  const plane = all ? ['all'] : person === undefined ? projects : [`person ${person}`];
  const values = Object.entries(options).map(([option, value]) => oneLine(`${option}=${value}`));
  return [oneLine([...plane, ...calendars].join(', ')), values.join(' ')];
}

function stateOf({ state, revoked, grace_until: grace }: LinkJson): string {
  if (revoked !== null) return `revoked ${minute(revoked)}`;
  return grace === null ? state : `${state}, old address until ${minute(grace)}`;
}

function shown({ id, name }: LinkJson): string {
  return `"${oneLine(name)}" (${id})`;
}

function shownFor(link: LinkJson): string {
  return link.for === null ? shown(link) : `${shown(link)} for ${oneLine(link.for)}`;
}

/** An instant to the minute. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

function pretty(json: unknown): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}
