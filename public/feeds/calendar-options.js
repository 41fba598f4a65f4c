/** @import { Options } from './options.js' */
/** @import { Changed } from './main-options.js' */
import { h, newId } from '../ui/dom.js';
import { check, group, line, radios } from '../ui/fields.js';
import { formatField } from './format-field.js';
import { joinWords, splitWords } from './options.js';

/** The options that apply to events of other calendars alone. */

const TITLE = '{title}';
const CALENDAR_FIRST = '{calendar}: {title}';
const CUSTOM = 'custom';
/** The API's limit, in characters. */
const MAX_WORDS = 1000;

/** The fields; `adapt` follows the reminders of work items. @param {Options} options @param {Changed} changed @param {HTMLElement[]} more */
export function calendarOptions(options, changed, more) {
  const reminders = remindersCheck(options, changed);
  const element = group(
    'Events of other calendars',
    wordsField({
      label: 'Only with one of these words',
      hint: 'In the title, categories or location. Separate words with commas.',
      value: options.only,
      changed: (only) => changed({ only }),
    }),
    wordsField({
      label: 'Without these words',
      hint: '',
      value: options.without,
      changed: (without) => changed({ without }),
    }),
    titles(options, changed),
    reminders.element,
    ...more,
  );
  return { element, adapt: reminders.adapt };
}

/** @param {{ label: string, hint: string, value: string[], changed: (words: string[]) => void }} params */
function wordsField({ label, hint, value, changed }) {
  return line({
    label,
    hint,
    value: joinWords(value).replaceAll(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/g, ', '),
    max: MAX_WORDS,
    check: quotesError,
    changed: (text) => changed(splitWords(text)),
  }).element;
}

/** @param {string} text */
function quotesError(text) {
  return text.split('"').length % 2 === 0 ? 'Close the quotation mark, or remove it.' : '';
}

/** @param {Options} options @param {Changed} changed */
function titles(options, changed) {
  const isKnown = [TITLE, CALENDAR_FIRST].includes(options.calendar_title);
  const custom = formatField({
    label: 'Format of their titles',
    value: options.calendar_title,
    placeholders: ['calendar', 'title'],
    example: CALENDAR_FIRST,
    changed: (format) => changed({ calendar_title: format }),
  });
  custom.element.hidden = isKnown;
  const picker = radios({
    name: 'calendar-title',
    value: isKnown ? options.calendar_title : CUSTOM,
    choices: [
      { value: TITLE, label: 'Keep titles' },
      { value: CALENDAR_FIRST, label: 'Calendar first', hint: 'Holidays: New Year’s Day' },
      { value: CUSTOM, label: 'Other format' },
    ],
    changed: (value) => {
      custom.element.hidden = value !== CUSTOM;
      changed({ calendar_title: value === CUSTOM ? custom.input.value : value });
    },
  });
  return h('div', {}, picker, custom.element);
}

/** Events keep their own reminders unless they are removed, which can't go with reminders of work items. @param {Options} options @param {Changed} changed */
function remindersCheck(options, changed) {
  const id = newId('reminders-reason');
  const option = check('Remove their reminders', options.alarm?.length === 0, (isOn) =>
    changed({ alarm: isOn ? [] : null }),
  );
  const input = /** @type {HTMLInputElement} */ (option.querySelector('input'));
  const reason = h('p', { class: 'hint', id }, 'Not available while work items have reminders.');
  /** @param {Options} next */
  const adapt = ({ alarm }) => {
    const isTaken = alarm !== null && alarm.length > 0;
    input.disabled = isTaken;
    input.checked = alarm?.length === 0;
    reason.hidden = !isTaken;
    if (isTaken) input.setAttribute('aria-describedby', id);
    else input.removeAttribute('aria-describedby');
  };
  return { element: h('div', {}, option, reason), adapt };
}
