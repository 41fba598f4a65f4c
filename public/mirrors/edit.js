/** @import { Mirror, Session } from '../app/types.js' */
/** @import { Offer } from '../feeds/scope-choice.js' */
import { pastEventsField } from './others.js';
import { safetyFields } from './safety-limits.js';
import { h } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { guardUnsavedEdits } from '../app/unsaved.js';
import { mirrors } from './api.js';
import { busy, showToast } from '../ui/notice.js';
import { MIRROR_NAME_HINT } from './words.js';
import { readOptions } from '../feeds/options.js';
import { scopeOf } from '../feeds/scope-choice.js';
import { serverFields } from './server.js';

/**
 * The form to edit what a mirror shows, its safety limits and its login. Drawn when it is first expanded.
 *
 * @param {object} params
 * @param {Mirror} params.mirror
 * @param {Offer} params.offer
 * @param {Session} params.session
 * @param {AbortSignal} params.signal
 * @param {() => unknown} params.saved
 */
export function mirrorEditor({ mirror, offer, session, signal, saved }) {
  const body = h('div', {});
  const element = h(
    'details',
    { class: 'disclosure edit' },
    h('summary', {}, 'Edit what it shows, its safety limits or its login'),
    body,
  );
  element.addEventListener('toggle', () => element.open && body.childElementCount === 0 && draw());
  return element;

  function draw() {
    let isServerEdited = false;
    let areLimitsEdited = false;
    const past = pastEventsField(mirror, () => (areLimitsEdited = true));
    const form = createForm({
      scope: scopeOf(mirror.scope, offer),
      name: mirror.name,
      options: readOptions(mirror.options, session.defaults),
      offer,
      session,
      signal,
      hint: MIRROR_NAME_HINT,
      ofCalendars: [past.element],
    });
    const limits = safetyFields(mirror, () => (areLimitsEdited = true));
    const server = serverFields({ current: mirror.server, changed: () => (isServerEdited = true) });
    guardUnsavedEdits(() => form.isEdited() || isServerEdited || areLimitsEdited, signal);
    const problem = h('div', { class: 'form-problem' });
    const save = h('button', { type: 'submit', class: 'primary large' }, 'Save changes');
    const left = h(
      'form',
      { class: 'builder-form', novalidate: true },
      form.fields,
      h('details', { class: 'disclosure' }, h('summary', {}, 'Safety limits'), limits.element),
      h('details', { class: 'disclosure' }, h('summary', {}, 'Server and login'), server.element),
      problem,
      h('div', { class: 'action-bar' }, save, form.toPreview),
    );
    left.addEventListener('submit', (event) => {
      event.preventDefault();
      const feed = form.toRequest(true);
      const access = isServerEdited ? server.toRequest() : undefined;
      if (!feed || access === null) return;
      const sendPatch = async () => {
        await mirrors.edit(mirror.id, {
          ...feed,
          ...(areLimitsEdited ? { ...limits.toRequest(), ...past.toRequest() } : {}),
          ...(access ? { server: access } : {}),
        });
        form.markSaved();
        [isServerEdited, areLimitsEdited] = [false, false];
        showToast('Saved. The next run updates the calendar.');
        saved();
      };
      void busy(save, sendPatch, problem);
    });
    body.append(h('div', { class: 'builder' }, left, form.preview));
  }
}
