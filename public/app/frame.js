/** @import { Session } from './types.js' */
import { api } from './api.js';
import { fill, h } from '../ui/dom.js';
import { mark } from '../ui/icons.js';
import { busy, showToast } from '../ui/notice.js';

/** The header and the demo banner, shown on every view. */

const NAVIGATION = [
  { href: '#/calendars', label: 'Calendars', views: ['calendars', 'new'] },
  { href: '#/links', label: 'Links', views: ['links', 'link'] },
  { href: '#/sources', label: 'Sources', views: ['sources', 'source-new', 'source'] },
  { href: '#/timesheet', label: 'Timesheet', views: ['timesheet'] },
  { href: '#/mirrors', label: 'Mirrors', views: ['mirrors', 'mirror-new', 'mirror'] },
  { href: '#/status', label: 'Status', views: ['status'] },
];
const MEMBER_NAVIGATION = [
  { href: '#/calendars', label: 'Calendars', views: ['calendars'] },
  { href: '#/new', label: 'New link', views: ['new'] },
  { href: '#/links', label: 'My links', views: ['links', 'link'] },
  { href: '#/timesheet', label: 'Timesheet', views: ['timesheet'] },
];

/** The entries for an administrator, or for a member. @param {Session | null} session */
function entriesOf(session) {
  if (session?.role === 'member') return MEMBER_NAVIGATION;
  return session?.self_service ? [...NAVIGATION, { href: '#/people', label: 'People', views: ['people'] }] : NAVIGATION;
}

/**
 * Draws the header.
 *
 * @param {object} params
 * @param {string | null} params.view the open view; null when nobody is logged in
 * @param {string} [params.base] the address of the page, where this is another one
 * @param {Session | null} [params.session]
 * @param {() => unknown} [params.logOut]
 */
export function drawHeader({ view, base = '', session = null, logOut }) {
  const header = /** @type {HTMLElement} */ (document.getElementById('header'));
  const home = h(
    'a',
    { class: 'brand', href: `${base}#/calendars`, 'aria-label': 'plane-ics' },
    mark(),
    h('span', {}, 'plane-ics'),
  );
  const entries =
    view === 'docs' ? [...NAVIGATION, { href: 'docs', label: 'API', views: ['docs'] }] : entriesOf(session);
  const items = entries.map(({ href, label, views }) => {
    const address = href.startsWith('#') ? `${base}${href}` : href;
    const isCurrent = view !== null && views.includes(view);
    return h('li', {}, h('a', { href: address, 'aria-current': isCurrent ? 'page' : null }, label));
  });
  const out = logOut ? h('button', { type: 'button', class: 'quiet', onclick: logOut }, 'Log out') : null;
  const nav = h('nav', { 'aria-label': 'Main' }, h('ul', {}, ...items));
  fill(header, h('div', { class: 'header-inner' }, home, view === null ? null : [nav, out]));
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
