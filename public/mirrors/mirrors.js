/** @import { Mirror, Project, Session, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h, poll } from '../ui/dom.js';
import { mirrors } from './api.js';
import { stateLine, whereWords } from './words.js';
import { load } from '../ui/notice.js';
import { optionsInWords, scopeInWords } from '../ui/words.js';

/** Every mirror, and how it is doing. @param {ViewContext} context @returns {View} */
export function mirrorsView({ session, signal }) {
  const region = h('div', { class: 'stack' });
  const add = h('a', { class: 'button', href: '#/mirrors/new' }, 'New mirror');
  const element = h('div', { class: 'narrow' }, h('div', { class: 'title-row' }, h('h1', {}, 'Mirrors'), add), region);
  const work = () => Promise.all([mirrors.all(), api.projects().catch(() => [])]);
  /** @type {ReturnType<typeof mirrorRow>[]} */
  let rows = [];
  void load(region, work, ([all, projects]) => draw(all, projects), signal);
  const look = async () => {
    const all = await mirrors.all().catch(() => null);
    if (all) for (const row of rows) row.tell(all);
  };
  poll(look, 5000, signal);
  return { title: 'Mirrors', element };

  /** @param {Mirror[]} all @param {Project[]} projects */
  function draw(all, projects) {
    add.hidden = all.length === 0;
    if (all.length === 0) return empty();
    rows = all.map((mirror) => mirrorRow(mirror, projects, session));
    return h('ul', { class: 'rows' }, ...rows.map(({ row }) => row));
  }
}

function empty() {
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, 'No mirrors yet.'),
    h(
      'p',
      { class: 'hint' },
      'A mirror copies a calendar into one on a CalDAV server, such as Nextcloud, iCloud or Fastmail, and keeps the copy equal to Plane. ',
      'Changes are there in seconds where programs look at a link only every few hours, as Google does, and task apps can use it. ',
      'Your own events in that calendar are never changed or deleted.',
    ),
    h('p', {}, h('a', { class: 'button primary', href: '#/mirrors/new' }, 'New mirror')),
  );
}

/** @param {Mirror} mirror @param {Project[]} projects @param {Session} session */
function mirrorRow(mirror, projects, session) {
  const { id, name, scope, options } = mirror;
  const path = `#/mirrors/${encodeURIComponent(id)}`;
  const words = [scopeInWords(scope, projects), ...optionsInWords(options, session.defaults ?? {})].join(' · ');
  const state = h('div', { class: 'fetches' });
  const open = h('a', { class: 'button', href: path });
  const tell = (/** @type {Mirror} */ next) => {
    fill(state, stateLine(next));
    const asks = next.held_back !== null && next.held_back.digest !== null;
    open.textContent = asks ? 'Decide' : 'Open';
    open.setAttribute('aria-label', `${open.textContent}: ${name}`);
  };
  tell(mirror);
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
    tell: (/** @type {Mirror[]} */ all) => {
      const next = all.find((one) => one.id === id);
      if (next) tell(next);
    },
  };
}
