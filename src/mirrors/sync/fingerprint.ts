import { createHash } from 'node:crypto';
import ICAL from 'ical.js';

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
/** Properties in which 0 means none, so that servers leave it out (RFC 5545 sections 3.8.1.8 and 3.8.1.9). */
const ZERO_IS_NONE = ['priority', 'percent-complete'];
const COMPONENTS = ['vevent', 'vtodo', 'vjournal'];

/** What was read from an object. */
export interface Inspected {
  readonly uid: string;
  readonly title: string;
  readonly fp: string;
  /** X-PLANE-MIRROR and X-PLANE-FP; null where they are missing. */
  readonly mirrorId: string | null;
  readonly base: string | null;
  /** The project in Plane, by its id or its identifier; null where the object doesn't show it. */
  readonly project: string | null;
}

/** Digest of a component's content: 22 characters of base64url. */
function fingerprint(component: ICAL.Component): string {
  const content = OWN_PROPERTIES.flatMap((name) => {
    const values = valuesOf(component, name);
    return values.length === 0 ? [] : [`${name}=${values.join('\u0001')}`];
  });
  return digest([component.name, ...content, ...alarms(component)]);
}

/** Reads an iCalendar text; null where it isn't one object with one UID. */
export function inspect(text: string): Inspected | null {
  const calendar = parseCalendar(text);
  const parts = calendar?.getAllSubcomponents().filter(({ name }) => COMPONENTS.includes(name)) ?? [];
  const [first] = parts;
  const uid = first && textOf(first, 'uid');
  if (!first || !uid || parts.some((part) => textOf(part, 'uid') !== uid)) return null;
  return {
    uid,
    title: textOf(first, 'summary') ?? '',
    // Overrides of single occurrences are an edit by a user: none of ours repeats.
    fp: parts.length === 1 ? fingerprint(first) : digest(parts.map(fingerprint).sort()),
    mirrorId: textOf(first, 'x-plane-mirror'),
    base: textOf(first, 'x-plane-fp'),
    project: textOf(first, 'x-plane-project') ?? projectInUrl(textOf(first, 'url') ?? ''),
  };
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

function valuesOf(component: ICAL.Component, name: string): string[] {
  const values = component.getAllProperties(name).flatMap((property) => {
    const [, { tzid = '' }] = property.jCal as [string, Readonly<Record<string, string>>];
    const mark = `${property.type === 'date' ? 'D' : ''}${tzid}|`;
    return property.getValues().map((value) => mark + plain(value));
  });
  if (ZERO_IS_NONE.includes(name)) return values.filter((value) => value !== '|0');
  return name === 'categories' ? words(values) : values;
}

/** Cyrus splits one line of categories into several, and Xandikos forgets to escape the comma within one. */
function words(categories: readonly string[]): string[] {
  const all = categories.flatMap((value) => value.slice(1).split(',')).map((word) => word.trim());
  return [...new Set(all)].filter((word) => word !== '').sort();
}

/** -PT60M and -PT1H are the same trigger. */
function alarms(component: ICAL.Component): string[] {
  const triggers = component.getAllSubcomponents('valarm').map((alarm) => {
    const trigger = alarm.getFirstPropertyValue('trigger');
    return trigger instanceof ICAL.Duration ? `alarm=${trigger.toSeconds()}` : `alarm=${plain(trigger)}`;
  });
  return [...new Set(triggers)].sort();
}

function textOf(component: ICAL.Component, name: string): string | null {
  const value = component.getFirstPropertyValue(name);
  return value === null ? null : plain(value);
}

/** For Xandikos a backslash and an n, as in C:\new, are the end of a line. */
function plain(value: unknown): string {
  return String(value)
    .replace(/(?<!\\)\\*(?:\r\n?|\n)|(?<!\\)\\+[nN]/g, '\n')
    .trim();
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0002')).digest('base64url').slice(0, 22);
}
