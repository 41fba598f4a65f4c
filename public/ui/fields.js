import { h, newId } from './dom.js';
import { validate, validated } from './errors.js';
import { number as formatted } from './time.js';

/** Form controls, each with its label. */

/** A group of controls with a legend. @param {string} name @param {...import('./dom.js').Children} children */
export function group(name, ...children) {
  return h('fieldset', {}, h('legend', {}, name), ...children);
}

/**
 * Radio buttons, one a line. Typing into the `extra` of a choice selects it.
 *
 * @param {{ name: string, value: string, choices: { value: string, label: string, node?: Node, hint?: string, extra?: HTMLElement, error?: HTMLElement, disabled?: boolean }[], changed: (value: string) => void }} params
 */
export function radios({ name, value, choices, changed }) {
  const group = newId(name);
  const rows = choices.map((choice) => {
    const id = newId(name);
    const input = h('input', {
      type: 'radio',
      id,
      name: group,
      value: choice.value,
      checked: choice.value === value,
      disabled: choice.disabled ?? false,
      'aria-describedby': choice.hint ? `${id}-hint` : null,
      onchange: () => changed(choice.value),
    });
    choice.extra?.addEventListener('input', () => {
      if (input.checked) return;
      input.checked = true;
      changed(choice.value);
    });
    const text = h('label', { for: id }, choice.node ?? choice.label);
    const hint = choice.hint ? h('span', { class: 'hint', id: `${id}-hint` }, choice.hint) : null;
    return h(
      'div',
      { class: 'option' },
      input,
      h('div', { class: 'option-text' }, text, choice.extra, choice.error, hint),
    );
  });
  return h('div', { class: 'options' }, ...rows);
}

/**
 * Radio buttons as a segmented control.
 *
 * @param {{ name: string, label: string, value: string, choices: { value: string, label: string }[], changed: (value: string) => void }} params
 */
export function segments({ name, label, value, choices, changed }) {
  const group = newId(name);
  const parts = choices.flatMap((choice) => {
    const id = newId(name);
    const isOn = choice.value === value;
    const input = h('input', {
      type: 'radio',
      id,
      name: group,
      class: 'visually-hidden',
      checked: isOn,
      onchange: () => changed(choice.value),
    });
    return [input, h('label', { for: id }, choice.label)];
  });
  return h('div', { class: 'segmented radio', role: 'radiogroup', 'aria-label': label }, ...parts);
}

/**
 * Check boxes, any number of which can be selected. `required` is the error when none is; without it, none is valid.
 *
 * @param {{ name: string, value: string[], choices: { value: string, label: string, node?: Node }[], changed: (value: string[]) => void, asChips?: boolean, required?: string }} params
 */
export function checks({ name, value, choices, changed, asChips = false, required = '' }) {
  /** @type {{ value: string, input: HTMLInputElement }[]} */
  const inputs = [];
  const chosen = () => inputs.filter((one) => one.input.checked).map((one) => one.value);
  const rows = choices.map((choice) => {
    const id = newId(name);
    const report = () => {
      if (first) validate(first);
      changed(chosen());
    };
    const input = h('input', { type: 'checkbox', id, checked: value.includes(choice.value), onchange: report });
    inputs.push({ value: choice.value, input });
    return h('div', { class: 'option' }, input, h('label', { for: id }, choice.node ?? choice.label));
  });
  const first = inputs[0]?.input;
  const error = first && required !== '' ? validated(first, () => (chosen().length === 0 ? required : '')) : null;
  return h('div', { class: asChips ? 'options chips-in' : 'options' }, ...rows, error);
}

/** One check box. @param {string} label @param {boolean} value @param {(value: boolean) => void} changed @param {string} [hint] */
export function check(label, value, changed, hint = '') {
  const id = newId('check');
  const input = h('input', { type: 'checkbox', id, checked: value, 'aria-describedby': hint ? `${id}-hint` : null });
  input.addEventListener('change', () => changed(input.checked));
  const help = hint ? h('span', { class: 'hint', id: `${id}-hint` }, hint) : null;
  return h('div', { class: 'option' }, input, h('div', { class: 'option-text' }, h('label', { for: id }, label), help));
}

/**
 * A number input that fits into a sentence; reports only valid whole numbers. `error` belongs beside the sentence.
 *
 * @param {{ label: string, value: number, min?: number, max: number, isUsed?: () => boolean, changed: (value: number) => void }} params isUsed: false while other choices make the number irrelevant
 */
export function smallNumber({ label, value, min = 0, max, isUsed = () => true, changed }) {
  const input = h('input', {
    type: 'number',
    class: 'small-number',
    min,
    max,
    step: 1,
    value: String(value),
    inputmode: 'numeric',
    'aria-label': label,
  });
  const isValid = () => input.value !== '' && input.validity.valid;
  const message = `Enter a whole number from ${min} to ${formatted(max)}.`;
  const error = validated(input, () => (isUsed() && !isValid() ? message : ''));
  input.addEventListener('input', () => {
    if (isValid()) changed(Number(input.value));
    validate(input);
  });
  return { input, error };
}

/** A text input; `check` returns its error, or an empty text. @param {{ label: string, value: string, hint?: string, max: number, check?: (value: string) => string, changed: (value: string) => void }} params */
export function line({ label, value, hint = '', max, check, changed }) {
  const id = newId('line');
  const input = h('input', {
    id,
    type: 'text',
    value,
    maxlength: max,
    dir: 'auto',
    autocomplete: 'off',
    'aria-describedby': hint ? `${id}-hint` : null,
  });
  const error = check ? validated(input, () => check(input.value)) : null;
  input.addEventListener('input', () => {
    validate(input);
    changed(input.value);
  });
  const help = hint ? h('p', { class: 'hint', id: `${id}-hint` }, hint) : null;
  return { input, element: h('div', { class: 'field' }, h('label', { for: id }, label), input, error, help) };
}

/** A drop-down list. @param {{ label: string, value: string, choices: { value: string, label: string }[], changed: (value: string) => void }} params */
export function picker({ label, value, choices, changed }) {
  const id = newId('picker');
  const select = h('select', { id }, ...choices.map((one) => h('option', { value: one.value }, one.label)));
  select.value = value;
  select.addEventListener('change', () => changed(select.value));
  return h('div', { class: 'field' }, h('label', { for: id }, label), select);
}
