import ICAL from 'ical.js';
import { foreignFingerprint, isForeignUid } from './foreign/fingerprint.ts';
import { digest, plain, textOf, valuesOf } from './values.ts';

/** Fingerprints of objects, which stay equal when a server stores an object in its own way. */

/** The properties we write. Those of revisions, CLASS and unknown ones belong to the server. */
const OWN_PROPERTIES = [
  'uid',
  'summary',
  'description',
  'dtstart',
  'dtend',
  'due',
  'duration',
  'completed',
  'status',
  'priority',
  'percent-complete',
  'location',
  'url',
  'transp',
  'categories',
  'rrule',
  'related-to',
];
const COMPONENTS = ['vevent', 'vtodo', 'vjournal'];

/** What was read from an object. */
export interface Inspected {
  readonly uid: string;
  readonly title: string;
  readonly fp: string;
  /** X-PLANE-MIRROR and X-PLANE-FP; null where they are missing. */
  readonly mirrorId: string | null;
  readonly base: string | null;
  /** The project in Plane, by its id or its identifier, or the id of the foreign calendar; null where the object doesn't show it. */
  readonly project: string | null;
}

/** Digest of a component's content. */
function fingerprint(component: ICAL.Component): string {
  const content = OWN_PROPERTIES.flatMap((name) => {
    const values = valuesOf(component, name);
    return values.length === 0 ? [] : [`${name}=${values.join('\u0001')}`];
  });
  return digest([component.name, ...content, ...alarms(component)]);
}

/** Reads an iCalendar text; null where it isn't one object with one UID. */
export function inspect(text: string): Inspected | null {
  try {
    return inspectParts(
      parseCalendar(text)
        ?.getAllSubcomponents()
        .filter(({ name }) => COMPONENTS.includes(name)) ?? [],
    );
  } catch {
    // ical.js reads values when they are asked for, and throws for malformed ones.
    return null;
  }
}

function inspectParts(parts: readonly ICAL.Component[]): Inspected | null {
  const [first] = parts;
  const uid = first && textOf(first, 'uid');
  if (!first || !uid || parts.some((part) => textOf(part, 'uid') !== uid)) return null;
  // Apps leave unknown properties out of an occurrence that a user edits, and may write it first.
  const marked = parts.find((part) => part.hasProperty('x-plane-mirror')) ?? first;
  const master = parts.find((part) => !part.hasProperty('recurrence-id')) ?? first;
  const base = textOf(marked, 'x-plane-fp');
  return {
    uid,
    title: textOf(master, 'summary') ?? '',
    fp: isForeignUid(uid) ? foreignFingerprint(parts, base) : ownFingerprint(parts),
    mirrorId: textOf(marked, 'x-plane-mirror'),
    base,
    project: textOf(marked, 'x-plane-project') ?? projectInUrl(textOf(first, 'url') ?? ''),
  };
}

/** Overrides of single occurrences are an edit by a user: nothing that is made of Plane's items repeats. */
function ownFingerprint(parts: readonly ICAL.Component[]): string {
  const [first, ...others] = parts.map(fingerprint);
  return others.length === 0 && first !== undefined ? first : digest(parts.map(fingerprint).sort());
}

/** From the page in Plane: ".../browse/WEB-12/", or ".../projects/<id>/cycles/..." (`views/plane-links.ts`). */
function projectInUrl(url: string): string | null {
  const [, id, key] = /\/(?:projects\/([0-9a-f-]{36})\/[^?#]*|browse\/([^/?#]+)-\d+\/?)$/i.exec(url) ?? [];
  if (key === undefined) return id ?? null;
  try {
    return decodeURIComponent(key);
  } catch {
    return null;
  }
}

/** The VCALENDAR in a text; null where there is none. */
export function parseCalendar(text: string): ICAL.Component | null {
  try {
    const calendar = ICAL.Component.fromString(text);
    return calendar.name === 'vcalendar' ? calendar : null;
  } catch {
    return null;
  }
}

/** Whether a content line can be parsed. */
export function isReadableLine(line: string): boolean {
  try {
    ICAL.Property.fromString(line);
    return true;
  } catch {
    return false;
  }
}

/** -PT60M and -PT1H are the same trigger. */
function alarms(component: ICAL.Component): string[] {
  const triggers = component.getAllSubcomponents('valarm').map((alarm) => {
    const trigger = alarm.getFirstPropertyValue('trigger');
    return trigger instanceof ICAL.Duration ? `alarm=${trigger.toSeconds()}` : `alarm=${plain(trigger)}`;
  });
  return [...new Set(triggers)].sort();
}
