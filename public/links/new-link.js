/** @import { OtherCalendar, Project, Member, ViewContext, View } from '../app/types.js' */
import { api } from '../app/api.js';
import { copy, select } from '../ui/clipboard.js';
import { h } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { icon } from '../ui/icons.js';
import { busy, load, showToast } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { createLinkFields } from './link-fields.js';
import { manyResult } from './many.js';
import { linkResult } from './result.js';
import { count } from '../ui/time.js';
import { noProjects, noProjectsOfMember } from '../feeds/no-projects.js';
import { scopeOfQuery } from '../feeds/scope-choice.js';
import { latestHealth } from '../app/health.js';
import { otherCalendars } from '../sources/api.js';

const CREATE = 'Create and copy link';

/** A new link: the form with its preview, then the address. @param {ViewContext} context @returns {View} */
export function buildView(context) {
  const { session, query, signal } = context;
  const region = h('div', { class: 'builder' });
  const element = h('div', {}, h('h1', {}, 'New link'), region);
  const loadAll = () => Promise.all([api.projects(), api.members(), otherCalendars(session)]);
  void load(region, loadAll, (offered) => draw(...offered), signal, 'form');
  return { title: 'New link', element };

  /** @param {Project[]} projects @param {Member[]} members @param {OtherCalendar[]} calendars */
  function draw(projects, members, calendars) {
    const isMember = session.role === 'member';
    if (projects.length + calendars.length === 0) return isMember ? noProjectsOfMember() : noProjects(latestHealth());
    const offer = { projects, members, calendars, isMember };
    const own = createLinkFields(null, { isMember, canCreateMany: !isMember, changed: () => showAmount() });
    const form = createForm({
      scope: scopeOfQuery(query, offer),
      name: '',
      options: readOptions({}, session.defaults),
      offer,
      session,
      signal,
      more: own.elements,
    });
    const words = h('span', {}, CREATE);
    const create = h('button', { type: 'submit', class: 'primary large' }, icon('link'), words);
    const bar = h('div', { class: 'action-bar' }, create, form.toPreview);
    const problem = h('div', { class: 'form-problem' });
    const left = h('form', { class: 'builder-form', novalidate: true }, form.fields, problem, bar);
    left.addEventListener('submit', (event) => {
      event.preventDefault();
      const body = form.toRequest(false);
      const people = own.people();
      if (body) void busy(create, () => (people === null ? addOne(body) : addMany(body, people)), problem);
    });

    function showAmount() {
      const amount = own.people()?.length ?? null;
      words.textContent = amount === null ? CREATE : amount === 0 ? 'Create links' : `Create ${count(amount, 'link')}`;
    }

    /** @param {object} body */
    async function addOne(body) {
      const created = api.addLink({ ...body, ...own.values() });
      const copying = copy(created.then((link) => link.subscribe_url)).catch(() => false);
      const link = await created.catch(own.catchProblem);
      if (link === null) return;
      const copied = await copying;
      const result = linkResult({
        link,
        copied,
        title: copied ? 'Link created and copied' : 'Link created',
        session,
        signal,
      });
      const edit = h('a', { class: 'button', href: `#/links/${encodeURIComponent(link.id)}` }, 'View subscribers');
      showResult(left, query, result, edit);
      if (!copied) select(result.address);
      if (!copied) showToast('Press Ctrl+C (⌘C on a Mac) to copy the address.');
    }

    /** @param {object} body @param {string[]} people */
    async function addMany(body, people) {
      const { expires } = own.values();
      const links = await api
        .addLinks(people.map((person) => ({ ...body, for: person, expires })))
        .catch(own.catchProblem);
      if (links === null) return;
      showResult(
        left,
        query,
        manyResult(links, session, signal),
        h('a', { class: 'button', href: '#/links' }, 'View links'),
      );
    }

    return [left, form.preview];
  }
}

/**
 * Replaces the form with what was created.
 *
 * @param {HTMLElement} form
 * @param {URLSearchParams} query of the form
 * @param {{ element: HTMLElement, heading: HTMLElement }} result
 * @param {HTMLElement} next a link to what can be done next
 */
function showResult(form, query, result, next) {
  const another = h('a', { class: 'button', href: `#/new?${query}` }, 'Create another');
  another.addEventListener('click', () => dispatchEvent(new HashChangeEvent('hashchange')));
  form.replaceWith(
    h('div', { class: 'builder-form' }, result.element, h('div', { class: 'actions start' }, another, next)),
  );
  scrollTo(0, 0);
  result.heading.focus({ preventScroll: true });
}
