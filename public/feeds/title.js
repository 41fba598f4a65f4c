/** @import { Options } from './options.js' */
/** @import { Changed } from './main-options.js' */
/** @import { Preview } from '../app/types.js' */
import { fill, h } from '../ui/dom.js';
import { formatField } from './format-field.js';
import { group, radios } from '../ui/fields.js';
import { titleParts } from '../preview/popover.js';

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
  const custom = formatField({
    label: 'Title format',
    value: options.title,
    placeholders: PLACEHOLDERS,
    example: TITLE_EXAMPLE,
    changed: (title) => changed({ title }),
  });
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
    const event =
      events.find(({ uid, start }) => uid.startsWith('plane-issue') && (start ?? '') >= now) ??
      events.find(({ uid }) => uid.startsWith('plane-'));
    fill(sample, event ? ['Example: ', h('bdi', { class: 'foreign', dir: 'auto' }, titleParts(event.title))] : null);
  };
  return { element: group('Titles', picker, custom.element, sample), showSample };
}
