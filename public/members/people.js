/** @import { Grant, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h } from '../ui/dom.js';
import { busy, confirmDialog, load, showToast } from '../ui/notice.js';
import { count, dateInWords } from '../ui/time.js';

/** Who signed in with a Plane API key, what they may see, and how to end that. @param {ViewContext} context @returns {View} */
export function peopleView({ signal }) {
  const region = h('div', { class: 'stack' });
  const lead =
    'People who signed in with a Plane API key of their own. Their links show only what they may see in Plane.';
  const element = h('div', { class: 'narrow' }, h('h1', {}, 'People'), h('p', { class: 'lead' }, lead), region);
  void load(region, api.grants, draw, signal);
  return { title: 'People', element };

  /** @param {Grant[]} grants */
  function draw(grants) {
    if (grants.length === 0) return [h('p', {}, 'Nobody has signed in yet.')];
    return [h('ul', { class: 'rows' }, ...grants.map(grantRow))];
  }
}

const STATES = { active: 'Access until', ended: 'Access ended', revoked: 'Revoked' };

/** @param {Grant} grant */
function grantRow(grant) {
  const row = h('li', { class: 'row' });
  show(grant);
  return row;

  /** @param {Grant} current */
  function show({ member, projects, until, state, links }) {
    const names = projects.map(
      ({ id, identifier, role }) => `${identifier ?? id}${role === 'guest' ? ' (guest)' : ''}`,
    );
    const day = h('time', { datetime: until }, dateInWords(until));
    const about = h('p', { class: 'row-state' }, `${STATES[state]} `, day, ` · ${count(links, 'link')}`);
    const scope = h('p', { class: 'row-state' }, names.length === 0 ? 'No projects' : names.join(', '));
    const title = h('h2', { class: 'row-title' }, foreign(member.name));
    const canRevoke = state !== 'revoked' || links > 0;
    const revoke = h(
      'button',
      { type: 'button', class: 'risky', 'aria-label': `Revoke all: ${member.name}` },
      'Revoke all',
    );
    revoke.addEventListener('click', () => busy(revoke, () => revokeAll(member)));
    fill(row, h('div', { class: 'row-text' }, title, about, scope), canRevoke ? revoke : null);
  }

  /** @param {Grant['member']} member */
  async function revokeAll({ id, name }) {
    const body = [
      h('p', {}, 'Every link of ', foreign(name), ' stops working and can’t be restored, and their sessions end.'),
      h(
        'p',
        {},
        'Someone who is still in the Plane workspace can sign in again. To prevent that, remove them in Plane.',
      ),
    ];
    const yes = await confirmDialog({ title: 'Revoke everything?', body, confirm: 'Revoke all', danger: true });
    if (!yes) return;
    show(await api.revokeMember(id));
    showToast('Links and access revoked.');
  }
}
