import { hash } from 'node:crypto';
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

/** The properties that `icalendar/block.ts` writes, with their parameters: their names, and how `valuesOf` shows a value of theirs. */
const WRITTEN: ReadonlyMap<string, readonly [name: string, read: (value: string) => string]> = new Map([
  ['UID', ['uid', asText]],
  ['SUMMARY', ['summary', asText]],
  ['DESCRIPTION', ['description', asText]],
  ['DTSTART;VALUE=DATE', ['dtstart', asDay]],
  ['DTEND;VALUE=DATE', ['dtend', asDay]],
  ['DUE;VALUE=DATE', ['due', asDay]],
  ['COMPLETED', ['completed', asTime]],
  ['STATUS', ['status', asText]],
  ['PRIORITY', ['priority', asIs]],
  ['PERCENT-COMPLETE', ['percent-complete', asIs]],
  ['URL;VALUE=URI', ['url', asIs]],
  ['TRANSP', ['transp', asText]],
  ['CATEGORIES', ['categories', asText]],
  ['RELATED-TO', ['related-to', asText]],
]);

/** The property whose line begins with `head`: its name, and what `valuesOf` returns; null for one that `icalendar/block.ts` doesn't write. */
export function writtenValues(head: string, value: string): readonly [name: string, values: readonly string[]] | null {
  const written = WRITTEN.get(head);
  if (!written) return null;
  const [name, read] = written;
  return [name, shown(name, [read(value)])];
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

/** What may be a line break. */
const BREAK = /[\\\r\n]/;

/** For Xandikos a backslash and an n, as in C:\new, are the end of a line. */
export function plain(value: unknown): string {
  const text = String(value);
  if (!BREAK.test(text)) return text.trim();
  return text.replace(/(?<!\\)\\*(?:\r\n?|\n)|(?<!\\)\\+[nN]/g, '\n').trim();
}

/** Digest of texts in this order: 22 characters of base64url. */
export function digest(parts: readonly string[]): string {
  return hash('sha256', parts.join('\u0002'), 'base64url').slice(0, DIGEST_LENGTH);
}

/** Characters of a digest. */
export const DIGEST_LENGTH = 22;
