/** @import { NewLink, Session } from '../app/types.js' */
import { delayInWords } from '../app/health.js';
import { readinessOf } from './readiness.js';
import { GOOGLE_ADD, REFRESH_INTERVALS, isPrivateAddress, outlookUrl, withScheme } from '../feeds/apps.js';
import { copy, select } from '../ui/clipboard.js';
import { fill, foreign, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { note, showToast } from '../ui/notice.js';
import { qrCode } from '../ui/qr.js';
import { segments } from '../ui/fields.js';
import { copyInvitation } from './invitation.js';

/**
 * Shows the addresses of a new link: first the one to send, then that of the calendar itself.
 *
 * @param {{ link: NewLink, copied: boolean, title: string, session: Session, signal: AbortSignal }} params copied: the address to send is in the clipboard
 * @returns {{ element: HTMLElement, heading: HTMLElement, address: HTMLElement }}
 */
export function linkResult({ link, copied, title, session, signal }) {
  const { url, subscribe_url: subscribeUrl, name, for: person } = link;
  const page = addressRow({
    label: 'Address to send',
    copyLabel: 'Copy link to send',
    url: subscribeUrl,
    isPrimary: !copied,
  });
  const calendar = addressRow({
    label: 'Address of the calendar',
    copyLabel: 'Copy calendar address',
    url,
    isPrimary: false,
  });
  const heading = h('h2', { tabindex: '-1' }, title);
  const apps = appButtons(url, name, calendar.copyAddress);
  const element = h(
    'div',
    { class: 'result' },
    heading,
    readinessOf({ subscribeUrl, signal }),
    h('h3', {}, 'Send this', person === null ? '' : ' to ', person === null ? null : foreign(person)),
    h('p', {}, 'It opens a page that shows the calendar and adds it to any calendar app.'),
    page.element,
    h('div', { class: 'actions start' }, invitationButton(link)),
    h(
      'p',
      { class: 'hint' },
      `You’ll see these addresses only once. They work like passwords. If you lose them, create new ones under ${isMember(session) ? 'My links' : 'Links'}.`,
    ),
    privateNote(url, session),
    h('h3', {}, 'Or add the calendar yourself'),
    calendar.element,
    apps.buttons,
    apps.details,
    h(
      'details',
      { class: 'disclosure' },
      h('summary', {}, 'How soon do changes show?'),
      refreshTable(delayInWords(session)),
    ),
  );
  return { element, heading, address: page.address };
}

/** Warns that others can't reach the addresses. @param {string} url @param {Session} session */
export function privateNote(url, session) {
  if (!isPrivateAddress(url)) return null;
  const remedy = isMember(session)
    ? 'ask the administrator for an address that they can reach'
    : 'set PUBLIC_URL to an address that they can reach';
  return note(
    'warn',
    `These addresses work only on this machine or network. Google and Outlook fetch calendars from their own servers: ${remedy}.`,
  );
}

/** @param {Session} session */
function isMember(session) {
  return session.role === 'member';
}

/** An address with a button to copy it. @param {{ label: string, copyLabel: string, url: string, isPrimary: boolean }} params */
function addressRow({ label, copyLabel, url, isPrimary }) {
  const address = h('code', { class: 'address', tabindex: '0', 'aria-label': label }, url);
  const copyAddress = async (/** @type {string} */ message) => {
    const done = await copy(url);
    if (!done) select(address);
    showToast(done ? message : 'Press Ctrl+C (⌘C on a Mac): the address is selected.');
  };
  const button = h(
    'button',
    {
      type: 'button',
      class: isPrimary ? 'primary' : '',
      'aria-label': copyLabel,
      onclick: () => copyAddress('Copied to the clipboard.'),
    },
    icon('copy'),
    'Copy',
  );
  return { element: h('div', { class: 'address-row' }, address, button), address, copyAddress };
}

/** @param {NewLink} link */
function invitationButton(link) {
  const button = h('button', { type: 'button' }, icon('copy'), 'Copy invitation');
  button.addEventListener('click', async () => {
    const done = await copyInvitation(link);
    showToast(
      done ? 'Invitation copied. Paste it into an email or chat.' : 'Can’t copy here. Copy the address instead.',
    );
  });
  return button;
}

/** Buttons that add the address to an app, and the region for further steps. @param {string} url @param {string} name @param {(message: string) => Promise<void>} copyAddress */
function appButtons(url, name, copyAddress) {
  const details = h('div', { class: 'result-more' });
  const google = appLink('Google Calendar', 'Copies the link and opens Google Calendar', GOOGLE_ADD);
  google.addEventListener(
    'click',
    () => void copyAddress('Copied. Paste it into “URL of calendar” in the Google Calendar tab.'),
  );
  const desktop = appToggle('Thunderbird, Evolution', 'Copies the link and shows the steps');
  desktop.addEventListener('click', () => {
    toggle(desktop, desktopSteps);
    if (desktop.getAttribute('aria-expanded') === 'true') void copyAddress('Copied to the clipboard.');
  });
  const phone = appToggle('Phone', 'Scan a QR code');
  phone.addEventListener('click', () => toggle(phone, () => [qrPanel(url, name)]));
  const buttons = h(
    'div',
    { class: 'apps' },
    google,
    appLink('Apple Calendar', 'Mac, iPhone, iPad', withScheme(url, 'webcal')),
    appLink('Outlook.com', 'Personal accounts', outlookUrl('outlook.live.com', url, name)),
    appLink('Microsoft 365', 'Work and school', outlookUrl('outlook.office.com', url, name)),
    desktop,
    phone,
  );

  /** @param {HTMLElement} button @param {() => (Node | string)[]} draw */
  function toggle(button, draw) {
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    for (const one of buttons.querySelectorAll('[aria-expanded]')) one.setAttribute('aria-expanded', 'false');
    button.setAttribute('aria-expanded', String(!isOpen));
    fill(details, ...(isOpen ? [] : draw()));
    if (!isOpen) details.scrollIntoView({ block: 'nearest' });
  }

  return { buttons, details };
}

/** @param {string} name @param {string} hint @param {string} href */
function appLink(name, hint, href) {
  return h(
    'a',
    { class: 'app', href, target: /^https?:/.test(href) ? '_blank' : null, rel: 'noopener noreferrer' },
    h('strong', {}, name),
    h('span', {}, hint),
  );
}

/** @param {string} name @param {string} hint */
function appToggle(name, hint) {
  return h(
    'button',
    { type: 'button', class: 'app', 'aria-expanded': 'false' },
    h('strong', {}, name),
    h('span', {}, hint),
  );
}

function desktopSteps() {
  return [
    h(
      'dl',
      { class: 'steps' },
      h('dt', {}, 'Thunderbird'),
      h('dd', {}, 'New Calendar → On the Network. Paste the address as the location and leave the user name empty.'),
      h('dt', {}, 'Evolution, GNOME Calendar'),
      h('dd', {}, 'New → Calendar, type “On the Web”. Paste the address as the URL.'),
    ),
  ];
}

/** @param {string} delay such as "within seconds" */
function refreshTable(delay) {
  const rows = REFRESH_INTERVALS.map(({ name, interval }) => h('div', {}, h('dt', {}, name), h('dd', {}, interval)));
  const text = `plane-ics updates a calendar ${delay}. When you see the change depends on how often your app refreshes:`;
  return h('div', {}, h('p', {}, text), h('dl', { class: 'facts' }, ...rows));
}

/** @param {string} url @param {string} name */
function qrPanel(url, name) {
  const frame = h('div', { class: 'qr-frame' });
  const hint = h('p', { class: 'hint' });
  const schemes = { apple: 'webcal', android: url.startsWith('https:') ? 'webcals' : 'webcal' };
  const hints = {
    apple: 'Scan with the camera, then tap “Subscribe”.',
    android: 'Install ICSx5 first, then scan. Google’s own app shows calendars that you add on the web.',
  };
  const draw = async (/** @type {'apple' | 'android'} */ phone) => {
    hint.textContent = hints[phone];
    try {
      fill(frame, await qrCode(withScheme(url, schemes[phone]), `QR code of the calendar ${name}`));
    } catch {
      fill(frame, note('bad', 'Couldn’t draw the QR code. Copy the address instead.'));
    }
  };
  void draw('apple');
  const choices = [
    { value: 'apple', label: 'iPhone, iPad' },
    { value: 'android', label: 'Android' },
  ];
  const changed = (/** @type {string} */ value) => void draw(/** @type {'apple' | 'android'} */ (value));
  const which = segments({ name: 'phone', label: 'Phone', value: 'apple', choices, changed });
  return h('div', { class: 'qr-panel' }, which, frame, hint);
}
