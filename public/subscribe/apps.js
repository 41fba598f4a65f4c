/** @import { Subscription } from '../app/types.js' */
import { GOOGLE_ADD, outlookUrl, refreshOf, withScheme } from '../feeds/apps.js';
import { h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';

/** The apps that can show a calendar: what each button does, what to press then, and how often the app refreshes. */

/** @typedef {'iphone' | 'android' | 'mac' | 'computer'} Device */
/** @typedef {{ copyAddress: (message: string) => Promise<void>, sendPage: () => Promise<void> }} Actions */
/**
 * @typedef {object} App
 * @property {string} name
 * @property {string} refresh how often it refreshes
 * @property {boolean} isRemote whether its maker's servers fetch the calendar
 * @property {boolean} hasTodos
 * @property {() => string} text
 * @property {() => HTMLElement} button
 */

/** The order in which each device gets the apps. */
const ORDER = {
  iphone: ['apple', 'google', 'outlook', 'microsoft'],
  android: ['google', 'icsx5', 'outlook', 'microsoft'],
  mac: ['apple', 'google', 'outlook', 'microsoft', 'thunderbird'],
  computer: ['google', 'outlook', 'microsoft', 'thunderbird', 'evolution', 'apple'],
};

/** The kind of device that shows this page, to list its usual apps first. @returns {Device} */
export function device() {
  const { userAgent, maxTouchPoints } = navigator;
  if (/Android/i.test(userAgent)) return 'android';
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'iphone';
  if (!/Macintosh/.test(userAgent)) return 'computer';
  // An iPad says that it is a Mac.
  return maxTouchPoints > 1 ? 'iphone' : 'mac';
}

/** Whether the device is a phone or tablet. @param {Device} one */
export function isMobile(one) {
  return one === 'iphone' || one === 'android';
}

/**
 * Returns the list of apps, the usual ones of the device first.
 *
 * @param {Subscription & { url: string }} subscription
 * @param {Device} on
 * @param {Actions} actions
 */
export function appList(subscription, on, actions) {
  const apps = allApps(subscription, on, actions);
  const rows = ORDER[on].map((id, at) => appRow(apps[/** @type {keyof typeof apps} */ (id)], subscription, at === 0));
  return h('ul', { class: 'app-list' }, ...rows);
}

/** @param {App} app @param {Subscription} subscription @param {boolean} isFirst */
function appRow(app, subscription, isFirst) {
  const problem = problemOf(app, subscription);
  const button = app.button();
  button.classList.add('app-button');
  if (isFirst && problem === null) button.classList.add('primary');
  return h(
    'li',
    { class: 'app-row' },
    h('h3', {}, app.name),
    h('p', { class: 'app-refresh' }, `Refreshes ${app.refresh}`),
    problem === null ? h('p', {}, app.text()) : h('p', { class: 'app-problem' }, icon('minus'), h('span', {}, problem)),
    problem === null ? button : null,
  );
}

/** Why the app can't show the calendar; null when it can. @param {App} app @param {Subscription} subscription */
function problemOf({ isRemote, hasTodos }, { private_address: isPrivate, preview }) {
  if (isRemote && isPrivate) return 'Can’t reach this calendar: its address works on a private network only.';
  const isTodo = preview !== null && preview.events.length > 0 && preview.events.every(({ kind }) => kind === 'todo');
  return isTodo && !hasTodos ? 'Doesn’t show to-dos, and this calendar has nothing else.' : null;
}

/** @param {Subscription & { url: string }} subscription @param {Device} on @param {Actions} actions */
function allApps(subscription, on, actions) {
  const { url, name } = subscription;
  const mobile = isMobile(on);
  const sendPage = () =>
    actionButton(mobile ? 'Send this page to a computer' : 'Copy the link to this page', actions.sendPage);
  const onComputer = (/** @type {string} */ app, /** @type {string} */ account) =>
    `The ${app} app can’t add a calendar by its address, its website can. Open this page on a computer where you are signed in to your ${account} account, and add it there. It then shows on this phone too.`;
  const outlook = (/** @type {string} */ host, /** @type {string} */ title, /** @type {string} */ account) => ({
    name: title,
    refresh: refreshOf('outlook'),
    isRemote: true,
    hasTodos: false,
    text: () =>
      mobile
        ? onComputer('Outlook', account)
        : 'Opens Outlook in a new tab with everything filled in; confirm it there. The link contains the address of the calendar, so Microsoft learns it.',
    button: () => (mobile ? sendPage() : openButton(`Open ${title}`, outlookUrl(host, url, name))),
  });
  return {
    google: google(subscription, mobile, onComputer, sendPage, actions),
    apple: apple(url, on, sendPage),
    outlook: outlook('outlook.live.com', 'Outlook.com', 'Microsoft'),
    microsoft: outlook('outlook.office.com', 'Microsoft 365', 'work or school'),
    icsx5: icsx5(url),
    thunderbird: pasteApp({
      name: 'Thunderbird',
      refresh: refreshOf('thunderbird'),
      text: 'Copies the address. In Thunderbird, choose New Calendar → On the Network, paste it as the location, and leave the user name empty.',
      actions,
    }),
    evolution: pasteApp({
      name: 'Evolution, GNOME Calendar',
      refresh: refreshOf('evolution'),
      text: 'Copies the address. In Evolution, choose New → Calendar with the type “On the Web”; in GNOME Calendar, Manage Calendars → Add Calendar. Paste it as the URL.',
      actions,
    }),
  };
}

/**
 * @param {Subscription & { url: string }} subscription
 * @param {boolean} mobile
 * @param {(app: string, account: string) => string} onComputer
 * @param {() => HTMLElement} sendPage
 * @param {Actions} actions
 */
function google({ preview }, mobile, onComputer, sendPage, { copyAddress }) {
  const isLarge = preview !== null && preview.bytes > preview.warn_bytes;
  const size = isLarge ? ' Google may not accept this calendar, because it is very large.' : '';
  const paste =
    'Copies the address and opens Google Calendar in a new tab. Paste it into “URL of calendar”, then press “Add calendar”.';
  return {
    name: 'Google Calendar',
    refresh: refreshOf('google'),
    isRemote: true,
    hasTodos: false,
    text: () => (mobile ? onComputer('Google Calendar', 'Google') : paste) + size,
    button: () => {
      if (mobile) return sendPage();
      const button = openButton('Copy address and open Google', GOOGLE_ADD);
      button.addEventListener(
        'click',
        () => void copyAddress('Address copied. Paste it into “URL of calendar” in the Google Calendar tab.'),
      );
      return button;
    },
  };
}

/** @param {string} url @param {Device} on @param {() => HTMLElement} sendPage */
function apple(url, on, sendPage) {
  const texts = {
    iphone: 'Opens Calendar, which asks before it adds anything: tap Subscribe. If nothing opens, use Safari.',
    mac: 'Opens Calendar, which asks before it adds anything: press Subscribe.',
    android: '',
    computer: 'Works on a Mac, iPhone or iPad. Open this page there: scan the code above, or send yourself its link.',
  };
  const open = () =>
    h('a', { class: 'button', href: withScheme(url, 'webcal'), rel: 'noreferrer' }, 'Open Apple Calendar');
  return {
    name: 'Apple Calendar',
    refresh: refreshOf('apple'),
    isRemote: false,
    hasTodos: false,
    text: () => texts[on],
    button: on === 'computer' ? sendPage : open,
  };
}

/** @param {string} url */
function icsx5(url) {
  const address = withScheme(url, url.startsWith('https:') ? 'webcals' : 'webcal');
  return {
    name: 'ICSx5',
    refresh: refreshOf('icsx5'),
    isRemote: false,
    hasTodos: false,
    text: () =>
      'Without a computer: ICSx5 is an app from Google Play or F-Droid. Install it first. It adds the calendar to the calendar app of this phone.',
    button: () => h('a', { class: 'button', href: address, rel: 'noreferrer' }, 'Open ICSx5'),
  };
}

/** An app into which people paste the address. @param {{ name: string, refresh: string, text: string, actions: Actions }} params */
function pasteApp({ name, refresh, text, actions }) {
  const copied = () => actions.copyAddress(`Address copied. Paste it in ${name}.`);
  return {
    name,
    refresh,
    isRemote: false,
    hasTodos: true,
    text: () => text,
    button: () => actionButton(`Copy address for ${name}`, copied),
  };
}

/** @param {string} label @param {() => Promise<void>} action */
function actionButton(label, action) {
  return h('button', { type: 'button', onclick: () => void action() }, label);
}

/** A button that opens another site, which is not given the address of this page. @param {string} label @param {string} href */
function openButton(label, href) {
  return h('a', { class: 'button', href, target: '_blank', rel: 'noopener noreferrer' }, label, icon('out'));
}
