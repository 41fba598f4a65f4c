import { matchesFilter, nameKey, pinnedIds } from '../views/filter.ts';
import { joinList } from '../views/list.ts';
import { NAMED_OPTIONS } from '../views/options.ts';
import { oneLine } from '../icalendar/text.ts';
import type { Scope, FeedOptions, NamedOption, Pins, Named } from '../domain/feed.ts';
import type { Member } from '../domain/plane.ts';
import type { Source } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import { truncate } from '../lib/truncate.ts';
import type { Loader } from './loader.ts';

/** Resolves names that people write to ids, which survive a rename. */

/** A scope in names: exactly one of the three. */
export interface ScopeNames {
  readonly projects?: readonly string[] | undefined;
  readonly all?: true | undefined;
  readonly person?: string | undefined;
}

/** Each throws `invalid`, with the candidates, for an unknown or ambiguous name, and `not_ready` while Plane can't be asked. */
export interface Resolver {
  scope(names: ScopeNames): Promise<Scope>;
  /** By display name, e-mail address or id; null when unknown. */
  person(name: string): Promise<Member | null>;
  /** The ids of the names in the options: those pinned before stay, the others are resolved now. */
  pins(scope: Scope, options: FeedOptions, before?: Pins): Promise<Pins>;
}

/** How many candidates an error message lists. */
const MAX_CANDIDATES = 30;

export function createResolver(source: Source, loader: Loader): Resolver {
  const matching = createMemberSearch();

  async function person(name: string): Promise<Member | null> {
    if (name.includes('@')) {
      const member = await source.memberByEmail(name);
      if (member) return member;
    }
    const found = matching(name, await source.members());
    if (found.length > 1) throw ambiguous(name, found);
    return found[0] ?? null;
  }

  async function knownPerson(name: string): Promise<Member> {
    const found = await person(name);
    if (found) return found;
    const everyone = [...(await source.members()).values()].map(({ id, displayName }) => ({ id, name: displayName }));
    throw unknown('person', name, everyone);
  }

  async function projectId(name: string): Promise<string> {
    const project = await source.find(name);
    if (project) return project.id;
    const all = (await source.projects()).map(({ id, identifier }) => ({ id, name: identifier }));
    throw unknown('project', name, all);
  }

  /** The ids a name has now in these projects; one person for an assignee. */
  async function idsOf(option: NamedOption, name: string, known: readonly Named[]): Promise<string[]> {
    if (option === 'assignee') return [(await knownPerson(name)).id];
    const ids = known.filter((one) => matchesFilter(name, one)).map(({ id }) => id);
    if (ids.length === 0) throw unknown(option, name, known);
    return [...new Set(ids)].sort();
  }

  async function pinNames(
    option: NamedOption,
    names: readonly string[],
    known: readonly Named[],
    before: Pins,
  ): Promise<Record<string, readonly string[]>> {
    const pinned = new Map<string, readonly string[]>();
    for (const given of names) {
      const ids = pinnedIds(before, option, given) ?? (await idsOf(option, given, known));
      // An e-mail address finds a person, but is never shown.
      const name = given.includes('@') && option === 'assignee' ? nameIn(known, ids[0]) : given;
      pinned.set(name, [...new Set([...(pinned.get(name) ?? []), ...ids])]);
    }
    return Object.fromEntries(pinned);
  }

  return {
    person,
    scope: async ({ projects, all, person: someone }) => {
      if (all === true) return { kind: 'all' };
      if (someone !== undefined) return { kind: 'person', memberId: (await knownPerson(someone)).id };
      const projectIds = await Promise.all((projects ?? []).map(projectId));
      return { kind: 'projects', projectIds: [...new Set(projectIds)].sort() };
    },
    pins: async (scope, options, before = {}) => {
      const named = NAMED_OPTIONS.filter((option) => (options[option]?.names.length ?? 0) > 0);
      if (named.length === 0) return {};
      const { projects, missingParts, missingNames, error } = await loader.load({ scope, options });
      if (projects.length === 0 || missingParts.length + missingNames.length > 0)
        throw new AppError('not_ready', 'The projects could not be read yet.', { cause: error });
      const pins: Partial<Record<NamedOption, Record<string, readonly string[]>>> = {};
      for (const option of named) {
        const known = projects.flatMap((project) => project.names(option));
        pins[option] = await pinNames(option, options[option]?.names ?? [], known, before);
      }
      return pins;
    },
  };
}

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
