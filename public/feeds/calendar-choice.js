/** @import { OtherCalendar } from '../app/types.js' */
import { choiceField } from '../ui/choices.js';
import { dotVars } from '../ui/colors.js';
import { foreign, h } from '../ui/dom.js';
import { checks, group } from '../ui/fields.js';
import { calendarName } from './scope-choice.js';

/** Other calendars beside Plane's part, or instead of it. */

/** With more calendars than this, they are chosen by name. */
const MAX_CHIPS = 8;

/**
 * Chooses among the calendars. Those that are chosen first stay first: their events keep their ids where two calendars have the same.
 *
 * @param {{ value: string[], calendars: OtherCalendar[], required: string, changed: (ids: string[]) => void }} params required: the error when none is chosen; empty where none is needed
 */
export function calendarPicker({ value, calendars, required, changed }) {
  let chosen = value;
  const removed = value.filter((id) => !calendars.some((one) => one.id === id));
  const offered = [...calendars, ...removed.map((id) => ({ id, name: calendarName(id, calendars), color: null }))];
  /** @param {string[]} ids */
  const choose = (ids) => {
    chosen = [...chosen.filter((id) => ids.includes(id)), ...ids.filter((id) => !chosen.includes(id))];
    changed(chosen);
  };
  if (offered.length <= MAX_CHIPS) {
    const choices = offered.map(({ id, name, color }) => ({
      value: id,
      label: name,
      node: h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(name)),
    }));
    return group(
      'Other calendars',
      checks({ name: 'calendar', value, choices, changed: choose, asChips: true, required }),
    );
  }
  const choices = offered.map(({ id, name }) => ({ value: id, label: name }));
  return choiceField({
    label: 'Other calendars',
    placeholder: 'Type a name',
    without: '',
    value: { names: value, none: false },
    choices: async () => choices,
    changed: ({ names }) => choose(names),
    known: choices,
    required,
  }).element;
}

/** Says where other calendars come from while there are none. */
export function noCalendars() {
  return h(
    'p',
    { class: 'hint' },
    'To include other calendars, ',
    h('a', { href: '#/sources' }, 'add them as sources'),
    '.',
  );
}
