/** @import { Link, Project, Session, View, ViewContext } from '../../app/types.js' */
/** @import { Order } from './search.js' */
import { api } from '../../app/api.js';
import { debounced, fill, focusHeading, h, newId, poll } from '../../ui/dom.js';
import { picker } from '../../ui/fields.js';
import { load } from '../../ui/notice.js';
import { count, number } from '../../ui/time.js';
import { linkCard } from './card.js';
import { moreButton, PAGE } from './more.js';
import { revokedList } from './revoked.js';
import { createSearch, namesakes, ORDERS, sorted } from './search.js';

/** With more links than this, they can be searched and sorted. */
const SEARCH_THRESHOLD = 5;
const POLL_MS = 15_000;
/** Long lists are loaded less often: one second more for each of so many links. */
const LINKS_A_SECOND = 100;

/** All links: what they show, and who subscribes to them. @param {ViewContext} context @returns {View} */
export function linksView({ session, signal }) {
  const region = h('div', { class: 'stack' });
  const title = session.role === 'member' ? 'My links' : 'Links';
  const add = h('a', { class: 'button', href: '#/new' }, 'New link');
  const element = h('div', { class: 'narrow' }, h('div', { class: 'title-row' }, h('h1', {}, title), add), region);
  const loadAll = () => Promise.all([api.links(), api.projects().catch(() => [])]);
  void load(region, loadAll, ([links, projects]) => draw(links, projects), signal);
  return { title, element };

  /** @param {Link[]} links @param {Project[]} projects */
  function draw(links, projects) {
    const active = links.filter(({ revoked }) => revoked === null);
    const revoked = links.filter(({ revoked: at }) => at !== null);
    const current = h('div', { class: 'stack' });
    const old = h('div', {});
    const drawOld = () => fill(old, revokedList(revoked, projects));
    const list = activeList(active, projects, {
      session,
      removed: (link, isLast) => {
        revoked.unshift({ ...link, revoked: new Date().toISOString() });
        drawOld();
        if (isLast) fill(current, empty());
      },
    });
    fill(current, ...(active.length === 0 ? [empty()] : list.elements));
    drawOld();
    let due = 0;
    const update = () => {
      if (Date.now() < due) return;
      due = Date.now() + (links.length / LINKS_A_SECOND) * 1000;
      void list.reload();
    };
    poll(update, POLL_MS, signal);
    return [current, old];
  }
}

/**
 * The links that were not revoked, a page at a time.
 *
 * @param {Link[]} first
 * @param {Project[]} projects
 * @param {{ session: Session, removed: (link: Link, isLast: boolean) => unknown }} params removed: called when one was revoked here
 */
function activeList(first, projects, { session, removed }) {
  let links = first;
  /** @type {{ order: Order, typed: string, limit: number }} */
  let shown = { order: 'newest', typed: '', limit: PAGE };
  let ordered = sorted(links, shown.order);
  const search = createSearch(projects, session.defaults ?? {});
  const sameNames = namesakes(links);
  /** @type {Map<string, ReturnType<typeof linkCard>>} */
  const cards = new Map();
  const rows = h('ul', { class: 'rows' });
  const found = h('p', { class: 'hint found', role: 'status' });
  const more = moreButton(() => {
    const { length } = rows.children;
    show({ limit: shown.limit + PAGE });
    rows.children[length]?.querySelector('a')?.focus();
  });

  /** @param {Link} link */
  function cardOf(link) {
    const known = cards.get(link.id);
    if (known) return known;
    const card = linkCard(link, {
      isNamesake: sameNames.has(link.id),
      projects,
      session,
      reload,
      removed: () => remove(link),
    });
    cards.set(link.id, card);
    return card;
  }

  function draw() {
    const matching = search(ordered, shown.typed);
    fill(rows, ...matching.slice(0, shown.limit).map((link) => cardOf(link).row));
    rows.hidden = matching.length === 0;
    more.update(matching.length - shown.limit);
    found.textContent = foundInWords(matching.length, links.length);
  }

  /** @param {Partial<typeof shown>} part */
  function show(part) {
    shown = { ...shown, limit: PAGE, ...part };
    if (part.order) ordered = sorted(links, part.order);
    draw();
  }

  /** @param {Link} link */
  function remove(link) {
    const { row } = cardOf(link);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    links = links.filter(({ id }) => id !== link.id);
    ordered = ordered.filter(({ id }) => id !== link.id);
    draw();
    removed(link, links.length === 0);
    const target = next?.isConnected ? next.querySelector('a') : null;
    if (target) target.focus();
    else focusHeading();
  }

  /** Shows what apps have fetched since. Nothing moves: rows keep their order. */
  async function reload() {
    const latest = await api.links().catch(() => []);
    const byId = new Map(latest.map((link) => [link.id, link]));
    links = links.map((link) => byId.get(link.id) ?? link);
    ordered = ordered.map((link) => byId.get(link.id) ?? link);
    for (const [id, card] of cards) {
      const link = byId.get(id);
      if (link && card.row.isConnected) card.update(link);
      else if (!card.row.isConnected) cards.delete(id);
    }
  }

  draw();
  const tools = listTools(show);
  const isLong = first.length > SEARCH_THRESHOLD;
  return { elements: [...(isLong ? [tools, found] : []), rows, more.element], reload };
}

/** @param {number} matching @param {number} all */
function foundInWords(matching, all) {
  if (matching === 0) return 'No matches.';
  return matching === all ? count(all, 'link') : `${number(matching)} of ${count(all, 'link')}`;
}

/** @param {(part: { order?: Order, typed?: string }) => void} show */
function listTools(show) {
  const id = newId('filter');
  const input = h('input', { id, type: 'search', placeholder: 'Name, person, project, app…', autocomplete: 'off' });
  const soon = debounced(() => show({ typed: input.value }), 60);
  input.addEventListener('input', soon);
  const order = picker({
    label: 'Sort by',
    value: 'newest',
    choices: ORDERS,
    changed: (value) => show({ order: /** @type {Order} */ (value) }),
  });
  return h(
    'div',
    { class: 'list-tools' },
    h('div', { class: 'field' }, h('label', { for: id }, 'Find a link'), input),
    order,
  );
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
