/** @import { Link, Member, Project, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h, poll } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { keepEdits } from '../app/unsaved.js';
import { busy, load, note, say } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { revoke, rotate } from './revoke.js';
import { scopeOf } from '../feeds/scope.js';
import { ago } from '../ui/time.js';
import { fetchInWords, lastFetchInWords } from '../ui/words.js';

/** One link: who fetches it, and the form to change it. @param {ViewContext} context @returns {View} */
export function linkView({ session, id, signal }) {
  const heading = h('h1', {}, 'Link');
  const region = h('div', {});
  const element = h('div', {}, h('p', { class: 'crumb' }, h('a', { href: '#/links' }, 'Links')), heading, region);
  const work = () => Promise.all([api.link(id), api.projects(), api.members()]);
  const again = () => load(region, work, ([link, projects, members]) => draw(link, projects, members), signal);
  void again();
  return { title: 'Link', element };

  /** @param {Link} link @param {Project[]} projects @param {Member[]} members */
  function draw(link, projects, members) {
    fill(heading, foreign(link.name));
    document.title = `${link.name} · plane-ics`;
    if (link.revoked !== null)
      return note('warn', 'This link was revoked ', ago(link.revoked), '. It can’t be brought back.');

    const form = createForm({
      scope: scopeOf(link.scope, projects, members),
      name: link.name,
      options: readOptions(link.options, session.defaults),
      projects,
      members,
      session,
      signal,
    });
    keepEdits(form.isEdited, signal);
    const save = h('button', { type: 'submit', class: 'primary large' }, 'Save changes');
    const left = h(
      'form',
      { class: 'builder-form', novalidate: true },
      form.fields,
      h(
        'div',
        { class: 'action-bar' },
        save,
        form.toPreview,
        h('span', { class: 'hint' }, 'The address stays the same.'),
      ),
    );
    left.addEventListener('submit', (event) => {
      event.preventDefault();
      const wish = form.wish(true);
      if (!wish) return;
      void busy(save, async () => {
        const { name } = await api.editLink(id, wish);
        form.settle();
        fill(heading, foreign(name));
        document.title = `${name} · plane-ics`;
        say('Saved. Each program has it when it next looks.');
      });
    });
    return [clients(link), h('div', { class: 'builder' }, left, form.preview)];
  }

  /** @param {Link} link */
  function clients(link) {
    const list = h('ul', { class: 'plain' });
    const tell = (/** @type {Link} */ next) => {
      const rows = next.fetches.length === 0 ? [lastFetchInWords(next)] : next.fetches.map(fetchInWords);
      fill(list, ...rows.map((row) => h('li', {}, row)));
    };
    tell(link);
    poll(() => api.link(id).then(tell, () => undefined), 15_000, signal);
    const rotateButton = h('button', { type: 'button' }, 'New address');
    rotateButton.addEventListener('click', () => busy(rotateButton, () => rotate(link, again)));
    const revokeButton = h('button', { type: 'button' }, 'Revoke');
    revokeButton.addEventListener('click', () =>
      busy(revokeButton, () => revoke(link, () => (location.hash = '#/links'))),
    );
    return h(
      'section',
      { class: 'panel clients', 'aria-labelledby': 'clients-name' },
      h(
        'div',
        {},
        h('h2', { id: 'clients-name' }, 'Who fetches it'),
        list,
        h('p', { class: 'hint' }, 'Made ', ago(link.created), ', last changed ', ago(link.changed), '.'),
      ),
      h('div', { class: 'row-actions' }, rotateButton, revokeButton),
    );
  }
}
