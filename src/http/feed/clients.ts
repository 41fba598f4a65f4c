import { LRUCache } from 'lru-cache';

/** Calendar apps by their User-Agent, and how often each refreshes. Sources: recorded requests, and the vendors' documentation. */

/** A family of calendar apps. */
export interface ClientFamily {
  readonly name: string;
  /** How often it refreshes, in words. */
  readonly refresh: string;
  /** Hours after which it should have refreshed; null where its user decides. */
  readonly hours: number | null;
}

/** The first match counts. */
const FAMILIES: readonly (ClientFamily & { readonly agent: RegExp })[] = [
  { name: 'Google Calendar', agent: /Google-Calendar/i, refresh: 'every 4 to 24 hours', hours: 24 },
  { name: 'ICSx5', agent: /ICSx5/i, refresh: 'as set in the app, else once a day', hours: 24 },
  { name: 'DAVx5', agent: /DAVx5/i, refresh: 'as set in the app', hours: null },
  { name: 'Thunderbird', agent: /Thunderbird/i, refresh: 'every 30 minutes while it runs', hours: null },
  { name: 'Evolution', agent: /Evolution|gnome-calendar/i, refresh: 'every hour while it runs', hours: null },
  { name: 'Nextcloud', agent: /Nextcloud/i, refresh: 'every hour, as the calendar asks', hours: 2 },
  { name: 'Home Assistant', agent: /HomeAssistant|Home Assistant/i, refresh: 'once a day', hours: 24 },
  { name: 'vdirsyncer', agent: /vdirsyncer/i, refresh: 'whenever it is run', hours: null },
  { name: 'Fastmail', agent: /Fastmail/i, refresh: 'about every hour', hours: 2 },
  { name: 'Proton Calendar', agent: /Proton/i, refresh: 'every 4 to 16 hours', hours: 16 },
  { name: 'Outlook', agent: /Outlook|Microsoft|Exchange|Office/i, refresh: 'every 3 to 24 hours', hours: 24 },
  {
    name: 'Apple Calendar',
    agent: /CalendarAgent|dataaccessd|accountsd|remindd|macOS\/|Mac OS X\/|iOS\/|iPadOS\/|CFNetwork/i,
    refresh: 'as set in its account settings',
    hours: null,
  },
  { name: 'KOrganizer', agent: /KOrganizer|Akonadi|KDE|KIO/i, refresh: 'as set in the program', hours: null },
  { name: 'curl', agent: /^curl\//i, refresh: 'whenever it is run', hours: null },
  {
    name: 'a browser',
    agent: /Mozilla\/.*(?:Firefox|Chrome|Safari)\//i,
    refresh: 'when somebody opens the link',
    hours: null,
  },
];

const UNKNOWN: ClientFamily = { name: 'another program', refresh: 'as it likes', hours: null };

const BY_NAME: ReadonlyMap<string, ClientFamily> = new Map(FAMILIES.map((family) => [family.name, family]));

/** User-Agents seen before: each comes again and again. */
const known = new LRUCache<string, ClientFamily>({ max: 500 });

/** The family a User-Agent belongs to. */
export function clientOf(userAgent: string): ClientFamily {
  const agent = userAgent.slice(0, 300);
  let found = known.get(agent);
  if (!found) known.set(agent, (found = FAMILIES.find((family) => family.agent.test(agent)) ?? UNKNOWN));
  return found;
}

/** The family of that name. */
export function clientNamed(name: string): ClientFamily {
  return BY_NAME.get(name) ?? UNKNOWN;
}
