/** @import { Session, View, ViewContext } from './types.js' */
import { api, messageOf, sessionEnded } from './api.js';
import { drawBanner, drawHeader } from './frame.js';
import { resetHealth } from './health.js';
import { watchOutages } from './outage.js';
import { fill, focusHeading, h } from '../ui/dom.js';
import { canLeave } from './unsaved.js';
import { announce, hideProblem, note } from '../ui/notice.js';
import { loginView } from './login.js';

/** Views load on first use. @type {Record<string, () => Promise<(context: ViewContext) => View>>} */
const VIEWS = {
  calendars: async () => (await import('../feeds/calendars.js')).calendarsView,
  new: async () => (await import('../links/new-link.js')).buildView,
  links: async () => (await import('../links/list/links.js')).linksView,
  link: async () => (await import('../links/link.js')).linkView,
  mirrors: async () => (await import('../mirrors/mirrors.js')).mirrorsView,
  'mirror-new': async () => (await import('../mirrors/new/wizard.js')).mirrorNewView,
  mirror: async () => (await import('../mirrors/mirror.js')).mirrorView,
  sources: async () => (await import('../sources/sources.js')).sourcesView,
  'source-new': async () => (await import('../sources/new-source.js')).newSourceView,
  source: async () => (await import('../sources/source.js')).sourceView,
  timesheet: async () => (await import('../timesheet/timesheet.js')).timesheetView,
  people: async () => (await import('../members/people.js')).peopleView,
  status: async () => (await import('../status/status.js')).statusView,
};

/** Views whose URL fragment is their name. */
const NAMED_VIEWS = ['calendars', 'new', 'links', 'sources', 'timesheet', 'mirrors', 'people', 'status'];

/** Views of one thing of a list, by the name of the list; each has a view for a new one. @type {Record<string, string>} */
const SINGLE_VIEWS = { mirrors: 'mirror', sources: 'source' };

/** The views that a member who signed in has in common with the administrator. */
const SHARED_VIEWS = ['new', 'links', 'link', 'timesheet'];

/** Loads a view for the role of the session. @param {string} name */
async function loadView(name) {
  if (session?.authenticated !== true) return undefined;
  if (session.role !== 'member' || name !== 'calendars') return VIEWS[name]?.();
  return (await import('../members/calendars.js')).memberCalendarsView;
}

const main = /** @type {HTMLElement} */ (document.getElementById('main'));
/** Aborted when another view opens. */
let viewLifetime = new AbortController();
/** Aborted when the session ends. */
let sessionLifetime = new AbortController();
/** @type {Session | null} */
let session = null;
/** The URL of the open view. */
let currentUrl = '';

/** Returns the view and the id in the URL fragment. */
function route() {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name = '', id] = path.split('/');
  if (name === 'links' && id) return { name: 'link', id: decodeURIComponent(id), query };
  const single = SINGLE_VIEWS[name];
  if (single && id === 'new') return { name: `${single}-new`, id: '', query };
  if (single && id) return { name: single, id: decodeURIComponent(id), query };
  return { name: NAMED_VIEWS.includes(name) ? name : 'calendars', id: '', query };
}

/** The same for a session: what a member has no view of is their start page. @param {Session | null} current */
function routeFor(current) {
  const to = route();
  const isClosed = current?.role === 'member' && !SHARED_VIEWS.includes(to.name);
  return isClosed ? { ...to, name: 'calendars' } : to;
}

/** Opens the view of the current URL. @param {{ focus: boolean, reason?: string }} params reason: shown on the login form */
async function show({ focus, reason = '' }) {
  viewLifetime.abort();
  viewLifetime = new AbortController();
  announce('');
  currentUrl = location.href;
  const { name, id, query } = routeFor(session);
  const context = {
    session: /** @type {Session} */ (session),
    query: new URLSearchParams(query),
    id,
    signal: viewLifetime.signal,
  };
  const isLoggedIn = session?.authenticated === true;
  const createView = await loadView(name);
  if (context.signal.aborted) return;
  const view = createView?.(context) ?? loginView(context, { reason, done: boot });
  document.title = `${view.title} · plane-ics`;
  drawHeader({ view: isLoggedIn ? name : null, session, logOut });
  drawBanner(context.session);
  followHealth(isLoggedIn);
  hideProblem();
  main.dataset.view = isLoggedIn ? name : 'login';
  fill(main, view.element);
  if (view.focus) view.focus.focus();
  else if (focus) {
    scrollTo(0, 0);
    focusHeading();
  }
}

let isFollowing = false;
/** Shows outages while an administrator is logged in. @param {boolean} isLoggedIn */
function followHealth(isLoggedIn) {
  const isAdmin = isLoggedIn && session?.role !== 'member';
  if (isAdmin === isFollowing) return;
  isFollowing = isAdmin;
  sessionLifetime.abort();
  sessionLifetime = new AbortController();
  resetHealth(isAdmin);
  if (isAdmin) watchOutages(sessionLifetime.signal);
}

/** Loads the session and opens the view. @param {{ focus?: boolean }} [params] */
async function boot({ focus = false } = {}) {
  try {
    session = await api.session();
    await show({ focus });
  } catch (error) {
    showError(error);
  }
}

/** @param {unknown} error */
function showError(error) {
  const retry = h('button', { type: 'button', onclick: () => location.reload() }, 'Try again');
  fill(main, h('h1', {}, 'plane-ics'), note('bad', h('p', {}, messageOf(error)), h('p', {}, retry)));
}

async function logOut() {
  if (!(await canLeave())) return;
  await api.logOut().catch(() => undefined);
  if (session) session = { ...session, authenticated: false };
  location.hash = '#/calendars';
  await boot({ focus: true });
}

sessionEnded.addEventListener('end', () => {
  if (!session?.authenticated) return;
  session = { ...session, authenticated: false };
  void show({ focus: true, reason: 'Your session has ended. Log in again to continue.' });
});
addEventListener('hashchange', async () => {
  if (!session) return;
  if (await canLeave()) await show({ focus: true }).catch(showError);
  else if (location.href !== currentUrl) history.pushState(null, '', currentUrl);
});
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  focusHeading();
});

void boot();
