/** @import { FoundCalendar } from '../app/types.js' */
/** @import { Options } from '../feeds/options.js' */
import { dotVars } from '../ui/colors.js';
import { fill, foreign, h } from '../ui/dom.js';
import { group, line, radios } from '../ui/fields.js';
import { note } from '../ui/notice.js';

/** The calendar a mirror writes into: one that is there, or a new one. */

const NEW = '';

/**
 * @param {FoundCalendar[]} found
 * @param {{ start: string, name: string }} how the calendar chosen at first, by its address, and what a new one is called
 */
export function targetFields(found, { start, name }) {
  const writable = found.filter((one) => one.writable !== false);
  let chosen = writable.some(({ url }) => url === start) ? start : NEW;
  /** @type {Options | null} */
  let options = null;
  const told = h('div', { 'aria-live': 'polite' });
  const newName = line({
    label: 'Name of the new calendar',
    value: name,
    max: 100,
    changed: () => newName.input.removeAttribute('aria-invalid'),
  });

  function adapt() {
    newName.element.hidden = chosen !== NEW;
    const calendar = found.find(({ url }) => url === chosen);
    const kind = options?.as === 'todo' ? 'VTODO' : 'VEVENT';
    const misfit = calendar !== undefined && calendar.components.length > 0 && !calendar.components.includes(kind);
    const words =
      kind === 'VTODO' ? 'to-dos. Choose another, or events below.' : 'events. Choose another, or to-dos below.';
    fill(
      told,
      misfit ? note('warn', `This calendar takes no ${words}`) : null,
      calendar && !misfit
        ? note('info', 'What is in it already stays as it is: only what this mirror makes is ever changed or deleted.')
        : null,
    );
  }

  const choices = [
    ...found.map(({ url, name: label, components, writable: may, color }) => ({
      value: url,
      label,
      node: h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(label || url)),
      hint: may === false ? 'You may only read it.' : componentWords(components),
      disabled: may === false,
    })),
    { value: NEW, label: 'A new calendar', hint: 'Can be shown and hidden by itself, and shared.' },
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

  /** What to send; null when something is missing, which then has the focus. */
  function wish() {
    if (chosen !== NEW) return { url: chosen };
    const wanted = newName.input.value.trim();
    if (wanted !== '') return { name: wanted };
    newName.input.setAttribute('aria-invalid', 'true');
    newName.input.focus();
    return null;
  }

  return {
    element: h('div', { class: 'fields' }, group('Write into', which), newName.element, told),
    wish,
    /** What the mirror shows is another now. @param {Options} next */
    suit: (next) => {
      options = next;
      adapt();
    },
  };
}

/** @param {string[]} components */
function componentWords(components) {
  const events = components.includes('VEVENT');
  const todos = components.includes('VTODO');
  if (events === todos) return events ? 'Takes events and to-dos.' : '';
  return events ? 'Takes events.' : 'Takes to-dos.';
}
