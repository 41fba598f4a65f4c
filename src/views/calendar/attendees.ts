import { parametersOf, parameterValue, valueStart } from '../../icalendar/foreign/content-line.ts';
import { nameOf, valueOf } from './lines.ts';

/** E-mail addresses of the people in a component, which those who read a feed have no business with. */

/** An address that reaches nobody (RFC 2606), as calendars are shared by others too. */
const NOBODY = 'invalid:nomail';
/** Parameters that are addresses of people or lead to them (RFC 5545 section 3.2, RFC 7986 section 6.2). */
const ADDRESSES = new Set([
  'EMAIL',
  'SENT-BY',
  'DIR',
  'MEMBER',
  'DELEGATED-TO',
  'DELEGATED-FROM',
  'X-SENT-BY',
  'X-EMAIL',
]);
const PEOPLE = /^(?:ATTENDEE|ORGANIZER|CALENDAR-ADDRESS)[:;]/i;
/** Properties of their own in which some servers repeat an address, and what became of an invitation (RFC 5545 section 3.8.8.3). */
const REPEATS = /^(?:X-|REQUEST-STATUS[:;])/i;
const MAIL = /^mailto:/i;
const MAIL_IN_STATUS = /mailto:[^;]*/gi;
/** Names of those that have it without "mailto:", and nothing else. */
const BARE = /^X-[^:;]*(?:ATTENDEE|ORGANIZER|SENDER)/i;
/** An address among other text, as in a list, in JSON, or in the link of a call. What can't be part of one begins before it, so that no text is looked through twice. */
const CODE = String.raw`[^\s@\\:;,/=|"'<>()[\]{}]`;
/** The "n" of "\n" ends a line of text (RFC 5545 section 3.3.11), and begins no address. */
const START = String.raw`(?:(?<=\\n)|(?<!${CODE})(?!(?<=\\)n))`;
const DOMAIN = String.raw`(?:[\p{L}\d-]+\.)+(?:\p{L}{2,}|xn--[a-z\d-]+)(?![\p{L}\d-])`;
/** In the query of a link the "@" is "%40". */
const ADDRESS = new RegExp(
  String.raw`\b(?:mailto|sips?):${CODE}+(?:@${CODE}+)?|${START}${CODE}+?(?:@|%40)${DOMAIN}`,
  'giu',
);
/** Properties with an "@" that are the description, or identify an event or calendar. A calendar may be identified by its owner's address. */
const OTHERS = /^X-(?:ALT-DESC|[^:;]*(?:UID|RELCALID))[:;]|^X-[^:;]*CALID[:;].*@(?:[a-z.]+\.)?calendar\.google\.com$/i;

/** True for a line that says who takes part. */
export function isAboutPeople(line: string): boolean {
  return (
    PEOPLE.test(line) || (REPEATS.test(line) && /mailto:|sips?:|@|%40/i.test(line) && withoutRepeated(line) !== null)
  );
}

/** The line without addresses: names stay, unless they are addresses themselves. */
export function withoutAddress(line: string): string {
  const rest = PEOPLE.test(line) ? null : withoutRepeated(line);
  return rest ?? `${headOf(line, isOfPerson)}:${NOBODY}`;
}

type IsAddress = (name: string, value: string) => boolean;

const isOfPerson: IsAddress = (name, value) => ADDRESSES.has(name) || value.includes('@') || MAIL.test(value);
/** What else such a line says is not about people: a title with an "@" stays. */
const isRepeated: IsAddress = (name, value) =>
  MAIL.test(value) || value.search(ADDRESS) >= 0 || (ADDRESSES.has(name) && value.includes('@'));

/** A line that repeats an address, without it; null for one that doesn't. */
function withoutRepeated(line: string): string | null {
  const value = valueOf(line);
  if (MAIL.test(value) || (BARE.test(line) && /^[^\s@]+@[^\s@]+$/.test(value)))
    return `${headOf(line, isOfPerson)}:${NOBODY}`;
  const pattern = nameOf(line) === 'REQUEST-STATUS' ? MAIL_IN_STATUS : ADDRESS;
  const shown = OTHERS.test(line) ? value : value.replace(pattern, NOBODY);
  const isAny = [...parametersOf(line, valueStart(line))].some(([name, one]) => isRepeated(name, one));
  return isAny || shown !== value ? `${headOf(line, isRepeated)}:${shown}` : null;
}

/** Name and parameters, without those that are addresses. */
function headOf(line: string, isAddress: IsAddress): string {
  const kept = [...parametersOf(line, valueStart(line))].filter(([name, value]) => !isAddress(name, value));
  return nameOf(line) + kept.map(([name, value]) => `;${name}=${parameterValue(value)}`).join('');
}
