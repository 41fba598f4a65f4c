import type { Zone } from '../../domain/calendar.ts';
import type { CalendarContent, ProjectContent, ProjectInfo, Renames } from '../../domain/ports.ts';
import type { Revision } from '../../icalendar/block.ts';
import type { ForeignGroup } from '../../icalendar/foreign/types.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import { digestOfMaps } from '../../lib/record-version.ts';
import { foreignComponents } from '../../views/calendar/view.ts';
import { renameGroup, renameZone } from './rename.ts';
import type { CalendarState, Years } from './state/calendar-state.ts';

/** A calendar as the port shows it: each UID is one origin. */

/** What decides how a calendar is shown, besides its content. */
export interface ContentSettings {
  readonly info: ProjectInfo;
  /** As set for the source; null for what each event says. */
  readonly color: string | null;
  readonly keepAttendees: boolean;
}

/** The content of a calendar. Only this source reads `state`. */
export interface ForeignCalendar extends ProjectContent {
  readonly state: CalendarState;
  readonly settings: ContentSettings;
  readonly calendar: CalendarContent & { readonly years: Years };
}

const NO_IDS = { size: 0, has: () => false };

/** The content that a state has with these settings. */
export function contentOf(state: CalendarState, settings: ContentSettings): ForeignCalendar {
  const renamed = new Map<string, ForeignCalendar>();
  const calendar: ForeignCalendar['calendar'] = {
    uids: new Set(state.groups.keys()),
    zones: state.zones,
    years: state.about.years,
    renamed: async (renames) => {
      const key = keyOf(renames);
      let content = renamed.get(key);
      if (!content) {
        content = contentOf(await runInSlices(renamedState(state, renames)), settings);
        renamed.set(key, content);
      }
      return content;
    },
  };
  let digest: Promise<string> | null = null;
  // The feeds of a calendar mostly compare with the same earlier state.
  const changes = new WeakMap<CalendarState, ReadonlySet<string>>();

  return {
    state,
    settings,
    calendar,
    info: settings.info,
    digest: () => (digest ??= runInSlices(digestOfMaps(settings, [state.groups, state.zones, state.revisions]))),
    url: null,
    components: (view, today, only) => foreignComponents(viewed(state, settings), view, today, only),
    overdue: () => [],
    item: () => null,
    explain: () => null,
    changedSince: (earlier) => {
      if (!isForeign(earlier) || !isSameSettings(earlier.settings, settings)) return calendar.uids;
      let changed = changes.get(earlier.state);
      if (!changed) changes.set(earlier.state, (changed = changedBetween(earlier.state, state)));
      return changed;
    },
    editsSince: () => new Map(),
    forGuest: () => contentOf(EMPTY, settings),
    names: () => [],
    ids: (kind) => (kind === 'event' ? state.groups : NO_IDS),
  };
}

const EMPTY: CalendarState = {
  groups: new Map(),
  zones: new Map(),
  revisions: new Map(),
  about: {
    name: null,
    color: null,
    timezone: null,
    refreshSeconds: null,
    dropped: [],
    stale: [],
    years: { from: 2000, to: 2000 },
  },
};

function viewed({ groups, zones, revisions }: CalendarState, { info, color, keepAttendees }: ContentSettings) {
  const stampOf = (uid: string): { readonly revision: Revision } | null => {
    const revision = revisions.get(uid);
    return revision === undefined ? null : { revision };
  };
  return { info, groups, zones, source: { color, keepAttendees }, stampOf };
}

function isForeign(content: ProjectContent | null): content is ForeignCalendar {
  return content?.calendar !== undefined;
}

function isSameSettings(a: ContentSettings, b: ContentSettings): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function changedBetween(before: CalendarState, after: CalendarState): ReadonlySet<string> {
  const isSameZone = (tzid: string): boolean => before.zones.get(tzid)?.text === after.zones.get(tzid)?.text;
  const changed = new Set<string>();
  for (const [uid, group] of after.groups) {
    const isSame = before.groups.get(uid) === group && before.revisions.get(uid) === after.revisions.get(uid);
    if (!isSame || !group.tzids.every(isSameZone)) changed.add(uid);
  }
  for (const uid of before.groups.keys()) if (!after.groups.has(uid)) changed.add(uid);
  return changed;
}

function keyOf({ uids, zones }: Renames): string {
  return JSON.stringify([uids, zones].map((names) => [...names].sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Groups that are not touched stay the same object, and renamed ones do from one content to the next. */
function* renamedState(state: CalendarState, renames: Renames): Generator<undefined, CalendarState> {
  const { uids, zones } = renames;
  const groups = new Map<string, ForeignGroup>();
  for (const group of state.groups.values()) {
    const renamed = renameGroup(group, renames);
    groups.set(renamed.uid, renamed);
    yield;
  }
  const zoneOf = (zone: Zone): Zone => renameZone(zone, zones.get(zone.tzid));
  const shownZones = [...state.zones.values()].map(zoneOf);
  return {
    ...state,
    groups,
    zones: new Map(shownZones.map((zone) => [zone.tzid, zone])),
    revisions: new Map([...state.revisions].map(([uid, revision]) => [uids.get(uid) ?? uid, revision])),
  };
}
