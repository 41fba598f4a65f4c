/** Calendar programs as they ask, and who subscribes to what. Sources: docs/clients.md and what each sends. */

/** How a program asks. */
export interface Family {
  readonly name: string;
  readonly agent: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly conditions: readonly ('etag' | 'date')[];
  /** Part of its requests that are HEAD. */
  readonly heads: number;
  /** How many of a hundred subscribers use it. */
  readonly share: number;
}

const GZIP = { 'accept-encoding': 'gzip, deflate, br' };

const FAMILIES: readonly Family[] = [
  {
    name: 'Google Calendar',
    agent: 'Google-Calendar-Importer',
    headers: { 'accept-encoding': 'gzip,deflate' },
    conditions: [],
    heads: 0,
    share: 25,
  },
  {
    name: 'Apple Calendar',
    agent: 'macOS/15.5 (24F74) dataaccessd/1.0',
    headers: { ...GZIP, accept: '*/*' },
    conditions: ['etag', 'date'],
    heads: 0,
    share: 25,
  },
  {
    name: 'Thunderbird',
    agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0',
    headers: { ...GZIP, 'cache-control': 'no-cache', pragma: 'no-cache', accept: 'text/calendar' },
    conditions: ['etag'],
    heads: 0.15,
    share: 15,
  },
  {
    name: 'Outlook',
    agent: 'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)',
    headers: { authorization: 'Bearer' },
    conditions: [],
    heads: 0.1,
    share: 15,
  },
  {
    name: 'ICSx5',
    agent: 'ICSx5/2.4 (ical4j/4.1 okhttp/5.1 Android/15)',
    headers: { 'accept-encoding': 'gzip', accept: 'text/calendar, text/plain' },
    conditions: ['etag', 'date'],
    heads: 0,
    share: 10,
  },
  {
    name: 'Nextcloud',
    agent: 'Nextcloud Webcal Service',
    headers: { ...GZIP, accept: 'text/calendar, application/calendar+json' },
    conditions: ['etag'],
    heads: 0,
    share: 10,
  },
];

/** The family of each subscriber, mixed. */
export function familyOf(index: number): Family {
  let place = (index * 37) % 100;
  for (const family of FAMILIES) {
    place -= family.share;
    if (place < 0) return family;
  }
  throw new Error('the shares of the families are not a hundred');
}
