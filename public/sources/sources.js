/** @import { CalendarSource, View, ViewContext } from '../app/types.js' */
import { dotVars } from '../ui/colors.js';
import { fill, foreign, h, poll, refresh } from '../ui/dom.js';
import { load } from '../ui/notice.js';
import { readButton, removalNote } from './actions.js';
import { sources } from './api.js';
import { contentInWords, stateLine } from './words.js';

const POLL_MS = 10_000;

/** All sources with their status. @param {ViewContext} context @returns {View} */
export function sourcesView({ signal }) {
  const region = h('div', { class: 'stack' });
  const add = h('a', { class: 'button', href: '#/sources/new' }, 'New source');
  const element = h('div', { class: 'narrow' }, h('div', { class: 'title-row' }, h('h1', {}, 'Sources'), add), region);
  /** @type {ReturnType<typeof sourceRow>[]} */
  let rows = [];
  void load(region, sources.all, draw, signal);
  const update = async () => {
    const all = await sources.all().catch(() => []);
    for (const row of rows) row.update(all);
  };
  poll(update, POLL_MS, signal);
  return { title: 'Sources', element };

  /** @param {CalendarSource[]} all */
  function draw(all) {
    add.hidden = all.length === 0;
    if (all.length === 0) return empty();
    rows = all.map(sourceRow);
    return h('ul', { class: 'rows' }, ...rows.map(({ row }) => row));
  }
}

function empty() {
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, 'No sources yet.'),
    h(
      'p',
      { class: 'hint' },
      'A source is a calendar that isn’t Plane’s, such as public holidays, a room or a team calendar. ',
      'Links and mirrors can include it beside your projects, or publish it alone. It is only read, never changed.',
    ),
    h('p', {}, h('a', { class: 'button primary', href: '#/sources/new' }, 'New source')),
  );
}

/** @param {CalendarSource} source */
function sourceRow(source) {
  const { id, name, color } = source;
  const path = `#/sources/${encodeURIComponent(id)}`;
  const contents = h('p', { class: 'row-state' });
  const state = h('div', { class: 'access' });
  const removal = h('div', { class: 'source-removal' });
  /** @param {CalendarSource} next */
  const show = (next) => {
    refresh(contents, contentInWords(next));
    refresh(state, stateLine(next));
    refresh(removal, removalNote(next, showApplied));
  };
  /** The button that had the focus is gone then. @param {CalendarSource} next */
  const showApplied = (next) => {
    fill(removal);
    show(next);
    title.focus();
  };
  const title = h('a', { href: path, class: 'with-dot', vars: dotVars(color) }, foreign(name));
  show(source);
  const query = new URLSearchParams({ calendar: id });
  const get = h('a', { class: 'button', href: `#/new?${query}`, 'aria-label': `Get link: ${name}` }, 'Get link');
  const row = h(
    'li',
    { class: 'row link-card source-row' },
    h('div', { class: 'row-text' }, h('h2', { class: 'row-title' }, title), contents, state, removal),
    h('div', { class: 'row-actions' }, readButton(source, show), get),
  );
  return {
    row,
    update: (/** @type {CalendarSource[]} */ all) => {
      const next = all.find((one) => one.id === id);
      if (next) show(next);
    },
  };
}
