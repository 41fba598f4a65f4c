/** @import { NameList } from '../app/types.js' */
import { dotVars } from './colors.js';
import { fill, foreign, h, newId } from './dom.js';
import { icon } from './icons.js';
import { announce } from './notice.js';

/** @typedef {{ value: string, label?: string, color?: string | null, note?: string }} Choice */
/** @typedef {Choice & { label: string }} Offer */
/**
 * @typedef {object} ChoiceField
 * @property {string} label
 * @property {string} placeholder
 * @property {string} without what "none" is called, such as "without a label"; empty where there is no such thing
 * @property {NameList} value
 * @property {() => Promise<Choice[]>} choices
 * @property {(value: NameList) => void} changed
 * @property {Offer[]} [known] choices that need no asking
 */

const NONE = '\u0000none';

/** A field that holds several names, found by typing. @param {ChoiceField} field */
export function choiceField({ label, placeholder, without, value, choices, changed, known: given }) {
  const [inputId, listId, hintId] = [newId('choice'), newId('choices'), newId('choice-hint')];
  const tokens = h('ul', { class: 'tokens', 'aria-label': `${label}: chosen` });
  const input = h('input', {
    id: inputId,
    type: 'text',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    dir: 'auto',
    placeholder,
    'aria-expanded': 'false',
    'aria-controls': listId,
    'aria-autocomplete': 'list',
    'aria-describedby': hintId,
  });
  const list = h('ul', { id: listId, class: 'choices', role: 'listbox', 'aria-label': label, hidden: true });
  const hint = h('p', { class: 'hint choice-hint', id: hintId });
  const box = h('div', { class: 'token-box' }, tokens, input);
  const element = h('div', { class: 'field choice' }, h('label', { for: inputId }, label), box, list, hint);

  let held = value;
  /** @type {Offer[] | null} */
  let known = given ?? null;
  /** @type {Offer[]} */
  let offered = [];
  let active = -1;

  const all = () => (held.none ? [...held.names, NONE] : held.names);
  const labelOf = (/** @type {string} */ one) =>
    one === NONE ? without : (known?.find((choice) => choice.value === one)?.label ?? one);

  /** @param {NameList} next */
  function set(next) {
    held = next;
    drawTokens();
    changed(held);
  }

  /** @param {string} one */
  function add(one) {
    set(one === NONE ? { ...held, none: true } : { ...held, names: [...held.names, one] });
    announce(`${labelOf(one)} added`);
    input.value = '';
    offer();
  }

  /** @param {string} one */
  function remove(one) {
    set(one === NONE ? { ...held, none: false } : { ...held, names: held.names.filter((name) => name !== one) });
    announce(`${labelOf(one)} removed`);
    input.focus();
  }

  function drawTokens() {
    const items = all().map((one) => {
      const text = labelOf(one);
      const button = h(
        'button',
        { type: 'button', 'aria-label': `Remove ${text}`, onclick: () => remove(one) },
        icon('close'),
      );
      return h('li', { class: 'token' }, foreign(text), button);
    });
    fill(tokens, ...items);
    tokens.hidden = items.length === 0;
    input.placeholder = items.length === 0 ? placeholder : '';
  }

  function offer() {
    const typed = input.value.trim().toLocaleLowerCase();
    const chosen = new Set(all());
    /** @type {Offer[]} */
    const candidates = [...(without === '' ? [] : [{ value: NONE, label: without }]), ...(known ?? [])];
    offered = candidates.filter((one) => !chosen.has(one.value) && one.label.toLocaleLowerCase().includes(typed));
    const rank = (/** @type {Offer} */ one) =>
      one.value === NONE ? 2 : one.label.toLocaleLowerCase().startsWith(typed) ? 0 : 1;
    if (typed !== '') offered.sort((a, b) => rank(a) - rank(b));
    active = offered.length > 0 && typed !== '' ? 0 : -1;
    drawList();
  }

  function drawList() {
    const options = offered.map((one, at) =>
      h(
        'li',
        {
          id: `${listId}-${at}`,
          role: 'option',
          class: one.value === NONE ? 'is-none' : '',
          'aria-selected': String(at === active),
          'data-at': at,
        },
        one.color ? h('span', { class: 'with-dot', vars: dotVars(one.color) }, foreign(one.label)) : foreign(one.label),
        one.note ? h('span', { class: 'hint' }, ` ${one.note}`) : null,
      ),
    );
    fill(list, ...options);
    list.hidden = offered.length === 0;
    input.setAttribute('aria-expanded', String(offered.length > 0));
    if (active < 0) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `${listId}-${active}`);
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    hint.textContent = known !== null && offered.length === 0 && input.value !== '' ? 'Nothing here by that name.' : '';
  }

  function close() {
    offered = [];
    active = -1;
    drawList();
    hint.textContent = '';
  }

  async function open() {
    if (known === null) {
      const slow = setTimeout(() => (hint.textContent = 'Asking Plane…'), 300);
      try {
        known = (await choices()).map((one) => ({ ...one, label: one.label ?? one.value }));
        hint.textContent = '';
      } catch {
        hint.textContent = 'The names could not be read. Try again in a moment.';
        return;
      } finally {
        clearTimeout(slow);
      }
    }
    if (document.activeElement === input) offer();
  }

  input.addEventListener('focus', () => void open());
  input.addEventListener('click', () => list.hidden && void open());
  input.addEventListener('input', () => void open());
  input.addEventListener('blur', close);
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const at = /** @type {HTMLElement} */ (event.target).closest('li')?.dataset.at;
    const one = offered[Number(at)];
    if (one) add(one.value);
  });
  box.addEventListener('click', (event) => event.target === box && input.focus());
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) void open();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      active =
        offered.length === 0
          ? -1
          : (active + step + offered.length + (active < 0 && step < 0 ? 1 : 0)) % offered.length;
      drawList();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const one = offered[active];
      if (one) add(one.value);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === 'Backspace' && input.value === '') {
      const last = all().at(-1);
      if (last !== undefined) remove(last);
    }
  });

  drawTokens();
  return {
    element,
    /** The names are others now. */
    forget: () => {
      known = null;
    },
  };
}
