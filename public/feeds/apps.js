/** @import { Options } from './options.js' */
import { sizeInWords } from '../ui/words.js';

/** Calendar programs: how often each looks, and what it makes of a calendar. */

/** How often each looks again. */
export const LOOKS = [
  { name: 'Google Calendar', looks: 'every 4 to 24 hours, and nothing hurries it' },
  { name: 'Outlook.com, Microsoft 365', looks: 'every 3 to 24 hours' },
  { name: 'Apple Calendar', looks: 'as you choose: every 5 minutes to every week' },
  { name: 'Thunderbird', looks: 'every 30 minutes while it runs' },
  { name: 'Evolution, GNOME', looks: 'every hour while it runs' },
  { name: 'ICSx5 on Android', looks: 'as you choose, else once a day' },
];

/** The address with the scheme that opens a calendar program. @param {string} url @param {string} scheme */
export function withScheme(url, scheme) {
  return url.replace(/^https?:/, `${scheme}:`);
}

/** Where Outlook adds a calendar by its address. @param {string} host @param {string} url @param {string} name */
export function outlookUrl(host, url, name) {
  return `https://${host}/calendar/0/addfromweb?url=${encodeURIComponent(url)}&name=${encodeURIComponent(name)}`;
}

export const GOOGLE_ADD = 'https://calendar.google.com/calendar/u/0/r/settings/addbyurl';

/** Whether services elsewhere can't reach an address. @param {string} url */
export function isNear(url) {
  const { hostname } = new URL(url);
  return /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[)|\.(?:local|localhost|internal|lan|test)$/.test(
    hostname,
  );
}

/**
 * What each program will make of it: `ok`, `partly` or `not`, with a sentence.
 *
 * @param {Options} options
 * @param {{ bytes: number, warn_bytes: number, count: number }} preview
 * @returns {{ name: string, fit: 'ok' | 'partly' | 'not', text: string }[]}
 */
export function remarks({ as, alarm }, { bytes, warn_bytes: limit, count }) {
  const isTodo = as === 'todo';
  const reminds = alarm.length > 0;
  const tooLarge = bytes > limit;
  const size = sizeInWords(bytes, limit);
  return [
    isTodo
      ? { name: 'Google Calendar', fit: 'not', text: 'does not show to-dos' }
      : tooLarge
        ? {
            name: 'Google Calendar',
            fit: 'not',
            text: `too large (${size}): narrow it with days back and ahead, or a filter`,
          }
        : reminds
          ? { name: 'Google Calendar', fit: 'partly', text: 'ignores reminders; looks every 4 to 24 hours' }
          : { name: 'Google Calendar', fit: 'ok', text: 'looks every 4 to 24 hours' },
    isTodo
      ? { name: 'Outlook', fit: 'not', text: 'does not show to-dos' }
      : reminds
        ? { name: 'Outlook', fit: 'partly', text: 'ignores reminders; looks every 3 to 24 hours' }
        : { name: 'Outlook', fit: 'ok', text: 'looks every 3 to 24 hours' },
    isTodo
      ? { name: 'Apple Calendar', fit: 'not', text: 'does not show to-dos' }
      : reminds
        ? { name: 'Apple Calendar', fit: 'partly', text: 'untick “Remove alerts” when you subscribe' }
        : { name: 'Apple Calendar', fit: 'ok', text: 'looks as often as you choose' },
    count > 5000
      ? { name: 'Thunderbird', fit: 'partly', text: 'slow with so many: seconds at each start' }
      : { name: 'Thunderbird', fit: 'ok', text: isTodo ? 'shows them under Tasks' : 'looks every 30 minutes' },
  ];
}
