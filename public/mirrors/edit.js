/** @import { Member, Mirror, Project, Session } from '../app/types.js' */
import { careFields } from './safety-limits.js';
import { h } from '../ui/dom.js';
import { createForm } from '../feeds/form.js';
import { keepEdits } from '../app/unsaved.js';
import { mirrors } from './api.js';
import { busy, say } from '../ui/notice.js';
import { readOptions } from '../feeds/options.js';
import { scopeOf } from '../feeds/scope.js';
import { serverFields } from './server.js';

/**
 * Changes what a mirror shows, how careful it is and how it gets in; made when it is first opened.
 *
 * @param {object} how
 * @param {Mirror} how.mirror
 * @param {Project[]} how.projects
 * @param {Member[]} how.members
 * @param {Session} how.session
 * @param {AbortSignal} how.signal
 * @param {() => unknown} how.saved
 */
export function mirrorEditor({ mirror, projects, members, session, signal, saved }) {
  const body = h('div', {});
  const element = h(
    'details',
    { class: 'disclosure edit' },
    h('summary', {}, 'Change what it shows, or its log-in'),
    body,
  );
  element.addEventListener('toggle', () => element.open && body.childElementCount === 0 && draw());
  return element;

  function draw() {
    let isServerEdited = false;
    let isCareEdited = false;
    const form = createForm({
      scope: scopeOf(mirror.scope, projects, members),
      name: mirror.name,
      options: readOptions(mirror.options, session.defaults),
      projects,
      members,
      session,
      signal,
      hint: 'It tells your mirrors apart.',
    });
    const care = careFields(mirror, () => (isCareEdited = true));
    const server = serverFields({ held: mirror.server, changed: () => (isServerEdited = true) });
    keepEdits(() => form.isEdited() || isServerEdited || isCareEdited, signal);
    const save = h('button', { type: 'submit', class: 'primary large' }, 'Save changes');
    const left = h(
      'form',
      { class: 'builder-form', novalidate: true },
      form.fields,
      h('details', { class: 'disclosure' }, h('summary', {}, 'How careful it is'), care.element),
      h('details', { class: 'disclosure' }, h('summary', {}, 'Server and log-in'), server.element),
      h('div', { class: 'action-bar' }, save, form.toPreview),
    );
    left.addEventListener('submit', (event) => {
      event.preventDefault();
      const wish = form.wish(true);
      const access = isServerEdited ? server.wish() : undefined;
      if (!wish || access === null) return;
      void busy(save, async () => {
        await mirrors.edit(mirror.id, {
          ...wish,
          ...(isCareEdited ? care.wish() : {}),
          ...(access ? { server: access } : {}),
        });
        form.settle();
        [isServerEdited, isCareEdited] = [false, false];
        say('Saved. The next run brings it into the calendar.');
        saved();
      });
    });
    body.append(h('div', { class: 'builder' }, left, form.preview));
  }
}
