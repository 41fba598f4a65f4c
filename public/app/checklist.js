/** @import { Health, Session } from './types.js' */
import { api } from './api.js';
import { isPrivateAddress } from '../feeds/apps.js';
import { fill, focusHeading, h, refresh } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { ago } from '../ui/time.js';

/** What is left to do after the first login. Shown with the calendars until everything is done. */

/** Set in this browser when the list is done or hidden. */
const HIDDEN = 'plane-ics-checklist';

/** @typedef {{ session: Session, health: Health | null, hasLink: boolean }} Facts */
/** @typedef {{ name: string, isDone: boolean, text: import('../ui/dom.js').Children }} Step */

/**
 * Returns the list, or null when there is nothing left to do. `update` shows what was done since.
 *
 * @param {Session} session
 * @param {Health | null} health
 * @returns {Promise<{ element: HTMLElement, update: (health: Health) => Promise<void> } | null>}
 */
export async function checklist(session, health) {
  if (session.demo || session.role === 'member' || isHidden()) return null;
  let hasLink = await findLink();
  const first = stepsOf({ session, health, hasLink });
  if (first.every(({ isDone }) => isDone)) {
    hide();
    return null;
  }
  const list = h('ul', { class: 'steps-list' });
  const close = h('button', { type: 'button', class: 'quiet small' }, 'Hide');
  const element = h(
    'section',
    { class: 'panel checklist', 'aria-labelledby': 'checklist-name' },
    h('div', { class: 'title-row' }, h('h2', { id: 'checklist-name' }, 'Get started'), close),
    list,
  );
  close.addEventListener('click', () => {
    hide();
    element.remove();
    focusHeading();
  });
  fill(list, ...first.map(stepRow));
  return {
    element,
    // The list stays until the view is opened again: nothing moves under a click.
    update: async (next) => {
      hasLink ||= await findLink();
      const latest = await api.session().catch(() => session);
      refresh(list, ...stepsOf({ session: latest, health: next, hasLink }).map(stepRow));
    },
  };
}

async function findLink() {
  const links = await api.links().catch(() => []);
  return links.some(({ revoked }) => revoked === null);
}

/** @param {Facts} facts @returns {Step[]} */
function stepsOf({ session, health, hasLink }) {
  return [planeStep(health), addressStep(session), webhookStep(health), linkStep(hasLink)];
}

/** @param {Health | null} health @returns {Step} */
function planeStep(health) {
  const isDone = health?.metrics.plane_api_connection === 'ok';
  const text = isDone
    ? 'The last request succeeded.'
    : ['Plane hasn’t answered yet. ', h('a', { href: '#/status' }, 'View status')];
  return { name: 'Connect Plane', isDone, text };
}

/** @param {Session} session @returns {Step} */
function addressStep({ public_url: url = location.href, reached_from_outside: reached = null }) {
  const name = 'Make the address reachable';
  if (reached !== null) return { name, isDone: true, text: ['Reached from outside ', ago(reached), '.'] };
  const address = h('code', {}, url);
  const text = isPrivateAddress(url)
    ? [address, ' works only on this machine or network. Google and Outlook need PUBLIC_URL to be a public address.']
    : ['No request from outside has reached ', address, ' yet. Open it on a phone with Wi-Fi off to test it.'];
  return { name, isDone: false, text };
}

/** @param {Health | null} health @returns {Step} */
function webhookStep(health) {
  const { secret = null, last_delivery: last = null } = health?.webhook ?? {};
  const name = 'Add a webhook';
  const setUp = h('a', { href: '#/status' }, 'Set it up');
  if (secret === null) return { name, isDone: false, text: ['Changes then show within seconds, not minutes. ', setUp] };
  if (last !== null) return { name, isDone: true, text: ['Last delivery ', ago(last), '.'] };
  return { name, isDone: false, text: 'No deliveries yet. Change something in Plane to test it.' };
}

/** @param {boolean} isDone @returns {Step} */
function linkStep(isDone) {
  const text = isDone ? h('a', { href: '#/links' }, 'View your links') : 'Choose a calendar below, then send its link.';
  return { name: 'Create a link', isDone, text };
}

/** @param {Step} step */
function stepRow({ name, isDone, text }) {
  const mark = isDone ? icon('check') : h('span', { class: 'open-step', 'aria-hidden': 'true' });
  const state = h('span', { class: 'visually-hidden' }, isDone ? 'Done: ' : 'To do: ');
  return h(
    'li',
    { class: isDone ? 'is-done' : '' },
    mark,
    h('div', {}, h('p', { class: 'step-name' }, state, name), h('p', { class: 'hint' }, text)),
  );
}

function isHidden() {
  try {
    return localStorage.getItem(HIDDEN) !== null;
  } catch {
    return false;
  }
}

function hide() {
  try {
    localStorage.setItem(HIDDEN, 'yes');
  } catch {
    // Without storage, the list is shown again next time.
  }
}
