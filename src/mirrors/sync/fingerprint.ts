import ICAL from 'ical.js';
import type { Block } from '../../icalendar/block.ts';
import { CRLF } from '../../icalendar/text.ts';
import { foreignFingerprint, isForeignUid } from './foreign/fingerprint.ts';
import { digest, plain, textOf, valuesOf, WRITTEN } from './values.ts';

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
/** The place of each in OWN_PROPERTIES. */
const PLACES: ReadonlyMap<string, number> = new Map(OWN_PROPERTIES.map((property, at) => [property, at]));
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

/** The fingerprint of a component of that kind. `said`: what `saidBy` returns, in the order of OWN_PROPERTIES. */
function fingerprint(kind: string, said: readonly string[], alarms: readonly string[]): string {
  return digest([kind, ...said.filter((one) => one !== ''), ...[...new Set(alarms)].sort()]);
}

/** What a property with these values says; "" without any. */
function saidBy(property: string, values: readonly string[]): string {
  return values.length === 0 ? '' : `${property}=${values.join('\u0001')}`;
}

function fingerprintOf(component: ICAL.Component): string {
  const said = OWN_PROPERTIES.map((property) => saidBy(property, valuesOf(component, property)));
  const alarms = component
    .getAllSubcomponents('valarm')
    .map((alarm) => alarmOf(alarm.getFirstPropertyValue('trigger')));
  return fingerprint(component.name, said, alarms);
}

/**
 * The fingerprint of a block of `icalendar/block.ts`, as `inspect` finds it. A parser for all that others write takes longer than writing
 * the block. Null for a line that this function doesn't know.
 */
export function blockFingerprint({ before, after }: Pick<Block, 'before' | 'after'>): string | null {
  const lines = `${before}${after}`.replaceAll(`${CRLF} `, '').split(CRLF);
  const alarmsAt = lines.indexOf('BEGIN:VALARM');
  const said: string[] = [];
  for (const line of alarmsAt === -1 ? lines : lines.slice(0, alarmsAt)) {
    // None of our parameters has a colon in it.
    const colon = line.indexOf(':');
    const head = line.slice(0, colon);
    const written = WRITTEN.get(head);
    const place = PLACES.get(written?.name ?? head.replace(/;.*/, '').toLowerCase());
    if (place === undefined) continue;
    if (!written || said[place] !== undefined) return null;
    said[place] = saidBy(written.name, written.read(line.slice(colon + 1)));
  }
  const triggers = alarmsAt === -1 ? [] : lines.slice(alarmsAt).filter((line) => line.startsWith('TRIGGER'));
  const alarms = triggers.map((line) => alarmOf(ICAL.Duration.fromString(line.slice(line.indexOf(':') + 1))));
  return fingerprint(lines[0]?.slice('BEGIN:'.length).toLowerCase() ?? '', said, alarms);
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
  const [first, ...others] = parts.map(fingerprintOf);
  return others.length === 0 && first !== undefined ? first : digest([first ?? '', ...others].sort());
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
function alarmOf(trigger: unknown): string {
  return `alarm=${trigger instanceof ICAL.Duration ? trigger.toSeconds() : plain(trigger)}`;
}
