import { parametersOf, parameterValue, valueStart } from '../../icalendar/foreign/content-line.ts';
import { nameOf } from './lines.ts';

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
/** Properties of their own in which some servers repeat an address. */
const MAIL_OF_OTHERS = /^X-[^:;]*[:;](?:.*:)?mailto:/i;

/** True for a line that says who takes part. */
export function isAboutPeople(line: string): boolean {
  return PEOPLE.test(line) || (line.startsWith('X-') && MAIL_OF_OTHERS.test(line));
}

/** The line without addresses: names stay, unless they are addresses themselves. */
export function withoutAddress(line: string): string {
  let head = nameOf(line);
  for (const [name, value] of parametersOf(line, valueStart(line))) {
    if (ADDRESSES.has(name) || value.includes('@')) continue;
    head += `;${name}=${parameterValue(value)}`;
  }
  return `${head}:${NOBODY}`;
}
