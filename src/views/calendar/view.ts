import type { CalendarDate, ForeignComponent, Occurrence, Zone } from '../../domain/calendar.ts';
import { AppError } from '../../domain/errors.ts';
import type { View } from '../../domain/feed.ts';
import type { OriginatedComponent, ProjectInfo } from '../../domain/ports.ts';
import { stampLines, type Revision } from '../../icalendar/block.ts';
import { nearestColorName } from '../../icalendar/color.ts';
import { unescapeText } from '../../icalendar/foreign/content-line.ts';
import { knownZone } from '../../icalendar/foreign/known-zones.ts';
import type { ForeignGroup, RawComponent } from '../../icalendar/foreign/types.ts';
import { occurrencesOf } from '../../icalendar/recurrence/occurrences.ts';
import type { SeriesOptions } from '../../icalendar/recurrence/part.ts';
import { CRLF, foldLines, oneLine, unfoldLines } from '../../icalendar/text.ts';
import { editLines, editsOf, isEdited, type Edits } from './edits.ts';
import { createGroupFilter } from './filter.ts';
import { firstValue } from './lines.ts';
import { PRIVATE_SUMMARY, privateLines, privateUid, privateZone } from './private.ts';

/** Another calendar as last read. */
export interface ForeignContent {
  readonly info: ProjectInfo;
  /** By UID. */
  readonly groups: ReadonlyMap<string, ForeignGroup>;
  /** By TZID: all that components refer to. */
  readonly zones: ReadonlyMap<string, Zone>;
  readonly source: {
    /** As set for the source, "#rrggbb"; null for what each component says. */
    readonly color: string | null;
    /** Whether e-mail addresses of attendees stay. */
    readonly keepAttendees: boolean;
  };
  /** Our revision of a group, where it changed and its own stamps didn't; null where they did. */
  stampOf(uid: string): Stamp;
}

type Stamp = { readonly revision: Revision } | null;

/** How the components of one content are made for one view. */
interface Making {
  readonly content: ForeignContent;
  readonly series: SeriesOptions;
  readonly edits: Edits;
  readonly isPrivate: boolean;
  readonly zonesOf: (tzids: readonly string[]) => readonly Zone[];
  /** Of a day as components have it; "" for none. */
  readonly dateOf: (day: number) => CalendarDate;
}

/**
 * What `ProjectContent.components` promises, for another calendar: each component with its UID there. Texts are written when they are asked
 * for; those that no option changes are as they were read.
 */
export function* foreignComponents(
  content: ForeignContent,
  { options }: View,
  today: CalendarDate,
  only?: ReadonlySet<string>,
): Generator<OriginatedComponent<ForeignComponent> | null> {
  const { info, groups, zones, source } = content;
  const series = seriesOptions(zones, info.timezone);
  const color = source.color === null ? null : nearestColorName(source.color);
  const isPrivate = options.detail === 'private';
  const edits = editsOf(options, { ...source, color }, info.name);
  const zonesOf = createZoneFinder(zones, isPrivate);
  const making: Making = { content, series, edits, isPrivate, zonesOf, dateOf: createDateFinder() };
  const isShown = createGroupFilter(options, series, today);
  for (const uid of only ?? groups.keys()) {
    const group = groups.get(uid);
    yield group !== undefined && isShown(group) ? [uid, new ShownGroup(group, making)] : null;
  }
}

/** The zone of times that have none is looked up when there are such times: the first time, that takes several milliseconds. */
function seriesOptions(zones: ForeignContent['zones'], timezone: string): SeriesOptions {
  let floating: Zone | null | undefined;
  return {
    zoneOf: (tzid) => zones.get(tzid),
    get floatingZone() {
      if (floating === undefined) floating = knownZone(timezone);
      return floating;
    },
  };
}

const SUMMARY = /^SUMMARY[:;]/i;

/** A class, since a calendar has many thousands, of which most are asked for nothing but their text. */
class ShownGroup implements ForeignComponent {
  readonly kind = 'foreign';
  readonly uid: string;
  readonly start: CalendarDate;
  readonly #group: ForeignGroup;
  readonly #making: Making;

  constructor(group: ForeignGroup, making: Making) {
    this.#group = group;
    this.#making = making;
    this.uid = making.isPrivate ? privateUid(making.content.info.id, group.uid) : group.uid;
    this.start = making.dateOf(group.components[0]?.days.first ?? 0);
  }

  get summary(): string {
    return titleOf(this.#group.components[0], this.#making);
  }

  get text(): string {
    return textOf(this.#group, this.#making);
  }

  get zones(): readonly Zone[] {
    return this.#making.zonesOf(this.#group.tzids);
  }

  *occurrences(from: CalendarDate, to: CalendarDate): Generator<Occurrence> {
    try {
      for (const one of occurrencesOf(this.#group, this.#making.series, from, to))
        yield retitled(one, this.#group, this.#making);
    } catch (error) {
      // The rest of a rule that can't be worked out is left out: a preview shows what there is.
      if (!(error instanceof AppError)) throw error;
    }
  }
}

/** Returns a function that finds zones; groups that follow each other mostly refer to the same. */
function createZoneFinder(zones: ForeignContent['zones'], isPrivate: boolean): Making['zonesOf'] {
  let latest: readonly string[] = [];
  let key = '';
  let found: readonly Zone[] = [];
  return (tzids) => {
    if (tzids === latest) return found;
    latest = tzids;
    if (tzids.join('\n') === key) return found;
    key = tzids.join('\n');
    const used = tzids.map((tzid) => zones.get(tzid)).filter((zone) => zone !== undefined);
    found = isPrivate ? [...new Map(used.map(privateZone).map((zone) => [zone.tzid, zone])).values()] : used;
    return found;
  };
}

function retitled(occurrence: Occurrence, { components }: ForeignGroup, making: Making): Occurrence {
  if (!making.isPrivate && making.edits.retitle === null) return occurrence;
  return { ...occurrence, summary: titleOf(components[occurrence.component], making) };
}

function titleOf(component: RawComponent | undefined, { isPrivate, edits }: Making): string {
  if (isPrivate) return PRIVATE_SUMMARY;
  const value = (component === undefined ? null : firstValue(component, SUMMARY)) ?? '';
  return oneLine(unescapeText(edits.retitle === null ? value : edits.retitle(value)));
}

/** Returns a function that writes days, each of them once: many components begin on the same. */
function createDateFinder(): Making['dateOf'] {
  const dates = new Map<number, CalendarDate>([[0, '']]);
  return (day) => {
    let date = dates.get(day);
    if (date === undefined) {
      const digits = String(day);
      dates.set(day, (date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`));
    }
    return date;
  };
}

function textOf({ uid, components }: ForeignGroup, making: Making): string {
  const stamp = making.content.stampOf(uid);
  const only = components.length === 1 ? components[0] : undefined;
  if (only !== undefined) return shownText(only, uid, stamp, making);
  return components.map((component) => shownText(component, uid, stamp, making)).join('');
}

/** The text of a component of the group with that UID. */
function shownText({ text }: RawComponent, uid: string, stamp: Stamp, { content, isPrivate, edits }: Making): string {
  if (!isPrivate && stamp === null && !isEdited(text, edits)) return text;
  const lines = unfoldLines(text);
  const zoneName = (tzid: string): string | null => {
    const zone = content.zones.get(tzid);
    return zone === undefined ? null : privateZone(zone).tzid;
  };
  const edited = isPrivate ? privateLines(lines, privateUid(content.info.id, uid), zoneName) : editLines(lines, edits);
  return foldLines(stamp === null ? edited : withStamp(edited, stamp.revision));
}

const STAMPS = /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE)[:;]/i;

/** Our revision in place of the component's own stamps; those of components inside it stay. */
function withStamp(lines: readonly string[], revision: Revision): readonly string[] {
  let depth = 0;
  const kept = lines.filter((line) => {
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    return depth !== 1 || !STAMPS.test(line);
  });
  const [begin = '', ...rest] = kept;
  return [begin, ...stampLines(revision).trimEnd().split(CRLF), ...rest];
}
