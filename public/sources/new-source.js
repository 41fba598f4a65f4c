/** @import { View, ViewContext } from '../app/types.js' */
import { guardUnsavedEdits } from '../app/unsaved.js';
import { h } from '../ui/dom.js';
import { showToast } from '../ui/notice.js';
import { sources } from './api.js';
import { sourceForm } from './form.js';

/** A new source. @param {ViewContext} context @returns {View} */
export function newSourceView({ signal }) {
  const form = sourceForm({
    submit: 'Add source',
    save: async (body) => {
      const source = await sources.add(body);
      form.markSaved();
      const hours = source.timesheet ? ' Its hours are in the timesheet.' : '';
      showToast(`Added. Links and mirrors can include it now.${hours}`);
      location.hash = `#/sources/${encodeURIComponent(source.id)}`;
    },
  });
  guardUnsavedEdits(form.isEdited, signal);
  const crumb = h('p', { class: 'crumb' }, h('a', { href: '#/sources' }, 'Sources'));
  const lead = h(
    'p',
    { class: 'lead' },
    'A calendar from elsewhere, to be included in links and mirrors, or in the timesheet. It is only read, never changed.',
  );
  const panel = h('section', { class: 'panel' }, form.element);
  return {
    title: 'New source',
    element: h('div', { class: 'narrow' }, crumb, h('h1', {}, 'New source'), lead, h('div', { class: 'stack' }, panel)),
  };
}
