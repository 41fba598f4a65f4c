/** @import { Options } from './options.js' */
/** @import { Changed } from './main-options.js' */
/** @import { Preview } from '../app/types.js' */
import { fill, h } from '../ui/dom.js';
import { validate } from '../ui/errors.js';
import { group, line, radios } from '../ui/fields.js';
import { titleParts } from '../preview/popover.js';
import { shorten } from '../ui/truncate.js';

/** How titles are written: one of three common formats, or a custom one. */

const PLACEHOLDERS = ['key', 'number', 'name', 'project', 'state', 'priority', 'assignees'];
const TITLE_EXAMPLE = '[{key}] {name}';
const FORMATS = [
  { value: TITLE_EXAMPLE, label: 'Key first', hint: '[WEB-12] Book the venue' },
  { value: '{name} [{key}]', label: 'Name first', hint: 'Book the venue [WEB-12]' },
  { value: '{name}', label: 'Name only', hint: 'Book the venue' },
];
const CUSTOM = 'custom';

/** The picker, and a title from the preview as its example. @param {Options} options @param {Changed} changed */
export function titleField(options, changed) {
  const sample = h('p', { class: 'sample', 'aria-live': 'polite' });
  const isKnown = FORMATS.some(({ value }) => value === options.title);
  const custom = customField(options.title, changed);
  custom.element.hidden = isKnown;
  const picker = radios({
    name: 'title',
    value: isKnown ? options.title : CUSTOM,
    choices: [...FORMATS, { value: CUSTOM, label: 'Custom' }],
    changed: (value) => {
      custom.element.hidden = value !== CUSTOM;
      changed({ title: value === CUSTOM ? custom.input.value : value });
    },
  });
  /** @param {Preview} preview */
  const showSample = ({ events }) => {
    const now = new Date().toISOString().slice(0, 10);
    const event = events.find(({ uid, start }) => uid.startsWith('plane-issue') && (start ?? '') >= now) ?? events[0];
    fill(sample, event ? ['Example: ', h('bdi', { class: 'foreign', dir: 'auto' }, titleParts(event.title))] : null);
  };
  return { element: group('Titles', picker, custom.element, sample), showSample };
}

/** A format with placeholders. @param {string} value @param {Changed} changed */
function customField(value, changed) {
  const field = line({
    label: 'Title format',
    value,
    max: 200,
    check: titleError,
    changed: (title) => changed({ title }),
  });
  const { input, element } = field;
  const buttons = PLACEHOLDERS.map((one) => {
    const insert = () => {
      const end = input.value.length;
      input.setRangeText(`{${one}}`, input.selectionStart ?? end, input.selectionEnd ?? end, 'end');
      input.focus();
      validate(input);
      changed({ title: input.value });
    };
    return h(
      'button',
      { type: 'button', class: 'placeholder', 'aria-label': `Insert ${one}`, onclick: insert },
      `{${one}}`,
    );
  });
  element.classList.add('custom-title');
  element.append(h('div', { class: 'placeholders', role: 'group', 'aria-label': 'Insert' }, ...buttons));
  return { element, input };
}

/** Returns what is wrong with a title format, or an empty text. @param {string} format */
function titleError(format) {
  if (format.trim() === '') return `Enter a format, such as ${TITLE_EXAMPLE}.`;
  const rest = PLACEHOLDERS.reduce((text, one) => text.replaceAll(`{${one}}`, ''), format);
  const [invalid] = /\{[^{}\s]*\}?|\}/.exec(rest) ?? [];
  if (invalid === undefined) return '';
  return `“${shorten(invalid, 24)}” isn’t a placeholder. Insert one of those below.`;
}
