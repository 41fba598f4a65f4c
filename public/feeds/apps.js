/** @import { Options } from './options.js' */
import { sizeInWords } from '../ui/words.js';

/** Calendar apps: how often they refresh, and what they support. */

/** How often each app refreshes a subscription. */
export const REFRESH_INTERVALS = [
  { id: 'google', name: 'Google Calendar', interval: 'every 4–24 hours; can’t be sped up' },
  { id: 'outlook', name: 'Outlook.com, Microsoft 365', interval: 'every 3–24 hours' },
  { id: 'apple', name: 'Apple Calendar', interval: 'as you choose, from every 5 minutes to every week' },
  { id: 'thunderbird', name: 'Thunderbird', interval: 'every 30 minutes while it is running' },
  { id: 'evolution', name: 'Evolution, GNOME', interval: 'every hour while it is running' },
  { id: 'icsx5', name: 'ICSx5 on Android', interval: 'as you choose; once a day by default' },
];

/** Returns how often an app refreshes. @param {string} id of REFRESH_INTERVALS */
export function refreshOf(id) {
  return REFRESH_INTERVALS.find((one) => one.id === id)?.interval ?? '';
}

/** Returns the address with a scheme that opens a calendar app. @param {string} url @param {string} scheme */
export function withScheme(url, scheme) {
  return url.replace(/^https?:/, `${scheme}:`);
}

/** Returns the address of Outlook's form for a new subscription. @param {string} host @param {string} url @param {string} name */
export function outlookUrl(host, url, name) {
  return `https://${host}/calendar/0/addfromweb?url=${encodeURIComponent(url)}&name=${encodeURIComponent(name)}`;
}

export const GOOGLE_ADD = 'https://calendar.google.com/calendar/u/0/r/settings/addbyurl';

/** Returns whether an address belongs to this machine or a private network. @param {string} url */
export function isPrivateAddress(url) {
  const { hostname } = new URL(url);
  return /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[)|\.(?:local|localhost|internal|lan|test)$/.test(
    hostname,
  );
}

/** Returns whether an address works only on the machine that serves it. @param {string} url */
export function isThisMachine(url) {
  return /^(?:localhost|127\.|\[::1\])/.test(new URL(url).host);
}

/**
 * Returns how well each app shows the calendar (`ok`, `partly` or `not`), with the reason.
 *
 * @param {Options} options
 * @param {{ bytes: number, warn_bytes: number, count: number }} preview
 * @returns {{ name: string, fit: 'ok' | 'partly' | 'not', text: string }[]}
 */
export function remarks({ as, alarm }, { bytes, warn_bytes: limit, count }) {
  const isTodo = as === 'todo';
  const hasReminders = alarm !== null && alarm.length > 0;
  const google = { name: 'Google Calendar', interval: 'refreshes every 4–24 hours' };
  const thunderbird = isTodo ? 'shows them under Tasks' : 'refreshes every 30 minutes';
  return [
    bytes > limit && !isTodo
      ? {
          name: google.name,
          fit: 'not',
          text: `too large (${sizeInWords(bytes, limit)}): shorten the date range or add a filter`,
        }
      : eventApp(google, isTodo, hasReminders),
    eventApp({ name: 'Outlook', interval: 'refreshes every 3–24 hours' }, isTodo, hasReminders),
    appleCalendar(isTodo, hasReminders),
    count > 5000
      ? { name: 'Thunderbird', fit: 'partly', text: 'slow with this many events: adds seconds to each start' }
      : { name: 'Thunderbird', fit: 'ok', text: thunderbird },
  ];
}

/**
 * An app that shows neither to-dos nor the reminders of a subscription.
 *
 * @param {{ name: string, interval: string }} app
 * @param {boolean} isTodo
 * @param {boolean} hasReminders
 * @returns {{ name: string, fit: 'ok' | 'partly' | 'not', text: string }}
 */
function eventApp({ name, interval }, isTodo, hasReminders) {
  if (isTodo) return { name, fit: 'not', text: 'doesn’t show to-dos' };
  return hasReminders
    ? { name, fit: 'partly', text: `ignores reminders; ${interval}` }
    : { name, fit: 'ok', text: interval };
}

/** @param {boolean} isTodo @param {boolean} hasReminders @returns {{ name: string, fit: 'ok' | 'partly' | 'not', text: string }} */
function appleCalendar(isTodo, hasReminders) {
  const name = 'Apple Calendar';
  if (isTodo) return { name, fit: 'not', text: 'doesn’t show to-dos' };
  return hasReminders
    ? { name, fit: 'partly', text: 'shows reminders if you uncheck “Remove alerts” when you subscribe' }
    : { name, fit: 'ok', text: 'refreshes as often as you choose' };
}
