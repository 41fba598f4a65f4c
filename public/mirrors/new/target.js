/** @import { FoundCalendar } from '../../app/types.js' */
/** @import { Options } from '../../feeds/options.js' */
import { dotVars } from '../../ui/colors.js';
import { fill, foreign, h } from '../../ui/dom.js';
import { validateAll } from '../../ui/errors.js';
import { group, line, radios } from '../../ui/fields.js';
import { note } from '../../ui/notice.js';

/** The calendar that a mirror writes to: an existing one, or a new one. */

const NEW = '';

/**
 * @param {FoundCalendar[]} found
 * @param {{ start: string, name: string }} params the address of the calendar to preselect, and the name of a new one
 */
export function targetFields(found, { start, name }) {
  const writable = found.filter((one) => one.writable !== false);
  let chosen = writable.some(({ url }) => url === start) ? start : NEW;
  /** @type {Options | null} */
  let options = null;
  const remark = h('div', { 'aria-live': 'polite' });
  const newName = line({
    label: 'Name of the new calendar',
    value: name,
    max: 100,
    check: (value) => (value.trim() === '' ? 'Enter a name for the new calendar.' : ''),
    changed: () => undefined,
  });

  function adapt() {
    newName.element.hidden = chosen !== NEW;
    const calendar = found.find(({ url }) => url === chosen);
    const kind = options?.as === 'todo' ? 'VTODO' : 'VEVENT';
    const misfit = calendar !== undefined && calendar.components.length > 0 && !calendar.components.includes(kind);
    const words =
      kind === 'VTODO' ? 'to-dos. Choose another, or events below.' : 'events. Choose another, or to-dos below.';
    fill(
      remark,
      misfit ? note('warn', `This calendar doesn’t accept ${words}`) : null,
      calendar && !misfit
        ? note('info', 'Existing events stay: a mirror only changes or deletes events that it created.')
        : null,
    );
  }

  const choices = [
    ...found.map(({ url, name: label, components, writable: may, color }) => ({
      value: url,
      label,
      node: h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(label || url)),
      hint: may === false ? 'Read-only.' : componentWords(components),
      disabled: may === false,
    })),
    { value: NEW, label: 'A new calendar', hint: 'You can show, hide and share it separately.' },
  ];
  const which = radios({
    name: 'calendar',
    value: chosen,
    choices,
    changed: (value) => {
      chosen = value;
      adapt();
    },
  });
  adapt();

  /** Returns the body to send; null when the name is missing, which then gets the focus. */
  function toRequest() {
    if (chosen !== NEW) return { url: chosen };
    return validateAll(newName.element) ? { name: newName.input.value.trim() } : null;
  }

  return {
    element: h('div', { class: 'fields' }, group('Write to', which), newName.element, remark),
    toRequest,
    /** Checks the calendar against the options of the mirror. @param {Options} next */
    adaptTo: (next) => {
      options = next;
      adapt();
    },
  };
}

/** @param {string[]} components */
function componentWords(components) {
  const events = components.includes('VEVENT');
  const todos = components.includes('VTODO');
  if (events === todos) return events ? 'For events and to-dos.' : '';
  return events ? 'For events.' : 'For to-dos.';
}
