/** Names of WebDAV (RFC 4918), CalDAV (RFC 4791) and Apple's additions, as `xml.ts` writes them: "{namespace}name". */

const DAV = 'DAV:';
const CALDAV = 'urn:ietf:params:xml:ns:caldav';
const APPLE = 'http://apple.com/ns/ical/';
const CALENDAR_SERVER = 'http://calendarserver.org/ns/';

/** The name of an element of WebDAV. */
export const dav = (name: string): string => `{${DAV}}${name}`;

/** The name of an element of CalDAV. */
export const caldav = (name: string): string => `{${CALDAV}}${name}`;

/** The color of a calendar: Apple's property, supported everywhere. */
export const CALENDAR_COLOR = `{${APPLE}}calendar-color`;

/** The tag that changes with anything in a calendar: Apple's property. */
export const CTAG = `{${CALENDAR_SERVER}}getctag`;

/** The prefixes we send; some servers accept no others. */
const PREFIXES: readonly (readonly [namespace: string, prefix: string])[] = [
  [DAV, 'D'],
  [CALDAV, 'C'],
  [APPLE, 'A'],
  [CALENDAR_SERVER, 'CS'],
];

/** Declares all prefixes, for a root element. */
export const DECLARATIONS = PREFIXES.map(([namespace, prefix]) => `xmlns:${prefix}="${namespace}"`).join(' ');

/** "D:href" for "{DAV:}href". Throws for a namespace without a prefix, which is a bug. */
export function prefixed(name: string): string {
  for (const [namespace, prefix] of PREFIXES) {
    if (name.startsWith(`{${namespace}}`)) return `${prefix}:${name.slice(namespace.length + 2)}`;
  }
  throw new Error(`${name} has no prefix`);
}
