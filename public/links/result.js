import { GOOGLE_ADD, LOOKS, isNear, outlookUrl, withScheme } from '../feeds/apps.js';
import { copy, select } from '../ui/clipboard.js';
import { fill, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { note, say } from '../ui/notice.js';
import { qrCode } from '../ui/qr.js';
import { segments } from '../ui/fields.js';

/**
 * A new address, and every way to use it.
 *
 * @param {{ url: string, name: string, copied: boolean, title: string }} how
 * @returns {{ element: HTMLElement, heading: HTMLElement, address: HTMLElement }}
 */
export function linkResult({ url, name, copied, title }) {
  const address = h('code', { class: 'address', tabindex: '0', 'aria-label': 'Address of the calendar' }, url);
  const copyAddress = async (/** @type {string} */ told) => {
    const done = await copy(url);
    if (!done) select(address);
    say(done ? told : 'Press Ctrl+C (⌘C on a Mac): the address is selected.');
  };
  const copyButton = h(
    'button',
    { type: 'button', class: copied ? '' : 'primary', onclick: () => copyAddress('Copied to the clipboard.') },
    icon('copy'),
    'Copy',
  );
  const more = h('div', { class: 'result-more' });

  /** @param {HTMLElement} button @param {() => (Node | string)[]} draw */
  const toggle = (button, draw) => {
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    for (const one of buttons.querySelectorAll('[aria-expanded]')) one.setAttribute('aria-expanded', 'false');
    button.setAttribute('aria-expanded', String(!isOpen));
    fill(more, ...(isOpen ? [] : draw()));
  };

  const outside = { target: '_blank', rel: 'noopener noreferrer' };
  const google = h(
    'a',
    { class: 'app', href: GOOGLE_ADD, ...outside },
    h('strong', {}, 'Google Calendar'),
    h('span', {}, 'copies, and opens where to paste'),
  );
  google.addEventListener(
    'click',
    () => void copyAddress('Copied. Paste it in Google’s tab, under “URL of calendar”.'),
  );
  const apple = h(
    'a',
    { class: 'app', href: withScheme(url, 'webcal'), rel: 'noopener noreferrer' },
    h('strong', {}, 'Apple Calendar'),
    h('span', {}, 'Mac, iPhone, iPad'),
  );
  const outlook = h(
    'a',
    { class: 'app', href: outlookUrl('outlook.live.com', url, name), ...outside },
    h('strong', {}, 'Outlook.com'),
    h('span', {}, 'private accounts'),
  );
  const office = h(
    'a',
    { class: 'app', href: outlookUrl('outlook.office.com', url, name), ...outside },
    h('strong', {}, 'Microsoft 365'),
    h('span', {}, 'work and school'),
  );
  const desktop = h(
    'button',
    { type: 'button', class: 'app', 'aria-expanded': 'false' },
    h('strong', {}, 'Thunderbird, Evolution'),
    h('span', {}, 'copies, and says where it goes'),
  );
  desktop.addEventListener('click', () => {
    toggle(desktop, desktopSteps);
    if (desktop.getAttribute('aria-expanded') === 'true') void copyAddress('Copied to the clipboard.');
  });
  const phone = h(
    'button',
    { type: 'button', class: 'app', 'aria-expanded': 'false' },
    h('strong', {}, 'Phone'),
    h('span', {}, 'scan a QR code'),
  );
  phone.addEventListener('click', () => toggle(phone, () => [qrPanel(url, name)]));

  const heading = h('h2', { tabindex: '-1' }, title);
  const buttons = h('div', { class: 'apps' }, google, apple, outlook, office, desktop, phone);
  const element = h(
    'div',
    { class: 'result' },
    heading,
    h(
      'p',
      {},
      copied ? 'It is in your clipboard: paste it into a calendar program.' : 'Copy it into a calendar program.',
    ),
    h('div', { class: 'address-row' }, address, copyButton),
    h(
      'p',
      { class: 'hint' },
      'The address is shown this once and works like a password. If it is lost, make a new one under Links.',
    ),
    isNear(url)
      ? note(
          'warn',
          'Only this machine or network reaches this address. Google and Outlook fetch from their own servers: set PUBLIC_URL to an address that the world can reach.',
        )
      : null,
    h('h3', {}, 'Add it to'),
    buttons,
    more,
    h('details', { class: 'disclosure' }, h('summary', {}, 'How soon do changes show?'), looksTable()),
  );
  return { element, heading, address };
}

function desktopSteps() {
  return [
    h(
      'dl',
      { class: 'steps' },
      h('dt', {}, 'Thunderbird'),
      h('dd', {}, 'New Calendar → On the Network. Paste the address as its location, and leave the user name empty.'),
      h('dt', {}, 'Evolution, GNOME Calendar'),
      h('dd', {}, 'New → Calendar, type “On the Web”. Paste the address as its URL.'),
    ),
  ];
}

function looksTable() {
  const rows = LOOKS.map(({ name, looks }) => h('div', {}, h('dt', {}, name), h('dd', {}, looks)));
  const text = 'A calendar here is up to date within seconds. When it shows depends on how often each program looks:';
  return h('div', {}, h('p', {}, text), h('dl', { class: 'facts' }, ...rows));
}

/** @param {string} url @param {string} name */
function qrPanel(url, name) {
  const frame = h('div', { class: 'qr-frame' });
  const told = h('p', { class: 'hint' });
  const schemes = { apple: 'webcal', android: url.startsWith('https:') ? 'webcals' : 'webcal' };
  const words = {
    apple: 'Scan with the camera, then tap “Subscribe”.',
    android: 'Install ICSx5 first, then scan. Google’s own app shows what is added on the web.',
  };
  const draw = async (/** @type {'apple' | 'android'} */ phone) => {
    told.textContent = words[phone];
    try {
      fill(frame, await qrCode(withScheme(url, schemes[phone]), `QR code of the calendar ${name}`));
    } catch {
      fill(frame, note('bad', 'The QR code could not be drawn. Copy the address instead.'));
    }
  };
  void draw('apple');
  const choices = [
    { value: 'apple', label: 'iPhone, iPad' },
    { value: 'android', label: 'Android' },
  ];
  const changed = (/** @type {string} */ value) => void draw(/** @type {'apple' | 'android'} */ (value));
  const which = segments({ name: 'phone', label: 'Phone', value: 'apple', choices, changed });
  return h('div', { class: 'qr-panel' }, which, frame, told);
}
