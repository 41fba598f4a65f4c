/** @import { Project, Member, ViewContext, View } from '../app/types.js' */
import { api } from '../app/api.js';
import { copy, select } from '../ui/clipboard.js';
import { h } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { icon } from '../ui/icons.js';
import { busy, load, showToast } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { linkResult } from './result.js';
import { noProjects } from '../feeds/no-projects.js';
import { projectsIn, scopeOf, scopeOfQuery } from '../feeds/scope.js';
import { latestHealth } from '../app/health.js';

/** A new link: the form with its preview, then the address. @param {ViewContext} context @returns {View} */
export function buildView(context) {
  const { session, query, signal } = context;
  const region = h('div', { class: 'builder' });
  const element = h('div', {}, h('h1', {}, 'New link'), region);
  const loadAll = () => Promise.all([api.projects(), api.members()]);
  void load(region, loadAll, ([projects, members]) => draw(projects, members), signal, 'form');
  return { title: 'New link', element };

  /** @param {Project[]} projects @param {Member[]} members */
  function draw(projects, members) {
    if (projects.length === 0) return noProjects(latestHealth());
    const scope = scopeOfQuery(query, projects, members);
    const form = createForm({
      scope,
      name: '',
      options: readOptions({}, session.defaults),
      projects,
      members,
      session,
      signal,
    });
    const create = h('button', { type: 'submit', class: 'primary large' }, icon('link'), 'Create and copy link');
    const bar = h('div', { class: 'action-bar' }, create, form.toPreview);
    const problem = h('div', { class: 'form-problem' });
    const left = h('form', { class: 'builder-form', novalidate: true }, form.fields, problem, bar);
    left.addEventListener('submit', (event) => {
      event.preventDefault();
      const body = form.toRequest(false);
      if (body) void busy(create, () => add(body), problem);
    });

    /** @param {{ name: string }} body */
    async function add(body) {
      const created = api.addLink(body);
      const [link, copied] = await Promise.all([created, copy(created.then(({ url }) => url))]);
      const result = linkResult({
        url: link.url,
        name: link.name,
        copied,
        title: copied ? 'Link created and copied' : 'Link created',
        session,
        projects: projectsIn(scopeOf(link.scope, projects, members), projects),
        signal,
      });
      const another = h('a', { class: 'button', href: `#/new?${query}` }, 'Create another');
      another.addEventListener('click', () => dispatchEvent(new HashChangeEvent('hashchange')));
      const edit = h('a', { class: 'button', href: `#/links/${encodeURIComponent(link.id)}` }, 'View subscribers');
      left.replaceWith(
        h('div', { class: 'builder-form' }, result.element, h('div', { class: 'actions start' }, another, edit)),
      );
      scrollTo(0, 0);
      result.heading.focus({ preventScroll: true });
      if (!copied) select(result.address);
      if (!copied) showToast('Press Ctrl+C (⌘C on a Mac) to copy the address.');
    }

    return [left, form.preview];
  }
}
