import type { ForeignComponent } from '../../../src/domain/calendar.ts';
import type { View } from '../../../src/domain/feed.ts';
import type { ProjectContent, ProjectInfo, ProjectStatus } from '../../../src/domain/ports.ts';
import { NOON } from '../../support/make.ts';

/** A source of foreign calendars for the mirror's tests: what is known of each is what the test says. */

export function aCalendarInfo(id: string, name = 'Holidays'): ProjectInfo {
  return { id, identifier: name, name, color: '#3e63dd', timezone: 'UTC', createdAt: NOON, archived: false };
}

/** A calendar with these components. What starts before the first day of `shows` is past. */
export function aCalendarContent(
  info: ProjectInfo,
  components: readonly ForeignComponent[],
  shows: (component: ForeignComponent, view: View) => boolean = () => true,
): ProjectContent {
  const uids = new Set(components.map(({ uid }) => uid));
  const content: ProjectContent = {
    info,
    url: null,
    digest: () => Promise.resolve(JSON.stringify([...uids])),
    *components(view, _today, only) {
      for (const one of components) if ((!only || only.has(one.uid)) && shows(one, view)) yield [one.uid, one];
    },
    overdue: () => [],
    item: () => null,
    explain: () => null,
    changedSince: () => uids,
    editsSince: () => new Map(),
    forGuest: () => aCalendarContent(info, []),
    names: () => [],
    ids: (kind) => (kind === 'event' ? uids : null),
    calendar: { uids, zones: new Map(), years: { from: 2026, to: 2026 }, renamed: () => Promise.resolve(content) },
  };
  return content;
}

/** A calendar that was read just now. */
export function aCalendarStatus(content: ProjectContent | null, fields: Partial<ProjectStatus> = {}): ProjectStatus {
  return {
    content,
    checkedAt: NOON,
    freshUntil: Infinity,
    error: null,
    removed: null,
    missing: { parts: false, names: false },
    store: () => Promise.resolve(),
    ...fields,
  };
}
