import { groupNamed, matchesFilter, nameKey, pinnedIds, sameName } from '../views/filter.ts';
import { joinList } from '../views/options/list.ts';
import { NAMED_OPTIONS } from '../views/options/options.ts';
import { oneLine } from '../icalendar/text.ts';
import type { Access, Scope, FeedOptions, NamedOption, Pins, Named } from '../domain/feed.ts';
import type { Member } from '../domain/plane.ts';
import type { CombinedSource, ProjectInfo, Source } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import { truncate } from '../lib/truncate.ts';
import type { Loader } from './loader.ts';

/** Resolves names that people write to ids, which survive a rename. */

/** A scope in names: exactly one of the first three, or other calendars beside or instead of it. */
export interface ScopeNames {
  readonly projects?: readonly string[] | undefined;
  readonly all?: true | undefined;
  readonly person?: string | undefined;
  /** The one that has been in it longest first. */
  readonly calendars?: readonly string[] | undefined;
}

/** Each throws `invalid`, with the candidates, for an unknown or ambiguous name, and `not_ready` while Plane can't be asked. */
export interface Resolver {
  /** For an audience only the projects that they may see exist, and no person but themselves. */
  scope(names: ScopeNames, audience?: Access | null): Promise<Scope>;
  /** By display name, e-mail address or id; null when unknown. */
  person(name: string): Promise<Member | null>;
  /**
   * The ids of the names in the options: those pinned before stay, the others are resolved now. For an audience nothing that they may not
   * see has a name, and nobody is found by e-mail address.
   */
  pins(scope: Scope, options: FeedOptions, before?: Pins, audience?: Access | null): Promise<Pins>;
}

/** How many candidates an error message lists. */
const MAX_CANDIDATES = 30;

export function createResolver(source: CombinedSource, loader: Loader): Resolver {
  const matching = createMemberSearch();

  async function person(name: string): Promise<Member | null> {
    if (name.includes('@')) {
      const member = await source.memberByEmail(name);
      if (member) return member;
    }
    return onlyOne(name, matching(name, await source.members()));
  }

  async function knownPerson(name: string): Promise<Member> {
    const found = await person(name);
    if (found) return found;
    throw unknown('person', name, [...(await source.members()).values()].map(asNamed));
  }

  async function projectId(name: string): Promise<string> {
    const project = await source.find(name);
    if (project) return project.id;
    throw unknown('project', name, (await source.projects()).map(asListed));
  }

  function calendarId(name: string): string {
    const calendar = source.calendars.find(name);
    if (calendar) return calendar.id;
    throw unknown('calendar', name, source.calendars.all().map(asListed));
  }

  const pinNames = createPinning(async (name) => (await knownPerson(name)).id);
  const pinNamesFor = createPinning((name, known) => Promise.resolve(personAmong(name, known)));

  return {
    person,
    scope: async (names, audience = null) => {
      if (audience) return scopeFor(names, audience, source);
      const { projects, all, person: someone } = names;
      const calendarIds = [...new Set((names.calendars ?? []).map(calendarId))];
      const others = calendarIds.length === 0 ? {} : { calendarIds };
      if (all === true) return { kind: 'all', ...others };
      if (someone !== undefined) return { kind: 'person', memberId: (await knownPerson(someone)).id, ...others };
      const projectIds = await Promise.all((projects ?? []).map(projectId));
      return { kind: 'projects', projectIds: [...new Set(projectIds)].sort(), ...others };
    },
    pins: async (scope, options, before = {}, audience = null) => {
      const named = NAMED_OPTIONS.filter((option) => (options[option]?.names.length ?? 0) > 0);
      if (named.length === 0) return {};
      const selection = { scope, options, ...(audience && { audience }) };
      const { projects, missingParts, missingNames, error } = await loader.load(selection);
      if (projects.length === 0 || missingParts.length + missingNames.length > 0)
        throw new AppError('not_ready', 'The projects could not be read yet.', { cause: error });
      const pins: Partial<Record<NamedOption, Record<string, readonly string[]>>> = {};
      for (const option of named) {
        const known = projects.flatMap((project) => project.names(option));
        const pin = audience ? pinNamesFor : pinNames;
        pins[option] = await pin(option, options[option]?.names ?? [], known, before);
      }
      return pins;
    },
  };
}

/** The scope that a member may have: projects of theirs, or themselves. */
async function scopeFor(names: ScopeNames, audience: Access, source: Source): Promise<Scope> {
  if (names.calendars !== undefined)
    throw new AppError('invalid', 'You can publish only what is in Plane, not other calendars.');
  if (names.all === true)
    throw new AppError(
      'invalid',
      'You can publish your own projects or your own work. Name the projects, or yourself.',
    );
  if (names.person !== undefined) {
    const own = (await source.members()).get(audience.memberId);
    const isOwn = names.person.toLowerCase() === audience.memberId || (own && sameName(names.person, own.displayName));
    if (isOwn !== true) throw new AppError('invalid', 'You can publish only your own work, not that of others.');
    return { kind: 'person', memberId: audience.memberId };
  }
  const known = (await source.projects()).filter(({ id }) => audience.projectIds.includes(id)).map(asListed);
  const ids = (names.projects ?? []).map((name) => {
    const found = known.find((one) => one.name === name) ?? known.find((one) => matchesFilter(name, one));
    if (!found) throw unknown('project', name, known);
    return found.id;
  });
  return { kind: 'projects', projectIds: [...new Set(ids)].sort() };
}

type Pinning = (
  option: NamedOption,
  names: readonly string[],
  known: readonly Named[],
  before: Pins,
) => Promise<Record<string, readonly string[]>>;

/** Resolves the names of one option to the ids they have now. `personId` finds a person for an assignee, and throws `invalid`. */
function createPinning(personId: (name: string, known: readonly Named[]) => Promise<string>): Pinning {
  async function idsOf(option: NamedOption, name: string, known: readonly Named[]): Promise<string[]> {
    if (option === 'assignee') return [await personId(name, known)];
    const found = known.filter((one) => matchesFilter(name, one));
    if (found.length === 0) throw unknown(option, name, known);
    const group = groupNamed(option, name);
    const ids = found.filter((one) => group === null || one.group !== group).map(({ id }) => id);
    return [...(group === null ? [] : [group]), ...new Set(ids)].sort();
  }

  return async (option, names, known, before) => {
    const pinned = new Map<string, readonly string[]>();
    for (const given of names) {
      const ids = pinnedIds(before, option, given) ?? (await idsOf(option, given, known));
      // An e-mail address finds a person, but is never shown.
      const name = given.includes('@') && option === 'assignee' ? nameIn(known, ids[0]) : given;
      pinned.set(name, [...new Set([...(pinned.get(name) ?? []), ...ids])]);
    }
    return Object.fromEntries(pinned);
  };
}

/** Throws `invalid` unless exactly one of the known people has that name or id. */
function personAmong(name: string, known: readonly Named[]): string {
  const found = new Map(known.filter((one) => matchesFilter(name, one)).map((one) => [one.id, one]));
  const people = [...found.values()].map(({ id, name: displayName }) => ({ id, displayName }));
  const one = onlyOne(name, people);
  if (one === null) throw unknown('person', name, known);
  return one.id;
}

/** null for none; throws `invalid` for several. */
function onlyOne(name: string, found: readonly Member[]): Member | null {
  if (found.length > 1) throw ambiguous(name, found);
  return found[0] ?? null;
}

const asNamed = ({ id, displayName }: Member): Named => ({ id, name: displayName });
const asListed = ({ id, identifier }: ProjectInfo): Named => ({ id, name: identifier });

/** Finds the members with a name or id. They are indexed once, since public addresses name people and so anyone can cause a search. */
function createMemberSearch(): (name: string, members: ReadonlyMap<string, Member>) => Member[] {
  let indexed: { readonly members: unknown; readonly byName: ReadonlyMap<string, readonly Member[]> } | null = null;
  return (name, members) => {
    if (indexed?.members !== members) indexed = { members, byName: groupByName(members) };
    const withId = members.get(name.toLowerCase());
    return [...new Set([...(withId ? [withId] : []), ...(indexed.byName.get(nameKey(name)) ?? [])])];
  };
}

function groupByName(members: ReadonlyMap<string, Member>): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of members.values()) {
    const key = nameKey(member.displayName);
    const group = groups.get(key);
    if (group) group.push(member);
    else groups.set(key, [member]);
  }
  return groups;
}

function nameIn(known: readonly Named[], id = ''): string {
  return oneLine(known.find((one) => one.id === id)?.name ?? '') || id;
}

function unknown(what: string, name: string, known: readonly Named[]): AppError {
  const names = [...new Set(known.map((one) => oneLine(one.name)))].filter((one) => one !== '').sort();
  const listed = names.length > MAX_CANDIDATES ? [...names.slice(0, MAX_CANDIDATES), '…'] : names;
  const allowed =
    listed.length === 0 ? 'There are none' : `There are: ${listed.map((one) => joinList([one])).join(', ')}`;
  return new AppError('invalid', `There is no ${what} "${truncate(oneLine(name), 60)}". ${allowed}.`);
}

function ambiguous(name: string, found: readonly Member[]): AppError {
  const candidates = found.map(({ id, displayName }) => `${oneLine(displayName)} (${id})`).sort();
  return new AppError(
    'invalid',
    `"${truncate(oneLine(name), 60)}" may mean any of these people: ${candidates.join(', ')}. Give the id.`,
  );
}
