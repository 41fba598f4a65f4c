/** @import { Session } from './types.js' */
import { api } from './api.js';
import { fill, h } from '../ui/dom.js';
import { mark } from '../ui/icons.js';
import { busy, say } from '../ui/notice.js';

/** What stands around every view. */

const NAVIGATION = [
  { href: '#/calendars', label: 'Calendars', views: ['calendars', 'new'] },
  { href: '#/links', label: 'Links', views: ['links', 'link'] },
  { href: '#/mirrors', label: 'Mirrors', views: ['mirrors', 'mirror-new', 'mirror'] },
  { href: '#/status', label: 'Status', views: ['status'] },
];

/** The bar on top. @param {string | null} view null for who is not logged in @param {() => unknown} logOut */
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

/** That the data is made up, and a way to see it change. @param {Session} session */
export function drawBanner({ demo, authenticated }) {
  const banner = /** @type {HTMLElement} */ (document.getElementById('banner'));
  banner.hidden = !demo;
  if (!demo) return;
  const change = h('button', { type: 'button', class: 'small' }, 'Change something in Plane');
  change.addEventListener('click', () =>
    busy(change, async () => {
      const changed = await api.changeDemo();
      const what = changed?.key ? `${changed.key} was changed in Plane.` : 'A work item was changed in Plane.';
      say(`${what} Its calendar follows at once.`);
      setTimeout(() => document.dispatchEvent(new Event('plane-changed')), 1200);
    }),
  );
  const settings = ['PLANE_URL', 'PLANE_API_KEY', 'PLANE_WORKSPACE'].map((name) => h('code', {}, name));
  const text = h(
    'p',
    {},
    h('strong', {}, 'DEMO'),
    ' The data is made up. Set ',
    ...settings.flatMap((one, at) => (at === 0 ? [one] : [at === 1 ? ', ' : ' and ', one])),
    ' to publish yours.',
  );
  fill(banner, h('div', { class: 'banner-inner' }, text, authenticated ? change : null));
}
