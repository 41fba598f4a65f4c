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

/** From names, as people write them, to ids, which renames don't move. */

/** A scope as people write it: exactly one of the three. */
export interface ScopeNames {
  readonly projects?: readonly string[] | undefined;
  readonly all?: true | undefined;
  readonly person?: string | undefined;
}

/** Each throws `invalid`, with the candidates, for a name that nothing or too much answers to, and `not_ready` while Plane can't be asked. */
export interface Resolver {
  scope(names: ScopeNames): Promise<Scope>;
  /** Display name, e-mail address or id; null for nobody. */
  person(name: string): Promise<Member | null>;
  /** The ids that the names in the options mean: those pinned before as they are, the others as they are now. */
  pins(scope: Scope, options: FeedOptions, before?: Pins): Promise<Pins>;
}

const MAX_TOLD = 30;

export function createResolver(source: Source, loader: Loader): Resolver {
  /** The members of each map by the key of their names. Open addresses name people, so anyone can make us search. */
  const byName = new WeakMap<ReadonlyMap<string, Member>, ReadonlyMap<string, readonly Member[]>>();

  /** Those with that name or id. */
  function meantBy(name: string, members: ReadonlyMap<string, Member>): Member[] {
    let named = byName.get(members);
    if (!named) byName.set(members, (named = groupByName(members)));
    const withId = members.get(name.toLowerCase());
    return [...new Set([...(withId ? [withId] : []), ...(named.get(nameKey(name)) ?? [])])];
  }

  async function person(name: string): Promise<Member | null> {
    if (name.includes('@')) {
      const member = await source.memberByEmail(name);
      if (member) return member;
    }
    const found = meantBy(name, await source.members());
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

  /** The ids that a name means now in these projects; one person for an assignee. */
  async function idsOf(option: NamedOption, name: string, known: readonly Named[]): Promise<string[]> {
    if (option === 'assignee') return [(await knownPerson(name)).id];
    const ids = known.filter((one) => matchesFilter(name, one)).map(({ id }) => id);
    if (ids.length === 0) throw unknown(option, name, known);
    return [...new Set(ids)].sort();
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
        const pinned = new Map<string, readonly string[]>();
        for (const given of options[option]?.names ?? []) {
          const ids = pinnedIds(before, option, given) ?? (await idsOf(option, given, known));
          // An e-mail address finds a person; nobody is shown one.
          const name = given.includes('@') && option === 'assignee' ? nameIn(known, ids[0]) : given;
          pinned.set(name, [...new Set([...(pinned.get(name) ?? []), ...ids])]);
        }
        pins[option] = Object.fromEntries(pinned);
      }
      return pins;
    },
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
  const told = names.length > MAX_TOLD ? [...names.slice(0, MAX_TOLD), '…'] : names;
  const allowed = told.length === 0 ? 'There are none' : `There are: ${told.map((one) => joinList([one])).join(', ')}`;
  return new AppError('invalid', `There is no ${what} "${truncate(oneLine(name), 60)}". ${allowed}.`);
}

function ambiguous(name: string, found: readonly Member[]): AppError {
  const candidates = found.map(({ id, displayName }) => `${oneLine(displayName)} (${id})`).sort();
  return new AppError(
    'invalid',
    `"${truncate(oneLine(name), 60)}" may mean any of these people: ${candidates.join(', ')}. Give the id.`,
  );
}
