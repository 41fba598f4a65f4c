import type { Zone } from '../../domain/calendar.ts';
import type { ForeignGroup } from '../../icalendar/foreign/types.ts';
import { CRLF } from '../../icalendar/text.ts';
import { writeGroup } from '../../icalendar/foreign/write.ts';
import { sha256Of, toBackup, type Backup } from './backup.ts';

/** A calendar that is read by its address, as objects that a CalDAV calendar can hold: one for each UID, in its original text. */
export function backupOfGroups(
  of: { readonly url: string; readonly name: string },
  { groups, zones }: { readonly groups: ReadonlyMap<string, ForeignGroup>; readonly zones: ReadonlyMap<string, Zone> },
  madeAt: number,
): Backup {
  const kinds = new Set<string>();
  const stored = [...groups.values()].map((group) => {
    for (const { name } of group.components) kinds.add(name);
    const used = group.tzids.map((tzid) => zones.get(tzid)?.text ?? '').join('');
    const text = [...HEAD, ''].join(CRLF) + used + writeGroup(group) + END;
    return { name: `${sha256Of(group.uid).slice(0, 32)}.ics`, href: of.url, etag: null, text };
  });
  return toBackup({ url: of.url, displayName: of.name, components: [...kinds].sort() }, stored, madeAt);
}

const HEAD = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//plane-ics//plane-ics//EN'];
const END = `END:VCALENDAR${CRLF}`;
