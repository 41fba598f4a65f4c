import { createHash } from 'node:crypto';
import type ICAL from 'ical.js';
import { unescapeText } from '../../icalendar/foreign/content-line.ts';

/** Reading the properties of components so that they stay equal when a server stores them in its own way. */

/** Properties in which 0 means none, so that servers leave it out (RFC 5545 sections 3.8.1.8 and 3.8.1.9). */
const ZERO_IS_NONE = ['priority', 'percent-complete'];

/** The values of all properties of that name, each with its zone and a mark for days. */
export function valuesOf(component: ICAL.Component, name: string): readonly string[] {
  const values = component.getAllProperties(name).flatMap((property) => {
    const [, { tzid = '' }] = property.jCal as [string, Readonly<Record<string, string>>];
    const mark = `${property.type === 'date' ? 'D' : ''}${tzid}|`;
    return property.getValues().map((value) => mark + plain(value));
  });
  return shown(name, values);
}

function shown(name: string, values: readonly string[]): readonly string[] {
  if (ZERO_IS_NONE.includes(name)) return values.filter((value) => value !== '|0');
  return name === 'categories' ? words(values) : values;
}

const asText = (value: string): string => `|${plain(unescapeText(value))}`;
const asDay = (value: string): string => `D|${value.replace(/^(....)(..)(..)$/, '$1-$2-$3')}`;
const asTime = (value: string): string => `|${value.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')}`;
const asIs = (value: string): string => `|${value}`;

/** The properties that `icalendar/block.ts` writes, with their parameters, and how `valuesOf` shows a value of theirs. */
const WRITTEN: Readonly<Record<string, (value: string) => string>> = {
  UID: asText,
  SUMMARY: asText,
  DESCRIPTION: asText,
  'DTSTART;VALUE=DATE': asDay,
  'DTEND;VALUE=DATE': asDay,
  'DUE;VALUE=DATE': asDay,
  COMPLETED: asTime,
  STATUS: asText,
  PRIORITY: asIs,
  'PERCENT-COMPLETE': asIs,
  'URL;VALUE=URI': asIs,
  TRANSP: asText,
  CATEGORIES: asText,
  'RELATED-TO': asText,
};

/** What `valuesOf` returns for a property whose line begins with `head`; null for one that `icalendar/block.ts` doesn't write. */
export function writtenValues(name: string, head: string, value: string): readonly string[] | null {
  const read = WRITTEN[head];
  return read ? shown(name, [read(value)]) : null;
}

/** Cyrus splits one line of categories into several, and Xandikos forgets to escape the comma within one. */
function words(categories: readonly string[]): string[] {
  const all = categories.flatMap((value) => value.slice(1).split(',')).map((word) => word.trim());
  return [...new Set(all)].filter((word) => word !== '').sort();
}

/** The first value of a property, as a text; null for none. */
export function textOf(component: ICAL.Component, name: string): string | null {
  const value = component.getFirstPropertyValue(name);
  return value === null ? null : plain(value);
}

/** For Xandikos a backslash and an n, as in C:\new, are the end of a line. */
export function plain(value: unknown): string {
  return String(value)
    .replace(/(?<!\\)\\*(?:\r\n?|\n)|(?<!\\)\\+[nN]/g, '\n')
    .trim();
}

/** Digest of texts in this order: 22 characters of base64url. */
export function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0002')).digest('base64url').slice(0, DIGEST_LENGTH);
}

/** Characters of a digest. */
export const DIGEST_LENGTH = 22;
