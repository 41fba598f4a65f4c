/** @import { Link, Member, OtherCalendar, Project, Session, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h, poll } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { guardUnsavedEdits } from '../app/unsaved.js';
import { busy, load, note, showToast } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { explainPanel } from './explain.js';
import { createLinkFields } from './link-fields.js';
import { revoke } from './revoke.js';
import { rotate } from './rotate.js';
import { scopeOf } from '../feeds/scope-choice.js';
import { otherCalendars } from '../sources/api.js';
import { ago } from '../ui/time.js';
import { fetchInWords, hasPlanePart, noFetchInWords } from '../ui/words.js';
import { appsOnOldAddress, ownerOf, stateLabels } from './state.js';

/** One link: its subscribers, and the form to edit it. @param {ViewContext} context @returns {View} */
export function linkView({ session, id, signal }) {
  const heading = h('h1', {}, 'Link');
  const about = h('p', { class: 'labels' });
  const region = h('div', {});
  const crumb = h(
    'p',
    { class: 'crumb' },
    h('a', { href: '#/links' }, session.role === 'member' ? 'My links' : 'Links'),
  );
  const element = h('div', {}, crumb, heading, about, region);
  const loadAll = () => Promise.all([api.link(id), api.projects(), api.members(), otherCalendars(session)]);
  void load(region, loadAll, ([link, ...offered]) => draw(link, ...offered), signal, 'form');
  return { title: 'Link', element };

  /** @param {Link} link */
  function showHead(link) {
    const { name, for: person, owner } = link;
    fill(heading, foreign(name));
    fill(
      about,
      person === null ? null : h('span', { class: 'for-whom' }, 'for ', foreign(person)),
      owner?.name && session.role !== 'member' ? h('span', { class: 'for-whom' }, 'by ', foreign(owner.name)) : null,
      ...(link.revoked === null ? stateLabels(link) : []),
    );
    document.title = `${name} · plane-ics`;
  }

  /** @param {Link} link @param {Project[]} projects @param {Member[]} members @param {OtherCalendar[]} calendars */
  function draw(link, projects, members, calendars) {
    showHead(link);
    if (link.revoked !== null)
      return note('warn', 'This link was revoked ', ago(link.revoked), '. It can’t be restored.');
    const isMember = session.role === 'member';
    const offer = { projects, members, calendars, isMember };
    const own = createLinkFields(link, { isMember });
    const form = createForm({
      scope: scopeOf(link.scope, offer),
      name: link.name,
      options: readOptions(link.options, session.defaults),
      offer,
      session,
      signal,
      more: own.elements,
    });
    guardUnsavedEdits(() => form.isEdited() || own.isEdited(), signal);
    const ended = h('div', {}, endedNote(link));
    const saved = (/** @type {Link} */ next) => {
      showHead(next);
      fill(ended, endedNote(next));
    };
    return [
      ended,
      h(
        'div',
        { class: 'link-panels' },
        subscribers(link, { session, signal, changed: showHead }),
        hasPlanePart(link.scope) ? explainPanel(link.id) : null,
      ),
      h('div', { class: 'builder' }, editForm(id, form, own, saved), form.preview),
    ];
  }
}

/** Says how a link that doesn't work now can work again. @param {Link} link */
function endedNote({ state, owner }) {
  if (state === 'expired')
    return note('warn', 'This link has expired. To make it work again, choose a later end date below.');
  if (state !== 'paused') return null;
  return note('warn', 'This link is paused. It works again as soon as ', ownerOf(owner), ' signs in.');
}

/** @param {string} id @param {ReturnType<typeof createForm>} form @param {import('./link-fields.js').LinkFields} own @param {(link: Link) => void} saved */
function editForm(id, form, own, saved) {
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
    void busy(save, () => sendPatch(patch), problem);
  });

  /** @param {object} patch */
  async function sendPatch(patch) {
    const changed = own.isEdited() ? own.changes() : {};
    const link = await api.editLink(id, { ...patch, ...changed }).catch(own.catchProblem);
    if (!link) return;
    form.markSaved();
    own.markSaved();
    saved(link);
    showToast('Saved. Each app shows the changes when it next refreshes.');
  }
  return element;
}

/** Who subscribes to a link, and how to cut them off. @param {Link} link @param {{ session: Session, changed: (link: Link) => void, signal: AbortSignal }} params */
function subscribers(link, { session, changed, signal }) {
  const list = h('div', {});
  const update = (/** @type {Link} */ next) => fill(list, ...fetchLists(next));
  update(link);
  const poller = () =>
    api.link(link.id).then(
      (next) => {
        update(next);
        changed(next);
      },
      () => undefined,
    );
  poll(poller, 15_000, signal);
  const rotateButton = h('button', { type: 'button' }, 'New address…');
  rotateButton.addEventListener('click', () => busy(rotateButton, () => rotate(link, { session, done: poller })));
  const revokeButton = h('button', { type: 'button', class: 'risky' }, 'Revoke…');
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

/** The fetches of a link, those by an old address apart. @param {Link} link */
function fetchLists(link) {
  const old = appsOnOldAddress(link);
  const current = link.fetches.filter(({ address }) => address !== 'old');
  const rows =
    current.length === 0
      ? [noFetchInWords(old.length > 0 ? 'No app uses the new address yet.' : undefined)]
      : current.map(fetchInWords);
  const list = h('ul', { class: 'plain' }, ...rows.map((row) => h('li', {}, row)));
  if (link.grace_until === null) return [list];
  const words = old.length === 0 ? 'No app uses the old address any more.' : 'Still on the old address:';
  return [
    list,
    h('p', { class: 'hint' }, words),
    old.length === 0 ? null : h('ul', { class: 'plain' }, ...old.map((one) => h('li', {}, fetchInWords(one)))),
  ];
}
