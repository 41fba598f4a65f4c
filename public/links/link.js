/** @import { Link, Member, Project, Session, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h, poll } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { guardUnsavedEdits } from '../app/unsaved.js';
import { busy, load, note, showToast } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { revoke, rotate } from './revoke.js';
import { scopeOf } from '../feeds/scope.js';
import { ago } from '../ui/time.js';
import { fetchInWords, lastFetchInWords } from '../ui/words.js';

/** One link: its subscribers, and the form to edit it. @param {ViewContext} context @returns {View} */
export function linkView({ session, id, signal }) {
  const heading = h('h1', {}, 'Link');
  const region = h('div', {});
  const element = h('div', {}, h('p', { class: 'crumb' }, h('a', { href: '#/links' }, 'Links')), heading, region);
  const loadAll = () => Promise.all([api.link(id), api.projects(), api.members()]);
  /** @returns {Promise<void>} */
  const reload = () =>
    load(region, loadAll, ([link, projects, members]) => draw(link, projects, members), signal, 'form');
  void reload();
  return { title: 'Link', element };

  /** @param {string} name */
  function showName(name) {
    fill(heading, foreign(name));
    document.title = `${name} · plane-ics`;
  }

  /** @param {Link} link @param {Project[]} projects @param {Member[]} members */
  function draw(link, projects, members) {
    showName(link.name);
    if (link.revoked !== null)
      return note('warn', 'This link was revoked ', ago(link.revoked), '. It can’t be restored.');
    const form = createForm({
      scope: scopeOf(link.scope, projects, members),
      name: link.name,
      options: readOptions(link.options, session.defaults),
      projects,
      members,
      session,
      signal,
    });
    guardUnsavedEdits(form.isEdited, signal);
    return [
      subscribers(link, { session, projects, reload, signal }),
      h('div', { class: 'builder' }, editForm(id, form, showName), form.preview),
    ];
  }
}

/** @param {string} id @param {ReturnType<typeof createForm>} form @param {(name: string) => void} saved */
function editForm(id, form, saved) {
  const save = h('button', { type: 'submit', class: 'primary large' }, 'Save changes');
  const problem = h('div', { class: 'form-problem' });
  const hint = h('span', { class: 'hint' }, 'The address stays the same.');
  const element = h(
    'form',
    { class: 'builder-form', novalidate: true },
    form.fields,
    problem,
    h('div', { class: 'action-bar' }, save, form.toPreview, hint),
  );
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const patch = form.toRequest(true);
    if (!patch) return;
    const sendPatch = async () => {
      const { name } = await api.editLink(id, patch);
      form.markSaved();
      saved(name);
      showToast('Saved. Each app shows the changes when it next refreshes.');
    };
    void busy(save, sendPatch, problem);
  });
  return element;
}

/** Who subscribes to a link, and how to cut them off. @param {Link} link @param {{ session: Session, projects: Project[], reload: () => unknown, signal: AbortSignal }} params */
function subscribers(link, { session, projects, reload, signal }) {
  const list = h('ul', { class: 'plain' });
  const update = (/** @type {Link} */ next) => {
    const rows = next.fetches.length === 0 ? [lastFetchInWords(next)] : next.fetches.map(fetchInWords);
    fill(list, ...rows.map((row) => h('li', {}, row)));
  };
  update(link);
  poll(() => api.link(link.id).then(update, () => undefined), 15_000, signal);
  const rotateButton = h('button', { type: 'button' }, 'New address');
  rotateButton.addEventListener('click', () =>
    busy(rotateButton, () => rotate(link, { session, projects, done: reload })),
  );
  const revokeButton = h('button', { type: 'button', class: 'risky' }, 'Revoke');
  revokeButton.addEventListener('click', () =>
    busy(revokeButton, () => revoke(link, () => (location.hash = '#/links'))),
  );
  return h(
    'section',
    { class: 'panel clients', 'aria-labelledby': 'clients-name' },
    h(
      'div',
      {},
      h('h2', { id: 'clients-name' }, 'Subscribers'),
      list,
      h('p', { class: 'hint' }, 'Created ', ago(link.created), ', last changed ', ago(link.changed), '.'),
    ),
    h('div', { class: 'row-actions' }, rotateButton, revokeButton),
  );
}
