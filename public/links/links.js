/** @import { Link, Project, Session, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { foreign, h, newId, poll, refresh } from '../ui/dom.js';
import { busy, load, note } from '../ui/notice.js';
import { revoke, rotate } from './revoke.js';
import { ago, LOCALE } from '../ui/time.js';
import { fetchInWords, lastFetchInWords, optionsInWords, scopeInWords } from '../ui/words.js';

/** With more links than this, a search field is shown. */
const SEARCH_THRESHOLD = 8;
const dayFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const timeFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });

/** All links: what they show, and who subscribes to them. @param {ViewContext} context @returns {View} */
export function linksView({ session, signal }) {
  const region = h('div', { class: 'stack' });
  const add = h('a', { class: 'button', href: '#/new' }, 'New link');
  const element = h('div', { class: 'narrow' }, h('div', { class: 'title-row' }, h('h1', {}, 'Links'), add), region);
  const loadAll = () => Promise.all([api.links(), api.projects().catch(() => [])]);
  /** @type {ReturnType<typeof linkCard>[]} */
  let cards = [];
  /** @returns {Promise<void>} */
  const reload = () => load(region, loadAll, ([links, projects]) => draw(links, projects), signal);
  const update = async () => {
    const links = await api.links().catch(() => null);
    if (links) for (const card of cards) card.update(links);
  };
  void reload();
  poll(update, 15_000, signal);
  return { title: 'Links', element };

  /** @param {Link[]} links @param {Project[]} projects @returns {import('../ui/dom.js').Child[]} */
  function draw(links, projects) {
    const active = links.filter(({ revoked }) => revoked === null).sort((a, b) => (a.created < b.created ? 1 : -1));
    const revokedLinks = links.filter(({ revoked }) => revoked !== null);
    /** @type {Map<string, number>} */
    const names = new Map();
    for (const { name } of active) names.set(name, (names.get(name) ?? 0) + 1);
    cards = active.map((link) => {
      const isNamesake = (names.get(link.name) ?? 0) > 1;
      return linkCard(link, { isNamesake, projects, session, reload });
    });
    return [
      active.length > SEARCH_THRESHOLD ? searchField(cards) : null,
      active.length === 0 ? empty() : h('ul', { class: 'rows' }, ...cards.map(({ row }) => row)),
      revokedLinks.length === 0 ? null : revokedList(revokedLinks, projects),
    ];
  }
}

function empty() {
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, 'No links yet.'),
    h(
      'p',
      { class: 'hint' },
      'A link is the address of a calendar. Create one for each person or device, so that each can be changed or revoked separately.',
    ),
    h('p', {}, h('a', { class: 'button primary', href: '#/calendars' }, 'Choose a calendar')),
  );
}

/** @param {Link} link @param {{ isNamesake: boolean, projects: Project[], session: Session, reload: () => unknown }} params isNamesake: another link has the same name */
function linkCard(link, { isNamesake, projects, session, reload }) {
  const { id, name, scope, options, size, created } = link;
  const path = `#/links/${encodeURIComponent(id)}`;
  const words = [scopeInWords(scope, projects), ...optionsInWords(options, session.defaults ?? {})].join(' · ');
  // Links of one name may have been created on one day.
  const day = (isNamesake ? timeFormat : dayFormat).format(new Date(created));
  const named = isNamesake ? `${name}, created ${day}` : name;
  const access = h('div', { class: 'access' });
  const update = (/** @type {Link} */ { fetches, last_fetch: last, ...rest }) => {
    const [, ...others] = fetches;
    const more = h(
      'details',
      { class: 'disclosure' },
      h('summary', {}, `${others.length} more`),
      h('ul', { class: 'plain' }, ...others.map((one) => h('li', {}, fetchInWords(one)))),
    );
    more.open = access.querySelector('details')?.open ?? false;
    refresh(access, lastFetchInWords({ ...rest, fetches, last_fetch: last }), others.length > 0 ? more : null);
  };
  update(link);
  const rotateButton = h(
    'button',
    { type: 'button', class: 'quiet', 'aria-label': `New address for ${named}` },
    'New address',
  );
  rotateButton.addEventListener('click', () =>
    busy(rotateButton, () => rotate(link, { session, projects, done: reload })),
  );
  const revokeButton = h('button', { type: 'button', class: 'quiet risky', 'aria-label': `Revoke ${named}` }, 'Revoke');
  revokeButton.addEventListener('click', () => busy(revokeButton, () => revoke(link, reload)));
  const row = h(
    'li',
    { class: 'row link-card' },
    h(
      'div',
      { class: 'row-text' },
      h('h2', { class: 'row-title' }, h('a', { href: path }, foreign(name))),
      h('p', { class: 'row-state', dir: 'auto' }, words),
      h('p', { class: 'row-state' }, `Created ${day}`),
      access,
      size?.warning ? note('warn', size.warning) : null,
    ),
    h(
      'div',
      { class: 'row-actions' },
      h('a', { class: 'button quiet', href: path, 'aria-label': `Edit ${named}` }, 'Edit'),
      rotateButton,
      revokeButton,
    ),
  );
  return {
    row,
    text: `${name} ${words}`.toLocaleLowerCase(),
    update: (/** @type {Link[]} */ links) => {
      const next = links.find((one) => one.id === id);
      if (next) update(next);
    },
  };
}

/** @param {{ row: HTMLElement, text: string }[]} cards */
function searchField(cards) {
  const id = newId('filter');
  const input = h('input', { id, type: 'search', placeholder: 'Name, project, person…', autocomplete: 'off' });
  input.addEventListener('input', () => {
    const typed = input.value.trim().toLocaleLowerCase();
    for (const { row, text } of cards) row.hidden = !text.includes(typed);
  });
  return h('div', { class: 'field' }, h('label', { for: id }, 'Find a link'), input);
}

/** @param {Link[]} links @param {Project[]} projects */
function revokedList(links, projects) {
  const rows = links.map(({ name, scope, revoked }) =>
    h(
      'li',
      { class: 'row' },
      h(
        'div',
        { class: 'row-text' },
        h('h3', { class: 'row-title' }, foreign(name)),
        h('p', { class: 'row-state', dir: 'auto' }, `${scopeInWords(scope, projects)} · revoked `, ago(revoked ?? '')),
      ),
    ),
  );
  return h(
    'details',
    { class: 'disclosure' },
    h('summary', {}, `Revoked (${links.length})`),
    h('ul', { class: 'rows' }, ...rows),
  );
}
