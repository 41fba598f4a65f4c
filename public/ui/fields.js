import { h, newId } from './dom.js';

/** Form controls, each with its label. */

/** A group of controls with a legend. @param {string} name @param {...import('./dom.js').Children} children */
export function group(name, ...children) {
  return h('fieldset', {}, h('legend', {}, name), ...children);
}

/**
 * Radio buttons, one a line.
 *
 * @param {{ name: string, value: string, choices: { value: string, label: string, node?: Node, hint?: string, extra?: HTMLElement, disabled?: boolean }[], changed: (value: string) => void }} params
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
    const text = h('label', { for: id }, choice.node ?? choice.label);
    const hint = choice.hint ? h('span', { class: 'hint', id: `${id}-hint` }, choice.hint) : null;
    return h('div', { class: 'option' }, input, h('div', { class: 'option-text' }, text, choice.extra, hint));
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
 * Check boxes, any number of which can be selected. With `atLeastOne` the last one can't be cleared.
 *
 * @param {{ name: string, value: string[], choices: { value: string, label: string, node?: Node }[], changed: (value: string[]) => void, asChips?: boolean, atLeastOne?: boolean }} params
 */
export function checks({ name, value, choices, changed, asChips = false, atLeastOne = false }) {
  /** @type {{ value: string, input: HTMLInputElement }[]} */
  const inputs = [];
  const rows = choices.map((choice) => {
    const id = newId(name);
    const report = () => {
      const chosen = inputs.filter((one) => one.input.checked).map((one) => one.value);
      if (atLeastOne && chosen.length === 0) input.checked = true;
      else changed(chosen);
    };
    /** @type {HTMLInputElement} */
    const input = h('input', { type: 'checkbox', id, checked: value.includes(choice.value), onchange: report });
    inputs.push({ value: choice.value, input });
    return h('div', { class: 'option' }, input, h('label', { for: id }, choice.node ?? choice.label));
  });
  return h('div', { class: asChips ? 'options chips-in' : 'options' }, ...rows);
}

/** One check box. @param {string} label @param {boolean} value @param {(value: boolean) => void} changed @param {string} [hint] */
export function check(label, value, changed, hint = '') {
  const id = newId('check');
  const input = h('input', { type: 'checkbox', id, checked: value, 'aria-describedby': hint ? `${id}-hint` : null });
  input.addEventListener('change', () => changed(input.checked));
  const help = hint ? h('span', { class: 'hint', id: `${id}-hint` }, hint) : null;
  return h('div', { class: 'option' }, input, h('div', { class: 'option-text' }, h('label', { for: id }, label), help));
}

/** A number input that fits into a sentence; reports only valid whole numbers. @param {{ label: string, value: number, max: number, changed: (value: number) => void }} params */
export function smallNumber({ label, value, max, changed }) {
  const input = h('input', {
    type: 'number',
    class: 'small-number',
    min: 0,
    max,
    step: 1,
    value: String(value),
    inputmode: 'numeric',
    'aria-label': label,
  });
  input.addEventListener('input', () => {
    const entered = Number(input.value);
    if (input.value !== '' && input.validity.valid) changed(entered);
  });
  return input;
}

/** A text input. @param {{ label: string, value: string, hint?: string, max: number, changed: (value: string) => void }} params */
export function line({ label, value, hint = '', max, changed }) {
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
  input.addEventListener('input', () => changed(input.value));
  const help = hint ? h('p', { class: 'hint', id: `${id}-hint` }, hint) : null;
  return { input, element: h('div', { class: 'field' }, h('label', { for: id }, label), input, help) };
}

/** A drop-down list. @param {{ label: string, value: string, choices: { value: string, label: string }[], changed: (value: string) => void }} params */
export function picker({ label, value, choices, changed }) {
  const id = newId('picker');
  const select = h('select', { id }, ...choices.map((one) => h('option', { value: one.value }, one.label)));
  select.value = value;
  select.addEventListener('change', () => changed(select.value));
  return h('div', { class: 'field' }, h('label', { for: id }, label), select);
}
