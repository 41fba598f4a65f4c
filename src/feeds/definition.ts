import { withPins, type Pins } from '../views/filter.ts';
import { joinList } from '../views/list.ts';
import { NAMED_OPTIONS, parseOptions, type FeedOptions } from '../views/options.ts';
import { scopeKey } from '../views/view.ts';
import type { Scope } from '../domain/feed.ts';
import type { Setting } from '../domain/ports.ts';
import type { LinkTerms } from './links.ts';
import type { Resolver, ScopeNames } from './resolver.ts';

/** What is asked of a link, in names. What is left out stays as it is, or as it is by default. */
export interface LinkPatch {
  readonly name?: string | undefined;
  readonly scope?: ScopeNames | undefined;
  /** Texts by name; null for the default. Lists are lists of names. */
  readonly options?: Readonly<Record<string, OptionPatch | null>> | undefined;
  readonly path?: string | null | undefined;
}

/** An option as an API's client may write it. */
export type OptionPatch = string | number | readonly string[];

/** From what people ask of a link to what is kept of it. */
export interface Terms {
  /** Throws `invalid` for names and values that are not known, `not_ready` while Plane can't be asked. */
  write(wish: LinkPatch, old: LinkTerms | null): Promise<LinkTerms>;
}

export function createTerms(resolver: Resolver, defaults: Setting<FeedOptions>): Terms {
  async function pinned(
    scope: Scope,
    given: Readonly<Record<string, string>>,
    before: Pins,
  ): Promise<Pick<LinkTerms, 'options' | 'pins'>> {
    const parsed = parseOptions(Object.entries(given), defaults());
    const pins = await resolver.pins(scope, parseOptions(Object.entries(given)), before);
    const held = withPins(parsed, pins);
    const options = { ...given };
    for (const option of NAMED_OPTIONS) {
      const list = held[option];
      if (options[option] === undefined || list === null) continue;
      options[option] = [joinList(list.names), ...(list.none ? ['none'] : [])].filter((text) => text !== '').join(',');
    }
    return { options, pins };
  }

  return {
    write: async (wish, old) => {
      const scope = wish.scope === undefined && old ? old.scope : await resolver.scope(wish.scope ?? {});
      const given: Record<string, string> = { ...old?.options };
      for (const [name, value] of Object.entries(wish.options ?? {})) {
        if (value === null) Reflect.deleteProperty(given, name);
        else given[name] = optionText(value);
      }
      const before = old && scopeKey(old.scope) === scopeKey(scope) ? old.pins : {};
      return {
        name: wish.name ?? old?.name ?? '',
        scope,
        ...(await pinned(scope, given, before)),
        path: wish.path === undefined ? (old?.path ?? null) : wish.path,
      };
    },
  };
}

/** The option as it stands in an address; names in a list are names, but for the words with a meaning that stand alone. */
export function optionText(value: OptionPatch): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return value.map((one) => (one === 'none' || one === 'all' ? one : joinList([one]))).join(',');
}
