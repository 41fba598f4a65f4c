import { h } from '../ui/dom.js';

/** The address and password that each CalDAV service needs. */

/** What differs where a calendar is only read is in `reading`. @type {{ name: string, url?: string, hint: string, reading?: string }[]} */
const PROVIDERS = [
  {
    name: 'Nextcloud',
    hint: 'The address of your Nextcloud, your user name, and an app password: Settings → Security → Create new app password. Don’t use the password you log in with: Nextcloud slows down after each wrong attempt.',
  },
  {
    name: 'iCloud',
    url: 'https://caldav.icloud.com/',
    hint: 'Your Apple account’s e-mail, and an app-specific password from account.apple.com → Sign-In and Security. Create the calendar in Apple’s own app first. Events only, no to-dos.',
    reading: 'Your Apple account’s e-mail, and an app-specific password from account.apple.com → Sign-In and Security.',
  },
  {
    name: 'Fastmail',
    url: 'https://caldav.fastmail.com/',
    hint: 'Your full e-mail address, and an app password with access to calendars: Settings → Privacy & Security → Manage app passwords.',
  },
  {
    name: 'Google Calendar',
    hint: 'Requires OAuth: enable the CalDAV API in a Google Cloud project, then choose OAuth under “Login and certificate” and enter its client and a refresh token. Create the calendar in Google first. Events only, no to-dos.',
    reading: 'Requires OAuth. Its ICS address is simpler: choose that kind above.',
  },
  {
    name: 'Baïkal',
    hint: 'The address of dav.php, such as https://cal.example.org/dav.php/, with the user name and password created in Baïkal.',
  },
  {
    name: 'Radicale, SOGo, DAViCal, Cyrus, mailbox.org, Zimbra…',
    hint: 'The address of the server, or of the calendar itself if it isn’t found automatically.',
  },
  {
    name: 'Outlook, Microsoft 365',
    hint: 'Don’t support CalDAV. Use a link instead.',
    reading: 'Don’t support CalDAV. Publish the calendar there, and use its ICS address.',
  },
];

/** The list of services. @param {(url: string) => void} useAddress @param {boolean} [isReading] the calendar is only read */
export function providerHints(useAddress, isReading = false) {
  const rows = PROVIDERS.map(({ name, url, hint, reading = hint }) => {
    const use = url
      ? h(
          'button',
          { type: 'button', class: 'link', onclick: () => useAddress(url) },
          `Use ${url.replace(/^https:\/\/|\/$/g, '')}`,
        )
      : null;
    return h('div', {}, h('dt', {}, name), h('dd', {}, isReading ? reading : hint, use ? [' ', use] : null));
  });
  return h(
    'details',
    { class: 'disclosure' },
    h('summary', {}, 'Which address and which password?'),
    h('dl', { class: 'facts hints' }, ...rows),
  );
}
