import ICAL from 'ical.js';
import { digest, DIGEST_LENGTH, plain, valuesOf } from '../values.ts';

/**
 * Fingerprints of objects that are made of foreign components. They have two halves: what apps show and users edit, compared by meaning in
 * all components of the object; and every line of the text we wrote, which is taken from the object's marker, because servers drop and
 * rewrite what they don't know. So a change at the source is always seen, and one in the calendar where it matters.
 */

const FOREIGN_UID = /^plane-[a-z0-9]{4,16}-e-[0-9a-f]{32}$/;

/** Compared as text, in any order. */
const TEXTS = [
  'summary',
  'description',
  'completed',
  'status',
  'class',
  'priority',
  'percent-complete',
  'location',
  'url',
  'transp',
  'categories',
  'related-to',
];
/** Compared with their zones, in any order. */
const TIMES = ['recurrence-id', 'dtstart', 'dtend', 'due', 'rdate', 'exdate'];
/** What no property of that name means, so that servers add or drop it. */
const DEFAULTS = new Set(['class=public', 'transp=opaque']);

/** Whether an object with this UID is made of a foreign component. */
export function isForeignUid(uid: string): boolean {
  return FOREIGN_UID.test(uid);
}

/** The fingerprint of an object with these components; `base`: the one in its marker, null where there is none yet. */
export function foreignFingerprint(parts: readonly ICAL.Component[], base: string | null): string {
  return digest(parts.map(contentOf).sort()) + (base ?? '').slice(DIGEST_LENGTH);
}

/** What one component says, as one text. */
function contentOf(part: ICAL.Component): string {
  const content = [
    ...TEXTS.flatMap((name) => valuesOf(part, name).map((value) => [name, value.replace(/^\|/, '')] as const)),
    ...TIMES.flatMap((name) => timesOf(part, name).map((value) => [name, value] as const)),
    ...rawValues(part, 'duration').map((value) => ['duration', secondsOf(value)] as const),
    ...rawValues(part, 'rrule').map((value) => ['rrule', ruleOf(value)] as const),
    ...part.getAllSubcomponents('valarm').map((alarm) => ['alarm', triggerOf(alarm)] as const),
  ];
  const lines = content.filter(([, value]) => value !== '').map(([name, value]) => `${name}=${value}`);
  const shown = lines.filter((line) => !DEFAULTS.has(line.toLowerCase()));
  return [part.name, ...[...new Set(shown)].sort()].join('\u0001');
}

function rawValues(part: ICAL.Component, name: string): unknown[] {
  return part.getAllProperties(name).flatMap((property) => (property.jCal as unknown[]).slice(3));
}

/** Days differ from midnights, and 09:00 in one zone from 09:00 in another. */
function timesOf(part: ICAL.Component, name: string): string[] {
  return part.getAllProperties(name).flatMap((property) => {
    const [, { tzid = '' }, type, ...values] = property.jCal as [string, Record<string, string>, string, ...unknown[]];
    return values.map((value) => `${type === 'date' ? 'D' : ''}${tzid}|${JSON.stringify(value)}`);
  });
}

/** PT60M and PT1H are the same. */
function secondsOf(duration: unknown): string {
  try {
    return String(ICAL.Duration.fromString(String(duration)).toSeconds());
  } catch {
    return plain(duration);
  }
}

function triggerOf(alarm: ICAL.Component): string {
  const [trigger = ''] = rawValues(alarm, 'trigger');
  return secondsOf(trigger);
}

/** Cyrus reorders the parts of a rule. */
function ruleOf(rule: unknown): string {
  if (typeof rule !== 'object' || rule === null) return plain(rule);
  const parts = Object.entries(rule).map(([name, value]) => `${name}=${[value].flat().map(String).sort().join(',')}`);
  return parts
    .filter((part) => part !== 'interval=1')
    .sort()
    .join(';');
}
