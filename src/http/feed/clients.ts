import { LRUCache } from 'lru-cache';

/** Calendar programs by their User-Agent, and what is known of each. Sources: what each sends, and its makers' documents. */

/** A family of calendar programs. */
export interface ClientFamily {
  readonly name: string;
  /** How often it looks again, in words that stand alone. */
  readonly looks: string;
  /** Hours after which it should have looked again; null where its user decides. */
  readonly hours: number | null;
}

/** The first that fits counts. */
const FAMILIES: readonly (ClientFamily & { readonly agent: RegExp })[] = [
  { name: 'Google Calendar', agent: /Google-Calendar/i, looks: 'every 4 to 24 hours', hours: 24 },
  { name: 'ICSx5', agent: /ICSx5/i, looks: 'as set in the app, else once a day', hours: 24 },
  { name: 'DAVx5', agent: /DAVx5/i, looks: 'as set in the app', hours: null },
  { name: 'Thunderbird', agent: /Thunderbird/i, looks: 'every 30 minutes while it runs', hours: null },
  { name: 'Evolution', agent: /Evolution|gnome-calendar/i, looks: 'every hour while it runs', hours: null },
  { name: 'Nextcloud', agent: /Nextcloud/i, looks: 'every hour, as the calendar asks', hours: 2 },
  { name: 'Home Assistant', agent: /HomeAssistant|Home Assistant/i, looks: 'once a day', hours: 24 },
  { name: 'vdirsyncer', agent: /vdirsyncer/i, looks: 'whenever it is run', hours: null },
  { name: 'Fastmail', agent: /Fastmail/i, looks: 'about every hour', hours: 2 },
  { name: 'Proton Calendar', agent: /Proton/i, looks: 'every 4 to 16 hours', hours: 16 },
  { name: 'Outlook', agent: /Outlook|Microsoft|Exchange|Office/i, looks: 'every 3 to 24 hours', hours: 24 },
  {
    name: 'Apple Calendar',
    agent: /CalendarAgent|dataaccessd|accountsd|remindd|macOS\/|Mac OS X\/|iOS\/|iPadOS\/|CFNetwork/i,
    looks: 'as set in its account settings',
    hours: null,
  },
  { name: 'KOrganizer', agent: /KOrganizer|Akonadi|KDE|KIO/i, looks: 'as set in the program', hours: null },
  { name: 'curl', agent: /^curl\//i, looks: 'whenever it is run', hours: null },
  {
    name: 'a browser',
    agent: /Mozilla\/.*(?:Firefox|Chrome|Safari)\//i,
    looks: 'when somebody opens the link',
    hours: null,
  },
];

const UNKNOWN: ClientFamily = { name: 'another program', looks: 'as it likes', hours: null };

const BY_NAME: ReadonlyMap<string, ClientFamily> = new Map(FAMILIES.map((family) => [family.name, family]));

/** Programs that were met before: each comes again and again. */
const met = new LRUCache<string, ClientFamily>({ max: 500 });

/** The family a User-Agent belongs to. */
export function clientOf(userAgent: string): ClientFamily {
  const agent = userAgent.slice(0, 300);
  let found = met.get(agent);
  if (!found) met.set(agent, (found = FAMILIES.find((family) => family.agent.test(agent)) ?? UNKNOWN));
  return found;
}

/** What is known of a family, by its name. */
export function clientNamed(name: string): ClientFamily {
  return BY_NAME.get(name) ?? UNKNOWN;
}
