import { h } from '../ui/dom.js';

/** What each CalDAV service wants for an address and a password. */

/** @type {{ name: string, url?: string, hint: string }[]} */
const PROVIDERS = [
  {
    name: 'Nextcloud',
    hint: 'The address of the cloud, your user name, and an app password: Settings → Security → Create new app password. Not the one you log in with: each wrong one makes the cloud slower.',
  },
  {
    name: 'iCloud',
    url: 'https://caldav.icloud.com/',
    hint: 'Your Apple account’s e-mail, and an app-specific password from account.apple.com → Sign-In and Security. Make the calendar in Apple’s own app first. Events only, no to-dos.',
  },
  {
    name: 'Fastmail',
    url: 'https://caldav.fastmail.com/',
    hint: 'Your full address, and an app password with access to calendars: Settings → Privacy & Security → Manage app passwords.',
  },
  {
    name: 'Google Calendar',
    hint: 'Needs OAuth: enable the CalDAV API in a project of Google Cloud, and choose OAuth under “Log-in and certificate” with its client and a refresh token. Make the calendar in Google first. Events only, no to-dos.',
  },
  {
    name: 'Baïkal',
    hint: 'The address of dav.php, such as https://cal.example.org/dav.php/, with the user and password made in Baïkal.',
  },
  {
    name: 'Radicale, SOGo, DAViCal, Cyrus, mailbox.org, Zimbra…',
    hint: 'The address of the server, or of the calendar itself where the search for it fails.',
  },
  {
    name: 'Outlook, Microsoft 365',
    hint: 'Have no CalDAV. Give them a link instead.',
  },
];

/** The list, with a way to take an address over. @param {(url: string) => void} take */
export function providerHints(take) {
  const rows = PROVIDERS.map(({ name, url, hint }) => {
    const use = url
      ? h(
          'button',
          { type: 'button', class: 'link', onclick: () => take(url) },
          `Use ${url.replace(/^https:\/\/|\/$/g, '')}`,
        )
      : null;
    return h('div', {}, h('dt', {}, name), h('dd', {}, hint, use ? [' ', use] : null));
  });
  return h(
    'details',
    { class: 'disclosure' },
    h('summary', {}, 'Which address and which password?'),
    h('dl', { class: 'facts hints' }, ...rows),
  );
}
