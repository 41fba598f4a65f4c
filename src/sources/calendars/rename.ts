import type { Zone } from '../../domain/calendar.ts';
import type { Renames } from '../../domain/ports.ts';
import { hasName, parameterValue, unescapeText, valueStart } from '../../icalendar/foreign/content-line.ts';
import type { ForeignGroup, RawComponent } from '../../icalendar/foreign/types.ts';
import { escapeText, foldLines, unfoldLines } from '../../icalendar/text.ts';

/** Other names for UIDs and time zones, where two calendars of a feed have the same. */

/** Per group, by the names that count for it: the same object while both are the same. */
const known = new WeakMap<ForeignGroup, { readonly key: string; readonly renamed: ForeignGroup }>();

const isRelatedTo = (line: string): boolean => hasName(line, 'RELATED-TO');

/** The group with these names, also where it is RELATED-TO them; the group itself where none of them occurs in it. */
export function renameGroup(group: ForeignGroup, { uids, zones }: Renames): ForeignGroup {
  const usedZones = group.tzids.filter((tzid) => zones.has(tzid));
  const isRelated = uids.size > 0 && group.components.some(({ text }) => unfoldLines(text).some(isRelatedTo));
  if (!uids.has(group.uid) && usedZones.length === 0 && !isRelated) return group;
  const relevant = isRelated ? [...uids] : [uids.get(group.uid)];
  const key = JSON.stringify([relevant, usedZones.map((tzid) => [tzid, zones.get(tzid)])]);
  const before = known.get(group);
  if (before?.key === key) return before.renamed;
  const zoneOf = (tzid: string): string => zones.get(tzid) ?? tzid;
  const renamed: ForeignGroup = {
    ...group,
    uid: uids.get(group.uid) ?? group.uid,
    tzids: group.tzids.map(zoneOf),
    components: group.components.map((component) => renameComponent(component, uids, zones)),
  };
  known.set(group, { key, renamed });
  return renamed;
}

/** The zone under another name; the zone itself without one. */
export function renameZone(zone: Zone, name: string | undefined): Zone {
  if (name === undefined) return zone;
  // Folded lines are unfolded first: the name may span two of them.
  const text = zone.text.replace(/^TZID(?:;[^\r\n:]*)?:.*(?:\r\n[ \t].*)*/im, () => `TZID:${escapeText(name)}`);
  return { tzid: name, text };
}

function renameComponent(component: RawComponent, uids: Renames['uids'], zones: Renames['zones']): RawComponent {
  let depth = 0;
  const lines = unfoldLines(component.text).map((line) => {
    if (/^BEGIN:/i.test(line)) depth++;
    else if (/^END:/i.test(line)) depth--;
    // Alarms have UIDs of their own.
    const isNamed = depth === 1 && (hasName(line, 'UID') || isRelatedTo(line));
    return renameZones(isNamed ? renameValue(line, uids) : line, zones);
  });
  return { ...component, text: foldLines(lines) };
}

function renameValue(line: string, uids: Renames['uids']): string {
  const at = valueStart(line);
  const next = uids.get(unescapeText(line.slice(at)));
  return next === undefined ? line : line.slice(0, at) + escapeText(next);
}

function renameZones(line: string, zones: Renames['zones']): string {
  if (zones.size === 0 || !/;TZID=/i.test(line)) return line;
  const at = valueStart(line);
  const head = line
    .slice(0, at)
    .replace(/;TZID=(?:"([^"]*)"|([^;:",]*))/gi, (whole, quoted?: string, bare?: string) => {
      const next = zones.get(quoted ?? bare ?? '');
      return next === undefined ? whole : `;TZID=${parameterValue(next)}`;
    });
  return head + line.slice(at);
}
