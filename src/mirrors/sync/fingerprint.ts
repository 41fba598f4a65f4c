import ICAL from 'ical.js';
import type { Block } from '../../icalendar/block.ts';
import { CRLF } from '../../icalendar/text.ts';
import { foreignFingerprint, isForeignUid } from './foreign/fingerprint.ts';
import { digest, plain, textOf, valuesOf, writtenValues } from './values.ts';

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

/** What a component says. */
interface Content {
  /** "vevent" */
  readonly name: string;
  /** The values of a property, as `valuesOf` returns them. */
  values(property: string): readonly string[];
  readonly alarms: readonly string[];
}

function fingerprint({ name, values, alarms }: Content): string {
  const said = [name];
  for (const property of OWN_PROPERTIES) {
    const found = values(property);
    if (found.length > 0) said.push(`${property}=${found.join('\u0001')}`);
  }
  return digest([...said, ...[...new Set(alarms)].sort()]);
}

const contentOf = (component: ICAL.Component): Content => ({
  name: component.name,
  values: (property) => valuesOf(component, property),
  alarms: component.getAllSubcomponents('valarm').map((alarm) => alarmOf(alarm.getFirstPropertyValue('trigger'))),
});

/**
 * The fingerprint of a block of `icalendar/block.ts`, as `inspect` finds it. A parser for all that others write takes longer than writing
 * the block. Null for a line that this function doesn't know.
 */
export function blockFingerprint({ before, after }: Pick<Block, 'before' | 'after'>): string | null {
  const [begin = '', ...lines] = `${before}${after}`.replaceAll(`${CRLF} `, '').split(CRLF);
  const alarmsAt = lines.indexOf('BEGIN:VALARM');
  const found = new Map<string, readonly string[]>();
  for (const line of alarmsAt === -1 ? lines : lines.slice(0, alarmsAt)) {
    // None of our parameters has a colon in it.
    const head = line.slice(0, line.indexOf(':'));
    const written = writtenValues(head, line.slice(head.length + 1));
    if (written === null) {
      if (OWN_PROPERTIES.includes(head.replace(/;.*/, '').toLowerCase())) return null;
      continue;
    }
    const [property, values] = written;
    if (found.has(property)) return null;
    found.set(property, values);
  }
  const triggers = alarmsAt === -1 ? [] : lines.slice(alarmsAt).filter((line) => line.startsWith('TRIGGER'));
  return fingerprint({
    name: begin.slice('BEGIN:'.length).toLowerCase(),
    values: (property) => found.get(property) ?? [],
    alarms: triggers.map((line) => alarmOf(ICAL.Duration.fromString(line.slice(line.indexOf(':') + 1)))),
  });
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
  const [first, ...others] = parts.map((part) => fingerprint(contentOf(part)));
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
