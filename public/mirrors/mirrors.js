/** @import { Mirror, Project, Session, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { delayInWords } from '../app/health.js';
import { fill, foreign, h, poll } from '../ui/dom.js';
import { mirrors } from './api.js';
import { stateLine, whereWords } from './words.js';
import { load } from '../ui/notice.js';
import { feedInWords } from '../ui/words.js';

/** All mirrors with their status. @param {ViewContext} context @returns {View} */
export function mirrorsView({ session, signal }) {
  const region = h('div', { class: 'stack' });
  const add = h('a', { class: 'button', href: '#/mirrors/new' }, 'New mirror');
  const element = h('div', { class: 'narrow' }, h('div', { class: 'title-row' }, h('h1', {}, 'Mirrors'), add), region);
  const loadAll = () => Promise.all([mirrors.all(), api.projects().catch(() => [])]);
  /** @type {ReturnType<typeof mirrorRow>[]} */
  let rows = [];
  void load(region, loadAll, ([all, projects]) => draw(all, projects), signal);
  const refresh = async () => {
    const all = await mirrors.all().catch(() => null);
    if (all) for (const row of rows) row.update(all);
  };
  poll(refresh, 5000, signal);
  return { title: 'Mirrors', element };

  /** @param {Mirror[]} all @param {Project[]} projects */
  function draw(all, projects) {
    add.hidden = all.length === 0;
    if (all.length === 0) return empty(delayInWords(session));
    rows = all.map((mirror) => mirrorRow(mirror, projects, session));
    return h('ul', { class: 'rows' }, ...rows.map(({ row }) => row));
  }
}

/** @param {string} delay such as "within seconds" */
function empty(delay) {
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, 'No mirrors yet.'),
    h(
      'p',
      { class: 'hint' },
      'A mirror copies a calendar to a CalDAV server, such as Nextcloud, iCloud or Fastmail, and keeps the copy up to date. ',
      `Changes appear ${delay}, even in apps that refresh a link only every few hours, and task apps can use it too. `,
      'Your own events in that calendar are never changed or deleted.',
    ),
    h('p', {}, h('a', { class: 'button primary', href: '#/mirrors/new' }, 'New mirror')),
  );
}

/** @param {Mirror} mirror @param {Project[]} projects @param {Session} session */
function mirrorRow(mirror, projects, session) {
  const { id, name } = mirror;
  const path = `#/mirrors/${encodeURIComponent(id)}`;
  const words = feedInWords(mirror, projects, session.defaults ?? {});
  const state = h('div', { class: 'access' });
  const open = h('a', { class: 'button', href: path });
  const update = (/** @type {Mirror} */ next) => {
    fill(state, stateLine(next));
    const needsReview = next.held_back !== null && next.held_back.digest !== null;
    open.textContent = needsReview ? 'Review' : 'Open';
    open.setAttribute('aria-label', `${open.textContent}: ${name}`);
  };
  update(mirror);
  const row = h(
    'li',
    { class: 'row' },
    h(
      'div',
      { class: 'row-text' },
      h('h2', { class: 'row-title' }, h('a', { href: path }, foreign(name))),
      h('p', { class: 'row-state', dir: 'auto' }, `${words} · ${whereWords(mirror)}`),
      state,
    ),
    open,
  );
  return {
    row,
    update: (/** @type {Mirror[]} */ all) => {
      const next = all.find((one) => one.id === id);
      if (next) update(next);
    },
  };
}
