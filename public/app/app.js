/** @import { Session, View, ViewContext } from './types.js' */
import { api, messageOf, sessionEnded } from './api.js';
import { drawBanner, drawHeader } from './frame.js';
import { fill, h } from '../ui/dom.js';
import { mayLeave } from './unsaved.js';
import { note } from '../ui/notice.js';
import { loginView } from './login.js';

/** Each view comes when it is first asked for. @type {Record<string, () => Promise<(context: ViewContext) => View>>} */
const VIEWS = {
  calendars: async () => (await import('../feeds/calendars.js')).calendarsView,
  new: async () => (await import('../links/new-link.js')).buildView,
  links: async () => (await import('../links/links.js')).linksView,
  link: async () => (await import('../links/link.js')).linkView,
  mirrors: async () => (await import('../mirrors/mirrors.js')).mirrorsView,
  'mirror-new': async () => (await import('../mirrors/new-mirror.js')).mirrorNewView,
  mirror: async () => (await import('../mirrors/mirror.js')).mirrorView,
  status: async () => (await import('../status/status.js')).statusView,
};

/** Those that are at an address of their own name. */
const PLAIN = ['calendars', 'new', 'links', 'mirrors', 'status'];

const main = /** @type {HTMLElement} */ (document.getElementById('main'));
let leave = new AbortController();
/** @type {Session | null} */
let session = null;
/** The address of what is shown. */
let shown = '';

/** The view and what it is of, by the address. */
function route() {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name = '', id] = path.split('/');
  if (name === 'links' && id) return { name: 'link', id: decodeURIComponent(id), query };
  if (name === 'mirrors' && id === 'new') return { name: 'mirror-new', id: '', query };
  if (name === 'mirrors' && id) return { name: 'mirror', id: decodeURIComponent(id), query };
  return { name: PLAIN.includes(name) ? name : 'calendars', id: '', query };
}

/** @param {{ focus: boolean, because?: string }} how */
async function show({ focus, because = '' }) {
  leave.abort();
  leave = new AbortController();
  shown = location.href;
  const { name, id, query } = route();
  const context = {
    session: /** @type {Session} */ (session),
    query: new URLSearchParams(query),
    id,
    signal: leave.signal,
  };
  const isIn = session?.authenticated === true;
  const makeView = isIn ? await VIEWS[name]?.() : undefined;
  if (context.signal.aborted) return;
  const view = makeView?.(context) ?? loginView(context, { because, done: boot });
  document.title = `${view.title} · plane-ics`;
  drawHeader(isIn ? name : null, logOut);
  drawBanner(context.session);
  main.dataset.view = isIn ? name : 'login';
  fill(main, view.element);
  if (!focus) return;
  scrollTo(0, 0);
  const heading = main.querySelector('h1');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus({ preventScroll: true });
}

/** @param {{ focus?: boolean }} [how] */
async function boot({ focus = false } = {}) {
  try {
    session = await api.session();
    await show({ focus });
  } catch (error) {
    failed(error);
  }
}

/** @param {unknown} error */
function failed(error) {
  const retry = h('button', { type: 'button', onclick: () => location.reload() }, 'Try again');
  fill(main, h('h1', {}, 'plane-ics'), note('bad', h('p', {}, messageOf(error)), h('p', {}, retry)));
}

async function logOut() {
  if (!(await mayLeave())) return;
  await api.logOut().catch(() => undefined);
  if (session) session = { ...session, authenticated: false };
  location.hash = '#/calendars';
  await boot({ focus: true });
}

sessionEnded.addEventListener('end', () => {
  if (!session?.authenticated) return;
  session = { ...session, authenticated: false };
  void show({ focus: true, because: 'Your log-in has ended. Log in again to go on.' });
});
addEventListener('hashchange', async () => {
  if (!session) return;
  if (await mayLeave()) await show({ focus: true }).catch(failed);
  else if (location.href !== shown) history.pushState(null, '', shown);
});
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  const heading = main.querySelector('h1');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
});

void boot();
