/** @import { Subscription } from '../app/types.js' */
import { GOOGLE_ADD, isThisMachine, outlookUrl, refreshOf, withScheme } from '../feeds/apps.js';
import { h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';

/** The apps that can show a calendar: what each button does, what to press then, and how often the app refreshes. */

/** @typedef {'iphone' | 'android' | 'mac' | 'computer'} Device */
/** @typedef {{ copyAddress: (message: string) => Promise<void>, sendPage: () => Promise<void> }} Actions */
/** @typedef {{ subscription: Subscription & { url: string }, on: Device, actions: Actions }} Context */
/**
 * @typedef {object} App
 * @property {string} name
 * @property {string} refresh how often it refreshes
 * @property {boolean} [isRemote] whether its maker's servers fetch the calendar
 * @property {boolean} [hasTodos]
 * @property {string} text what the buttons do, and what comes then
 * @property {HTMLElement[]} buttons
 */

/** The order in which each device gets the apps. */
const ORDER = {
  iphone: ['apple', 'google', 'outlook'],
  android: ['google', 'icsx5', 'outlook'],
  mac: ['apple', 'google', 'outlook', 'thunderbird'],
  computer: ['google', 'outlook', 'thunderbird', 'evolution', 'apple'],
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

/** @type {Record<string, (context: Context) => App>} */
const APPS = { google, apple, outlook, icsx5, thunderbird, evolution };

/** Returns the list of apps, the usual ones of the device first. @param {Context} context */
export function appList(context) {
  const apps = ORDER[context.on].flatMap((id) => APPS[id]?.(context) ?? []);
  const problems = apps.map((app) => problemOf(app, context.subscription));
  const first = problems.indexOf(null);
  apps[first]?.buttons[0]?.classList.add('primary');
  return h('ul', { class: 'app-list' }, ...apps.map((app, at) => appRow(app, problems[at] ?? null)));
}

/** @param {App} app @param {string | null} problem why it can't show the calendar */
function appRow({ name, refresh, text, buttons }, problem) {
  return h(
    'li',
    { class: 'app-row' },
    h('h3', {}, name),
    h('p', { class: 'app-refresh' }, `Refreshes ${refresh}`),
    problem === null ? h('p', {}, text) : h('p', { class: 'app-problem' }, icon('close'), h('span', {}, problem)),
    problem === null ? h('div', { class: 'app-buttons' }, ...buttons) : null,
  );
}

/** @param {App} app @param {Subscription} subscription */
function problemOf({ isRemote = false, hasTodos = false }, { private_address: isPrivate, preview }) {
  if (isRemote && isPrivate) return 'Can’t reach this calendar: its address works only on this machine or network.';
  const isTodo = preview !== null && preview.events.length > 0 && preview.events.every(({ kind }) => kind === 'todo');
  return isTodo && !hasTodos ? 'Doesn’t show to-dos, and this calendar has nothing else.' : null;
}

/** @param {Context} context @returns {App} */
function google(context) {
  const { preview } = context.subscription;
  const { copyAddress } = context.actions;
  const name = 'Google Calendar';
  const refresh = refreshOf('google');
  const isLarge = preview !== null && preview.bytes > preview.warn_bytes;
  const size = isLarge ? ' This calendar is very large, so Google may not accept it.' : '';
  if (isMobile(context.on))
    return {
      name,
      refresh,
      isRemote: true,
      text: onComputer(name, 'Google') + size,
      buttons: [sendPage(name, context)],
    };
  const open = openButton('Copy address and open Google', GOOGLE_ADD);
  open.addEventListener(
    'click',
    () => void copyAddress('Address copied. Paste it into “URL of calendar” in the Google Calendar tab.'),
  );
  const text =
    'Copies the address and opens Google Calendar in a new tab. Paste it there into “URL of calendar”, then press “Add calendar”.';
  return { name, refresh, isRemote: true, text: text + size, buttons: [open] };
}

/** @param {Context} context @returns {App} */
function outlook(context) {
  const { url, name } = context.subscription;
  const app = { name: 'Outlook', refresh: refreshOf('outlook'), isRemote: true };
  if (isMobile(context.on))
    return { ...app, text: onComputer('Outlook', 'Microsoft'), buttons: [sendPage('Outlook', context)] };
  return {
    ...app,
    text: 'Opens Outlook in a new tab with everything filled in; confirm it there. The link contains the address of the calendar, so Microsoft sees it. Work and school accounts use Microsoft 365.',
    buttons: [
      openButton('Outlook.com', outlookUrl('outlook.live.com', url, name)),
      openButton('Microsoft 365', outlookUrl('outlook.office.com', url, name)),
    ],
  };
}

/** @param {Context} context @returns {App} */
function apple(context) {
  const { on, subscription } = context;
  const app = { name: 'Apple Calendar', refresh: refreshOf('apple') };
  const how = isThisMachine(subscription.url) ? '.' : ': scan the code above, or send yourself its link.';
  if (on === 'computer')
    return {
      ...app,
      text: `Works on a Mac, iPhone or iPad. Open this page there${how}`,
      buttons: [sendPage('Apple Calendar', context)],
    };
  const press = on === 'mac' ? 'press Subscribe.' : 'tap Subscribe. If nothing opens, use Safari.';
  const open = linkButton('Open Apple Calendar', withScheme(subscription.url, 'webcal'));
  return { ...app, text: `Opens Calendar, which asks before it adds anything: ${press}`, buttons: [open] };
}

/** @param {Context} context @returns {App} */
function icsx5({ subscription: { url } }) {
  const address = withScheme(url, url.startsWith('https:') ? 'webcals' : 'webcal');
  return {
    name: 'ICSx5',
    refresh: refreshOf('icsx5'),
    text: 'Needs no computer: ICSx5 is an app from Google Play or F-Droid. Install it first. It adds the calendar to the calendar app of this phone.',
    buttons: [linkButton('Open ICSx5', address)],
  };
}

/** @param {Context} context @returns {App} */
function thunderbird({ actions }) {
  return {
    name: 'Thunderbird',
    refresh: refreshOf('thunderbird'),
    hasTodos: true,
    text: 'Choose New Calendar → On the Network, paste the address as the location, and leave the user name empty.',
    buttons: [copyButton('Thunderbird', actions)],
  };
}

/** @param {Context} context @returns {App} */
function evolution({ actions }) {
  return {
    name: 'Evolution, GNOME Calendar',
    refresh: refreshOf('evolution'),
    hasTodos: true,
    text: 'In Evolution, choose New → Calendar with the type “On the Web”; in GNOME Calendar, Manage Calendars → Add Calendar. Paste the address as the URL.',
    buttons: [copyButton('Evolution and GNOME Calendar', actions)],
  };
}

/** @param {string} app @param {string} account */
function onComputer(app, account) {
  return `The ${app} app can’t add a calendar by its address, but its website can. Open this page on a computer where you are signed in to your ${account} account, and add it there. It then shows on this phone too.`;
}

/** A button that gets this page to another device. @param {string} app @param {Context} context */
function sendPage(app, { on, actions }) {
  const label = isMobile(on) ? 'Send this page to a computer' : 'Copy the link to this page';
  return h('button', { type: 'button', 'aria-label': `${label}, for ${app}`, onclick: actions.sendPage }, label);
}

/** @param {string} app @param {Actions} actions */
function copyButton(app, { copyAddress }) {
  const onclick = () => void copyAddress(`Address copied. Paste it into ${app}.`);
  return h(
    'button',
    { type: 'button', 'aria-label': `Copy address for ${app}`, onclick },
    icon('copy'),
    'Copy address',
  );
}

/** A button that opens an app of this device. @param {string} label @param {string} href */
function linkButton(label, href) {
  return h('a', { class: 'button', href, rel: 'noreferrer' }, label);
}

/** A button that opens another site, which is not given the address of this page. @param {string} label @param {string} href */
function openButton(label, href) {
  return h('a', { class: 'button', href, target: '_blank', rel: 'noopener noreferrer' }, label, icon('out'));
}
