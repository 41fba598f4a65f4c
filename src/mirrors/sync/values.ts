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
  if (ZERO_IS_NONE.includes(name)) return values.filter((value) => value !== '|0');
  return name === 'categories' ? words(values) : values;
}

const asText = (value: string): readonly string[] => [`|${plain(unescapeText(value))}`];
const asWords = (value: string): readonly string[] => words(asText(value));
const asDay = (value: string): readonly string[] => [`D|${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6)}`];
const asTime = (value: string): readonly string[] => [
  `|${value.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')}`,
];
const asNumber = (value: string): readonly string[] => (value === '0' ? [] : [`|${value}`]);
const asIs = (value: string): readonly string[] => [`|${value}`];

/** A property that `icalendar/block.ts` writes. */
interface WrittenProperty {
  readonly name: string;
  /** What `valuesOf` returns for this value. */
  readonly read: (value: string) => readonly string[];
}

/** The properties that `icalendar/block.ts` writes, by what is before the colon. */
export const WRITTEN: ReadonlyMap<string, WrittenProperty> = new Map([
  ['UID', { name: 'uid', read: asText }],
  ['SUMMARY', { name: 'summary', read: asText }],
  ['DESCRIPTION', { name: 'description', read: asText }],
  ['DTSTART;VALUE=DATE', { name: 'dtstart', read: asDay }],
  ['DTEND;VALUE=DATE', { name: 'dtend', read: asDay }],
  ['DUE;VALUE=DATE', { name: 'due', read: asDay }],
  ['COMPLETED', { name: 'completed', read: asTime }],
  ['STATUS', { name: 'status', read: asText }],
  ['PRIORITY', { name: 'priority', read: asNumber }],
  ['PERCENT-COMPLETE', { name: 'percent-complete', read: asNumber }],
  ['URL;VALUE=URI', { name: 'url', read: asIs }],
  ['TRANSP', { name: 'transp', read: asText }],
  ['CATEGORIES', { name: 'categories', read: asWords }],
  ['RELATED-TO', { name: 'related-to', read: asText }],
]);

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

/** What may be a line break besides LF. */
const BREAK = /[\\\r]/;

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
