import { createHash } from 'node:crypto';
import { forEachInSteps } from '../../lib/cooperative.ts';
import { parameterValue, parametersOf, unescapeText, valueStart } from './content-line.ts';
import { foldLines, unfoldLines } from '../text.ts';
import type { ZoneUse } from './dates.ts';
import { knownZone, withTzid } from './known-zones.ts';
import { shown, type ReadComponent } from './reader.ts';
import type { ReadCalendar } from './splitter.ts';
import { isZone } from './transitions.ts';
import type { Zone } from '../../domain/calendar.ts';
import type { CalendarFile, Dropped, ZoneOrigin } from './types.ts';
import { sameOffsets } from './zone-clock.ts';

/** Gives every time zone that a file refers to a definition, and one name to each. */

/** Components that are handled in one step. */
const STEP = 256;
/** Different VTIMEZONEs of a file that are read: the world has fewer zones. */
const MAX_ZONES = 500;

type FileZone = Zone & { readonly origin: ZoneOrigin };
/** By TZID. */
type Definitions = ReadonlyMap<string, FileZone>;

/** Zones of all calendars of a file. Components whose zone has to have another name are changed. */
export function* resolveZones(
  calendars: readonly ReadCalendar[],
  ownZone: string | null,
  onDropped: (dropped: Dropped) => void,
): Generator<undefined, CalendarFile['zones']> {
  const zones = new Map<string, FileZone>();
  const uses = new Map<string, ZoneUse>();
  const read = createZoneReader();
  const definitions: Definitions[] = [];
  for (const calendar of calendars) {
    definitions.push(yield* definitionsOf(calendar, read, onDropped));
  }
  const others: Definitions = new Map(definitions.toReversed().flatMap((one) => [...one]));
  const usesByCalendar: ReadonlyMap<string, ZoneUse>[] = [];
  for (const calendar of calendars) usesByCalendar.push(yield* usesOf(calendar));
  const resolver = createResolver(others, () => replacementZone(ownZone, usesByCalendar, others), onDropped);
  for (const [index, calendar] of calendars.entries()) {
    const renames = new Map<string, string>();
    const used = usesByCalendar[index] ?? new Map<string, ZoneUse>();
    for (const [tzid, use] of used) {
      const zone = resolver(tzid, use, definitions[index]?.get(tzid));
      const name = addZone(zones, zone, widened(uses, use));
      if (name !== tzid) renames.set(tzid, name);
      yield;
    }
    if (renames.size > 0) yield* renameZones(calendar.components, renames);
  }
  return zones;
}

/** The VTIMEZONEs of a calendar; the first of each TZID. */
function* definitionsOf(
  { zones }: ReadCalendar,
  read: ReturnType<typeof createZoneReader>,
  onDropped: (dropped: Dropped) => void,
): Generator<undefined, Definitions> {
  const definitions = new Map<string, FileZone>();
  for (const { line, lines } of zones) {
    yield;
    const zone = read(lines);
    if (typeof zone === 'string') onDropped({ line, reason: `A VTIMEZONE can't be read: ${zone}.` });
    else if (!definitions.has(zone.tzid)) definitions.set(zone.tzid, zone);
  }
  return definitions;
}

/** Reads a VTIMEZONE, or says why it can't: equal ones once, since each of ten thousand resources of a CalDAV calendar has its own. */
function createZoneReader(): (lines: readonly string[]) => FileZone | string {
  const known = new Map<string, FileZone | string>();
  return (lines) => {
    const text = lines.join('\n');
    let zone = known.get(text);
    if (zone === undefined) {
      const tzid = tzidOf(lines);
      if (tzid !== null && known.size < MAX_ZONES && isZone(lines))
        zone = { tzid, text: foldLines(lines), origin: 'file' };
      else zone = tzid === null ? 'it has no TZID' : shown(tzid);
      known.set(text, zone);
    }
    return zone;
  };
}

function tzidOf(lines: readonly string[]): string | null {
  const line = lines.find((one) => /^TZID[;:]/i.test(one));
  const start = line === undefined ? -1 : valueStart(line);
  return line === undefined || start < 0 ? null : unescapeText(line.slice(start).trim()) || null;
}

/** Where the zones are used in a calendar, over all its components. */
function* usesOf({ components }: ReadCalendar): Generator<undefined, ReadonlyMap<string, ZoneUse>> {
  const uses = new Map<string, ZoneUse>();
  yield* forEachInSteps(components, STEP, ({ zoneUses }) => {
    for (const use of zoneUses) widened(uses, use);
  });
  return uses;
}

/** Adds a use, and returns all of that zone so far as one. */
function widened(uses: Map<string, ZoneUse>, { tzid, line, count, from, to }: ZoneUse): ZoneUse {
  const use = uses.get(tzid);
  if (use === undefined) {
    const first = { tzid, line, count, from, to };
    uses.set(tzid, first);
    return first;
  }
  use.count += count;
  use.from = Math.min(use.from, from);
  use.to = Math.max(use.to, to);
  return use;
}

type Resolver = (tzid: string, use: ZoneUse, own: FileZone | undefined) => FileZone;

/** Finds a definition: in the calendar itself, elsewhere in the file, or by its name. */
function createResolver(others: Definitions, replacement: () => Zone, onDropped: (dropped: Dropped) => void): Resolver {
  let other: Zone | undefined;
  return (tzid, use, own) => {
    const found = own ?? namedZone(tzid, others);
    if (found !== null) return found;
    other ??= replacement();
    const reason = `Nobody knows the time zone ${shown(tzid)}: its times are read as in ${other.tzid}. The time zone of the source changes that.`;
    onDropped({ line: use.line, reason });
    return { tzid, text: withTzid(unfoldLines(other.text), tzid), origin: 'unknown' };
  };
}

/** The zone of that name in the file, else in the database; null for an unknown one. */
function namedZone(tzid: string, definitions: Definitions): FileZone | null {
  const defined = definitions.get(tzid);
  if (defined !== undefined) return defined;
  const known = knownZone(tzid);
  return known && { tzid, text: known.text, origin: known.isGuessed ? 'guessed' : 'known' };
}

/** What an unknown zone is taken for: the source's own, else the one that most of its times have, and UTC only where there is no other. */
function replacementZone(
  ownZone: string | null,
  usesByCalendar: readonly ReadonlyMap<string, ZoneUse>[],
  definitions: Definitions,
): Zone {
  const uses = usesByCalendar.flatMap((one) => [...one]).sort(([, a], [, b]) => b.count - a.count);
  for (const name of [ownZone ?? '', ...uses.map(([tzid]) => tzid)]) {
    const zone = namedZone(name, definitions);
    if (zone !== null) return zone;
  }
  return knownZone('UTC') ?? { tzid: 'UTC', text: '' };
}

/** Adds a zone, and returns the name it has in the file: another one where that name already stands for other offsets. */
function addZone(zones: Map<string, FileZone>, zone: FileZone, use: ZoneUse): string {
  const first = zones.get(zone.tzid);
  if (first === undefined) {
    zones.set(zone.tzid, zone);
    return zone.tzid;
  }
  if (sameOffsets(first, zone, use.from, use.to)) return zone.tzid;
  const tzid = `${zone.tzid}-${createHash('sha256').update(zone.text).digest('hex').slice(0, 8)}`;
  zones.set(tzid, {
    ...zone,
    tzid,
    text: withTzid(unfoldLines(zone.text), tzid),
  });
  return tzid;
}

function* renameZones(components: ReadComponent[], renames: ReadonlyMap<string, string>): Generator<undefined, void> {
  for (const [index, component] of components.entries()) {
    const { zoneUses, text } = component;
    if (!zoneUses.some(({ tzid }) => renames.has(tzid))) continue;
    components[index] = {
      ...component,
      text: foldLines(unfoldLines(text).map((line) => renameIn(line, renames))),
      zoneUses: zoneUses.map((use) => ({ ...use, tzid: renames.get(use.tzid) ?? use.tzid })),
    };
    yield;
  }
}

function renameIn(line: string, renames: ReadonlyMap<string, string>): string {
  const start = valueStart(line);
  if (start < 0 || !/;TZID=/i.test(line.slice(0, start))) return line;
  const name = renames.get(parametersOf(line, start).get('TZID') ?? '');
  if (name === undefined) return line;
  const head = line
    .slice(0, start)
    .replace(/(;TZID=)(?:"[^"]*"|[^":;]*)/i, (_all, key: string) => key + parameterValue(name));
  return head + line.slice(start);
}
