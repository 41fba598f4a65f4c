/** @import { Project, Member, ViewContext, View } from '../app/types.js' */
import { api } from '../app/api.js';
import { copy, select } from '../ui/clipboard.js';
import { h } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { icon } from '../ui/icons.js';
import { busy, load, say } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { linkResult } from './result.js';
import { scopeOfQuery } from '../feeds/scope.js';

/** A new link: the form, its preview, and then the address. @param {ViewContext} context @returns {View} */
export function buildView(context) {
  const { session, query, signal } = context;
  const region = h('div', { class: 'builder' });
  const element = h('div', {}, h('h1', {}, 'New link'), region);
  const work = () => Promise.all([api.projects(), api.members()]);
  void load(region, work, ([projects, members]) => draw(projects, members), signal);
  return { title: 'New link', element };

  /** @param {Project[]} projects @param {Member[]} members */
  function draw(projects, members) {
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
    const left = h('form', { class: 'builder-form', novalidate: true }, form.fields, bar);
    left.addEventListener('submit', (event) => {
      event.preventDefault();
      const wish = form.wish(false);
      if (wish) void busy(create, () => add(wish));
    });

    /** @param {{ name: string }} wish */
    async function add(wish) {
      const made = api.addLink(wish);
      const [link, copied] = await Promise.all([made, copy(made.then(({ url }) => url))]);
      const result = linkResult({
        url: link.url,
        name: link.name,
        copied,
        title: copied ? 'Link created and copied' : 'Link created',
      });
      const again = h('a', { class: 'button', href: `#/new?${query}` }, 'Make another');
      again.addEventListener('click', () => dispatchEvent(new HashChangeEvent('hashchange')));
      const links = h('a', { class: 'button', href: `#/links/${encodeURIComponent(link.id)}` }, 'Who fetches it');
      left.replaceWith(
        h('div', { class: 'builder-form' }, result.element, h('div', { class: 'actions start' }, again, links)),
      );
      scrollTo(0, 0);
      result.heading.focus({ preventScroll: true });
      if (!copied) select(result.address);
      if (!copied) say('Press Ctrl+C (⌘C on a Mac) to copy the address.');
    }

    return [left, form.preview];
  }
}
