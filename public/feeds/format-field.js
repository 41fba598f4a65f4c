import { h } from '../ui/dom.js';
import { validate } from '../ui/errors.js';
import { line } from '../ui/fields.js';
import { shorten } from '../ui/truncate.js';

/**
 * A field for a text with placeholders in braces, and buttons that insert them.
 *
 * @param {{ label: string, value: string, placeholders: string[], example: string, changed: (value: string) => void }} params
 */
export function formatField({ label, value, placeholders, example, changed }) {
  const check = (/** @type {string} */ format) => formatError(format, placeholders, example);
  const { input, element } = line({ label, value, max: 200, check, changed });
  const buttons = placeholders.map((one) => {
    const insert = () => {
      const end = input.value.length;
      input.setRangeText(`{${one}}`, input.selectionStart ?? end, input.selectionEnd ?? end, 'end');
      input.focus();
      validate(input);
      changed(input.value);
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

/** Returns what is wrong with a format, or an empty text. @param {string} format @param {string[]} placeholders @param {string} example */
function formatError(format, placeholders, example) {
  if (format.trim() === '') return `Enter a format, such as ${example}.`;
  const rest = placeholders.reduce((text, one) => text.replaceAll(`{${one}}`, ''), format);
  const [invalid] = /\{[^{}\s]*\}?|\}/.exec(rest) ?? [];
  if (invalid === undefined) return '';
  return `“${shorten(invalid, 24)}” isn’t a placeholder. Insert one of those below.`;
}
