/** @import { Health, Member, Project, ProjectHealth, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { checklist } from '../app/checklist.js';
import { dotVars } from '../ui/colors.js';
import { fill, foreign, h, newId, poll } from '../ui/dom.js';
import { noProjects } from './no-projects.js';
import { load, note } from '../ui/notice.js';
import { ago, count } from '../ui/time.js';

/** With more projects than this, a search field is shown. */
const SEARCH_THRESHOLD = 12;

/** All projects, how fresh they are, and a button to create a link. @param {ViewContext} context @returns {View} */
export function calendarsView({ session, signal }) {
  const region = h('div', { class: 'stack' });
  const lead = 'Choose a project to preview its calendar and get a link for your calendar app.';
  const warnings = (session.warnings ?? []).map((warning) => note('warn', warning));
  const element = h(
    'div',
    { class: 'narrow' },
    h('h1', {}, 'Calendars'),
    h('p', { class: 'lead' }, lead),
    warnings.length === 0 ? null : h('div', { class: 'stack' }, ...warnings),
    region,
  );
  const work = async () => {
    const health = api.health().catch(() => null);
    const steps = health.then((one) => checklist(session, one));
    return Promise.all([api.projects(), api.members().catch(() => []), health, steps]);
  };
  for (const type of ['pointerover', 'focusin'])
    region.addEventListener(type, (event) => isOnRow(event) && void import('../links/new-link.js'), { signal });
  void load(region, work, ([projects, members, health, steps]) => draw(projects, members, health, steps), signal);
  return { title: 'Calendars', element };

  /** @param {Project[]} projects @param {Member[]} members @param {Health | null} health @param {Awaited<ReturnType<typeof checklist>>} steps */
  function draw(projects, members, health, steps) {
    if (projects.length === 0) return [steps?.element, noProjects(health)];
    const rows = projects.map(projectRow);
    const list = h('ul', { class: 'rows' }, ...rows.map(({ row }) => row));
    const update = (/** @type {Health} */ next) => {
      rows.forEach((row) => row.update(next));
      void steps?.update(next);
    };
    if (health) rows.forEach((row) => row.update(health));
    const refresh = () => api.health().then(update, () => undefined);
    poll(refresh, 15_000, signal);
    document.addEventListener('plane-changed', refresh, { signal });
    const search = projects.length > SEARCH_THRESHOLD ? searchField(rows) : null;
    return [steps?.element, search, list, h('h2', {}, 'Across projects'), acrossProjects(members)];
  }
}

/** Returns whether an event happened on a row, so that the form is likely needed next. @param {Event} event */
function isOnRow({ target }) {
  return target instanceof Element && target.closest('.row') !== null;
}

/** @param {Project} project */
function projectRow(project) {
  const { id, identifier, name, color, archived, items } = project;
  const state = h('p', { class: 'row-state' });
  const problem = h('p', { class: 'row-problem', hidden: true });
  const initialCount = items === null ? null : count(items, 'work item');

  /** @param {ProjectHealth | undefined} health @param {number} at */
  function drawState(health, at) {
    const age = health?.age_seconds ?? null;
    const itemCount = health ? count(health.items, 'work item') : initialCount;
    const checked = age === null ? 'Not loaded yet' : h('span', {}, 'checked ', ago(at - age * 1000));
    fill(
      state,
      itemCount === null || age === null ? null : `${itemCount} · `,
      checked,
      archived ? ' · archived in Plane; no longer updated' : '',
    );
    problem.hidden = !health?.last_error;
    problem.textContent = health?.last_error ?? '';
  }

  drawState(undefined, 0);
  const title = h(
    'h2',
    { class: 'row-title' },
    h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(name)),
    h('span', { class: 'key' }, identifier),
  );
  const get = h(
    'a',
    { class: 'button', href: `#/new?project=${encodeURIComponent(identifier)}`, 'aria-label': `Get link: ${name}` },
    'Get link',
  );
  const row = h('li', { class: 'row' }, h('div', { class: 'row-text' }, title, state, problem), get);
  return {
    row,
    text: `${name} ${identifier} ${id}`.toLocaleLowerCase(),
    update: (/** @type {Health} */ health) => {
      const own = health.projects.find((one) => (one.id ?? one.identifier) === (one.id ? id : identifier));
      drawState(own, Date.parse(health.timestamp));
    },
  };
}

/** @param {{ row: HTMLElement, text: string }[]} rows */
function searchField(rows) {
  const id = newId('filter');
  const input = h('input', { id, type: 'search', placeholder: 'Name or identifier', autocomplete: 'off' });
  input.addEventListener('input', () => {
    const typed = input.value.trim().toLocaleLowerCase();
    for (const { row, text } of rows) row.hidden = !text.includes(typed);
  });
  return h('div', { class: 'field' }, h('label', { for: id }, 'Find a project'), input);
}

/** @param {Member[]} members */
function acrossProjects(members) {
  const all = h(
    'li',
    { class: 'row' },
    h(
      'div',
      { class: 'row-text' },
      h('h3', { class: 'row-title' }, 'Everything'),
      h('p', { class: 'row-state' }, 'All published projects in one calendar'),
    ),
    h('a', { class: 'button', href: '#/new?all', 'aria-label': 'Get link: everything' }, 'Get link'),
  );
  const id = newId('person');
  const select = h('select', { id }, ...members.map((one) => h('option', { value: one.id }, one.display_name)));
  const get = h('a', { class: 'button', href: '#/new?person', 'aria-label': 'Get link: one person' }, 'Get link');
  const updateTarget = () => get.setAttribute('href', `#/new?person=${encodeURIComponent(select.value)}`);
  select.addEventListener('change', updateTarget);
  updateTarget();
  const person = h(
    'li',
    { class: 'row' },
    h(
      'div',
      { class: 'row-text' },
      h('h3', { class: 'row-title' }, h('label', { for: id }, 'One person')),
      h('p', { class: 'row-state' }, 'Everything assigned to them, in all projects'),
    ),
    h('div', { class: 'row-actions' }, select, get),
  );
  return h('ul', { class: 'rows' }, all, members.length === 0 ? null : person);
}
