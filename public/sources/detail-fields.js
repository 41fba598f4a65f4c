/** @import { CalendarSource } from '../app/types.js' */
import { fill, h, newId } from '../ui/dom.js';
import { check, group, line, picker } from '../ui/fields.js';
import { note } from '../ui/notice.js';
import { capital } from '../ui/words.js';
import { intervalInWords } from './words.js';

/** How a source is read and shown. */

const INTERVALS = ['300', '900', '3600', '21600', '86400', '0'];
/** Of the calendar, where it says so; else an hour. */
const AUTOMATIC = '';
const DEFAULT_COLOR = '#0b8a7d';

/** @typedef {Pick<CalendarSource, 'refresh_seconds' | 'timezone' | 'color' | 'user_agent' | 'attendees'>} Details */

/** @type {Details} */
const DEFAULTS = { refresh_seconds: null, timezone: null, color: null, user_agent: null, attendees: 'remove' };

/** The fields. @param {{ current?: Details | undefined, changed: () => void }} params */
export function detailFields({ current = DEFAULTS, changed }) {
  const { refresh_seconds: seconds, timezone, color, user_agent: agent, attendees } = current;
  /** @type {Details} */
  let values = { refresh_seconds: seconds, timezone, color, user_agent: agent, attendees };
  /** @param {Partial<Details>} part */
  const set = (part) => {
    values = { ...values, ...part };
    changed();
  };
  const userAgent = line({
    label: 'User-Agent',
    value: values.user_agent ?? '',
    hint: 'Sent with each request. Only for servers that refuse others.',
    max: 300,
    check: (text) => (/^[\x20-\x7e]*$/.test(text) ? '' : 'Use plain letters, digits and signs.'),
    changed: (text) => set({ user_agent: text.trim() || null }),
  });
  const more = h(
    'details',
    { class: 'disclosure', open: isUnusual(values) },
    h('summary', {}, 'Time zone, color and more'),
    h(
      'div',
      { class: 'form' },
      zoneField(values.timezone, set),
      colorField(values.color, set),
      attendeesField(values, set),
      userAgent.element,
    ),
  );
  const element = h('div', { class: 'fields' }, intervalField(values.refresh_seconds, set), more);
  return { element, toRequest: () => values };
}

/** @param {Details} details */
function isUnusual({ timezone, color, user_agent: agent, attendees }) {
  return timezone !== null || color !== null || agent !== null || attendees !== 'remove';
}

/** @param {number | null} seconds @param {(part: Partial<Details>) => void} set */
function intervalField(seconds, set) {
  const value = seconds === null ? AUTOMATIC : String(seconds);
  const others = value === AUTOMATIC || INTERVALS.includes(value) ? [] : [value];
  const choices = [AUTOMATIC, ...others, ...INTERVALS].map((one) => ({
    value: one,
    label: capital(intervalInWords(one === AUTOMATIC ? null : Number(one))),
  }));
  const changed = (/** @type {string} */ next) => set({ refresh_seconds: next === AUTOMATIC ? null : Number(next) });
  return picker({ label: 'Refresh interval', value, choices, changed });
}

/** @param {string | null} timezone @param {(part: Partial<Details>) => void} set */
function zoneField(timezone, set) {
  const names = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')];
  const all = timezone === null || names.includes(timezone) ? names : [timezone, ...names];
  const choices = [{ value: '', label: 'As the calendar says' }, ...all.map((name) => ({ value: name, label: name }))];
  const field = picker({
    label: 'Time zone',
    value: timezone ?? '',
    choices,
    changed: (value) => set({ timezone: value || null }),
  });
  const hint = 'For times without a zone or in an unknown one. Days of the timesheet begin in it.';
  field.append(h('p', { class: 'hint' }, hint));
  return field;
}

/** @param {string | null} color @param {(part: Partial<Details>) => void} set */
function colorField(color, set) {
  const id = newId('color');
  const input = h('input', {
    id,
    type: 'color',
    value: color ?? DEFAULT_COLOR,
    'aria-label': 'Color',
    hidden: color === null,
  });
  input.addEventListener('input', () => set({ color: input.value }));
  const own = check('Give its events a color', color !== null, (isOn) => {
    input.hidden = !isOn;
    set({ color: isOn ? input.value : null });
  });
  return group(
    'Color',
    h('div', { class: 'color-row' }, own, input),
    h('p', { class: 'hint' }, 'Events that have one keep it.'),
  );
}

/** @param {Details} details @param {(part: Partial<Details>) => void} set */
function attendeesField({ attendees }, set) {
  const warning = h('div', {});
  const text = 'Everyone with a link to this calendar can then read the e-mail addresses of the people invited.';
  const draw = (/** @type {boolean} */ isKept) => fill(warning, isKept ? note('warn', text) : null);
  draw(attendees === 'keep');
  const field = check('Show attendees’ e-mail addresses', attendees === 'keep', (isOn) => {
    draw(isOn);
    set({ attendees: isOn ? 'keep' : 'remove' });
  });
  return group('Attendees', field, warning);
}
