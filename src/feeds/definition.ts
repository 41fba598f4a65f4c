import { withPins } from '../views/filter.ts';
import { joinList } from '../views/options/list.ts';
import { NAMED_OPTIONS, parseOptions } from '../views/options/options.ts';
import { scopeKey } from '../views/view.ts';
import type { Access, FeedDefinition, FeedOptions, Pins, Scope, View } from '../domain/feed.ts';
import type { Setting } from '../domain/ports.ts';
import { explainedTo } from './loader.ts';
import type { Resolver, ScopeNames } from './resolver.ts';

/** What a feed should be, in names. What is left out stays as it is; in a new feed it has its default. */
export interface FeedPatch {
  readonly name?: string | undefined;
  readonly scope?: ScopeNames | undefined;
  /** Values by name; null for the default. Lists are lists of names. */
  readonly options?: Readonly<Record<string, OptionPatch | null>> | undefined;
}

/** An option as an API client may write it. */
export type OptionPatch = string | number | readonly string[];

/** A definition that has a name of its own, as links and mirrors have. */
export interface NamedDefinition extends FeedDefinition {
  readonly name: string;
}

/**
 * Makes a definition of names, or changes one: names become ids and pins. Throws `invalid` for unknown names and values that aren't allowed,
 * `not_ready` while Plane can't be asked. With an audience, names of what they may not see are unknown, as if there were no such thing.
 */
export type DefineFeed = (
  patch: FeedPatch,
  old: NamedDefinition | null,
  audience?: Access | null,
) => Promise<NamedDefinition>;

export function createDefineFeed(resolver: Resolver, defaults: Setting<FeedOptions>): DefineFeed {
  async function pinned(
    scope: Scope,
    given: Readonly<Record<string, string>>,
    before: Pins,
    audience: Access | null,
  ): Promise<Pick<FeedDefinition, 'options' | 'pins'>> {
    const parsed = parseOptions(Object.entries(given), defaults());
    const pins = await resolver.pins(scope, parseOptions(Object.entries(given)), before, audience);
    const resolved = withPins(parsed, pins);
    const options = { ...given };
    for (const option of NAMED_OPTIONS) {
      const list = resolved[option];
      if (options[option] === undefined || list === null) continue;
      options[option] = [joinList(list.names), ...(list.none ? ['none'] : [])].filter((text) => text !== '').join(',');
    }
    return { options, pins };
  }

  async function scopeOf({ scope }: FeedPatch, old: NamedDefinition | null, audience: Access | null): Promise<Scope> {
    return scope === undefined && old ? old.scope : resolver.scope(scope ?? {}, audience);
  }

  async function define(
    patch: FeedPatch,
    old: NamedDefinition | null,
    audience: Access | null,
  ): Promise<NamedDefinition> {
    const scope = await scopeOf(patch, old, audience);
    const before = old && scopeKey(old.scope) === scopeKey(scope) ? old.pins : {};
    return {
      name: patch.name ?? old?.name ?? '',
      scope,
      ...(await pinned(scope, patchedOptions(old?.options ?? {}, patch.options ?? {}), before, audience)),
    };
  }

  return (patch, old, audience = null) =>
    define(patch, old, audience).catch((error: unknown) => {
      throw explainedTo(audience, error);
    });
}

/** What a feed of this definition shows to its audience. Throws `invalid` for options that aren't allowed. */
export function viewOf(
  { name, scope, options, pins }: FeedDefinition,
  defaults: FeedOptions,
  audience: Access | null = null,
): View {
  const parsed = withPins(parseOptions(Object.entries(options), defaults), pins);
  return { name, scope, pins, options: parsed, ...(audience && { audience }) };
}

/** The option as written in an address. In a list every entry is a name, except the words "none" and "all". */
export function optionText(value: OptionPatch): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return value.map((one) => (one === 'none' || one === 'all' ? one : joinList([one]))).join(',');
}

function patchedOptions(
  old: FeedDefinition['options'],
  patch: Exclude<FeedPatch['options'], undefined>,
): Record<string, string> {
  const options = { ...old };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(options, name);
    else options[name] = optionText(value);
  }
  return options;
}
