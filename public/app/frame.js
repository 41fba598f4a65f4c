/** @import { Session } from './types.js' */
import { api } from './api.js';
import { fill, h } from '../ui/dom.js';
import { mark } from '../ui/icons.js';
import { busy, showToast } from '../ui/notice.js';

/** The header and the demo banner, shown on every view. */

const NAVIGATION = [
  { href: '#/calendars', label: 'Calendars', views: ['calendars', 'new'] },
  { href: '#/links', label: 'Links', views: ['links', 'link'] },
  { href: '#/mirrors', label: 'Mirrors', views: ['mirrors', 'mirror-new', 'mirror'] },
  { href: '#/status', label: 'Status', views: ['status'] },
];

/** Draws the header. @param {string | null} view the open view; null when nobody is logged in @param {() => unknown} logOut */
export function drawHeader(view, logOut) {
  const header = /** @type {HTMLElement} */ (document.getElementById('header'));
  const home = h(
    'a',
    { class: 'brand', href: '#/calendars', 'aria-label': 'plane-ics' },
    mark(),
    h('span', {}, 'plane-ics'),
  );
  const items = NAVIGATION.map(({ href, label, views }) =>
    h('li', {}, h('a', { href, 'aria-current': view !== null && views.includes(view) ? 'page' : null }, label)),
  );
  const out = h('button', { type: 'button', class: 'quiet', onclick: logOut }, 'Log out');
  fill(
    header,
    h(
      'div',
      { class: 'header-inner' },
      home,
      view === null ? null : [h('nav', { 'aria-label': 'Main' }, h('ul', {}, ...items)), out],
    ),
  );
}

/** Draws the banner of the demo, with a button that changes a work item. Hidden outside the demo. @param {Session} session */
export function drawBanner({ demo, authenticated }) {
  const banner = /** @type {HTMLElement} */ (document.getElementById('banner'));
  banner.hidden = !demo;
  if (!demo) return;
  const change = h('button', { type: 'button', class: 'small' }, 'Change something in Plane');
  change.addEventListener('click', () =>
    busy(change, async () => {
      const changed = await api.changeDemo();
      const what = changed?.key ? `${changed.key} was changed in Plane.` : 'A work item was changed in Plane.';
      showToast(`${what} Its calendar updates immediately.`);
      setTimeout(() => document.dispatchEvent(new Event('plane-changed')), 1200);
    }),
  );
  const settings = ['PLANE_URL', 'PLANE_API_KEY', 'PLANE_WORKSPACE'].map((name) => h('code', {}, name));
  const text = h(
    'p',
    {},
    h('strong', {}, 'DEMO'),
    ' The data is made up. Set ',
    ...settings.flatMap((name, index) => (index === 0 ? [name] : [index === 1 ? ', ' : ' and ', name])),
    ' to publish your own.',
  );
  fill(banner, h('div', { class: 'banner-inner' }, text, authenticated ? change : null));
}
