import { LRUCache } from 'lru-cache';

/** Calendar apps by their User-Agent, and how often each refreshes. Sources: recorded requests, and the vendors' documentation. */

/** A family of calendar apps. */
export interface ClientFamily {
  readonly name: string;
  /** Its refresh interval, in words. */
  readonly refresh: string;
  /** Hours after which it should have refreshed; null where its user decides. */
  readonly refreshHours: number | null;
  /** False for what only opens an address: browsers, and previews of links in chats. */
  readonly subscribes: boolean;
}

/**
 * Bots that open links which people send and publish. Before all others: Skype and Teams name Microsoft, Signal pretends to be WhatsApp, and
 * Apple's preview of a message pretends to be Safari, Facebook and Twitter.
 */
const BOTS =
  /bot\b|facebookexternalhit|meta-external|WhatsApp\/|(?:Ur[il]|Link|Bing|Microsoft) ?Preview|Slack-ImgProxy|Iframely|Embedly|kakaotalk-scrap|vkShare|GoogleOther|crawler|spider/i;

type Row = Omit<ClientFamily, 'subscribes'> & { readonly agent: RegExp; readonly subscribes?: false };

/** The first match counts. */
const FAMILIES: readonly Row[] = [
  {
    name: 'a link preview',
    agent: BOTS,
    refresh: 'when someone sends the link',
    refreshHours: null,
    subscribes: false,
  },
  { name: 'Google Calendar', agent: /Google-Calendar/i, refresh: 'every 4 to 24 hours', refreshHours: 24 },
  { name: 'ICSx5', agent: /ICSx5/i, refresh: 'as set in the app, else once a day', refreshHours: 24 },
  { name: 'DAVx5', agent: /DAVx5/i, refresh: 'as set in the app', refreshHours: null },
  { name: 'Thunderbird', agent: /Thunderbird/i, refresh: 'every 30 minutes while it runs', refreshHours: null },
  { name: 'Evolution', agent: /Evolution|gnome-calendar/i, refresh: 'every hour while it runs', refreshHours: null },
  { name: 'Nextcloud', agent: /Nextcloud/i, refresh: 'every hour, as the calendar asks', refreshHours: 2 },
  { name: 'Home Assistant', agent: /HomeAssistant|Home Assistant/i, refresh: 'once a day', refreshHours: 24 },
  { name: 'vdirsyncer', agent: /vdirsyncer/i, refresh: 'whenever it is run', refreshHours: null },
  { name: 'Fastmail', agent: /Fastmail/i, refresh: 'about every hour', refreshHours: 2 },
  { name: 'Proton Calendar', agent: /Proton/i, refresh: 'every 4 to 16 hours', refreshHours: 16 },
  { name: 'Outlook', agent: /Outlook|Microsoft|Exchange|Office/i, refresh: 'every 3 to 24 hours', refreshHours: 24 },
  {
    name: 'Apple Calendar',
    agent: /CalendarAgent|dataaccessd|accountsd|remindd|macOS\/|Mac OS X\/|iOS\/|iPadOS\/|CFNetwork/i,
    refresh: 'as set in its account settings',
    refreshHours: null,
  },
  { name: 'KOrganizer', agent: /KOrganizer|Akonadi|KDE|KIO/i, refresh: 'as set in the app', refreshHours: null },
  { name: 'curl', agent: /^curl\//i, refresh: 'whenever it is run', refreshHours: null },
  {
    name: 'a browser',
    agent: /Mozilla\/.*(?:(?:Firefox|Chrome|Safari|AppleWebKit)\/|MSIE |Trident\/)/i,
    refresh: 'when someone opens the link',
    refreshHours: null,
    subscribes: false,
  },
];

/** Its name is stored in access logs, like the others. */
const UNKNOWN: ClientFamily = { name: 'another program', refresh: 'unknown', refreshHours: null, subscribes: true };

const BY_NAME: ReadonlyMap<string, ClientFamily> = new Map(
  FAMILIES.map(({ subscribes = true, ...family }) => [family.name, { ...family, subscribes }]),
);

/** User-Agents that were matched before. */
const matched = new LRUCache<string, ClientFamily>({ max: 500 });

/** The family a User-Agent belongs to. */
export function clientOf(userAgent: string): ClientFamily {
  const agent = userAgent.slice(0, 300);
  let found = matched.get(agent);
  if (!found)
    matched.set(agent, (found = clientNamed(FAMILIES.find((family) => family.agent.test(agent))?.name ?? '')));
  return found;
}

/** A family by its name. */
export function clientNamed(name: string): ClientFamily {
  return BY_NAME.get(name) ?? UNKNOWN;
}
