/** @import { NameList } from '../app/types.js' */
/** @import { Offer } from './listbox.js' */
import { fill, foreign, h, newId } from './dom.js';
import { validate, validated } from './errors.js';
import { icon } from './icons.js';
import { createListbox, NONE } from './listbox.js';
import { announce } from './notice.js';
import { shorten } from './truncate.js';

/** Characters of what was typed that an error repeats. */
const MAX_SHOWN = 12;

/** @typedef {Omit<Offer, 'label'> & { label?: string }} Choice */
/**
 * @typedef {object} ChoiceField
 * @property {string} label
 * @property {string} placeholder
 * @property {string} without label of the choice "none", such as "without a label"; empty when it is not available
 * @property {NameList} value
 * @property {() => Promise<Choice[]>} choices
 * @property {(value: NameList) => void} changed
 * @property {Offer[]} [known] choices that need no request
 * @property {string} [required] the error when nothing is chosen; without it, nothing is valid
 */

/** A field for several names, which are found by typing. @param {ChoiceField} field */
export function choiceField({ label, placeholder, without, value, choices, changed, known: initial, required = '' }) {
  const { listId, input, hint, tokens, box, assemble } = choiceParts(label, placeholder);
  const listbox = createListbox({ listId, label, input, hint, chosen: (one) => add(one.value) });
  const error = validated(input, () => leftover(input.value) || (all().length === 0 ? required : ''));
  const element = assemble(listbox.element, error);

  let current = value;
  /** @type {Offer[] | null} */
  let known = initial ?? null;

  const all = () => (current.none ? [...current.names, NONE] : current.names);
  const labelOf = (/** @type {string} */ one) =>
    one === NONE ? without : (known?.find((choice) => choice.value === one)?.label ?? one);

  /** @param {NameList} next */
  function set(next) {
    current = next;
    drawTokens();
    validate(input);
    changed(current);
  }

  /** @param {string} one a name, or NONE */
  function add(one) {
    input.value = '';
    set(withChoice(current, one, true));
    announce(`${labelOf(one)} added`);
    offer();
  }

  /** @param {string} one */
  function remove(one) {
    set(withChoice(current, one, false));
    announce(`${labelOf(one)} removed`);
    input.focus();
  }

  function drawTokens() {
    tokens.draw(all().map((one) => ({ text: labelOf(one), remove: () => remove(one) })));
    input.placeholder = all().length === 0 ? placeholder : '';
  }

  function offer() {
    const typed = input.value.trim().toLocaleLowerCase();
    const none = without === '' ? [] : [{ value: NONE, label: without }];
    const offers = [...none, ...(known ?? [])].filter((one) => !all().includes(one.value));
    listbox.show(matching(offers, typed), typed !== '');
    if (known !== null && input.value !== '' && listbox.isEmpty()) hint.textContent = 'No matches.';
  }

  async function open() {
    known ??= await loadChoices(choices, hint);
    if (known !== null && document.activeElement === input) offer();
  }

  /** Chooses what was typed in full. Anything else that is left is an error, rather than lost. */
  function finishTyping() {
    const match = sameLabel(known ?? [], input.value);
    hint.textContent = '';
    if (match === null) return void (input.value.trim() === '' || validate(input));
    input.value = '';
    set(withChoice(current, match, true));
  }

  connect(box, input, {
    open,
    finishTyping,
    listbox,
    removeLast: () => {
      const last = all().at(-1);
      if (last !== undefined) remove(last);
    },
  });
  drawTokens();
  return {
    element,
    /** Loads the choices again when they are next needed. */
    reload: () => void (known = null),
  };
}

/**
 * Connects the events of a field.
 *
 * @param {HTMLElement} box
 * @param {HTMLInputElement} input
 * @param {{ open: () => Promise<void>, finishTyping: () => void, removeLast: () => void, listbox: ReturnType<typeof createListbox> }} actions
 */
function connect(box, input, { open, finishTyping, removeLast, listbox }) {
  for (const type of ['focus', 'input']) input.addEventListener(type, () => void open());
  input.addEventListener('input', () => input.getAttribute('aria-invalid') && validate(input));
  input.addEventListener('blur', finishTyping);
  input.addEventListener('click', () => listbox.isEmpty() && void open());
  input.addEventListener('keydown', (event) => {
    const isArrow = event.key === 'ArrowDown' || event.key === 'ArrowUp';
    if (isArrow && listbox.isEmpty()) void open();
    if (listbox.handleKey(event)) return;
    if (event.key === 'Backspace' && input.value === '') removeLast();
  });
  box.addEventListener('click', (event) => event.target === box && input.focus());
}

/** Returns the error for a text that was typed and not chosen, or an empty text. @param {string} value */
function leftover(value) {
  const typed = value.trim();
  return typed === '' ? '' : `Choose from the list, or clear “${shorten(typed, MAX_SHOWN)}”.`;
}

/** The elements of a field, and how they belong together. @param {string} label @param {string} placeholder */
function choiceParts(label, placeholder) {
  const [inputId, listId, hintId] = [newId('choice'), newId('choices'), newId('choice-hint')];
  const input = comboboxInput({ inputId, listId, hintId, placeholder });
  const hint = h('p', { class: 'hint', id: hintId });
  const tokens = createTokens(label);
  const box = h('div', { class: 'token-box' }, tokens.element, input);
  /** @param {HTMLElement} list @param {HTMLElement} error */
  const assemble = (list, error) => {
    const foot = h('div', { class: 'choice-foot' }, error, hint);
    const combobox = h('div', { class: 'combobox' }, box, list);
    return h('div', { class: 'field choice' }, h('label', { for: inputId }, label), combobox, foot);
  };
  return { listId, input, hint, tokens, box, assemble };
}

/** Returns the value of the offer with this label in any letter case, or null. @param {Offer[]} offers @param {string} text */
function sameLabel(offers, text) {
  const typed = text.trim().toLocaleLowerCase();
  return offers.find(({ label }) => label.toLocaleLowerCase() === typed)?.value ?? null;
}

/** @param {{ inputId: string, listId: string, hintId: string, placeholder: string }} params */
function comboboxInput({ inputId, listId, hintId, placeholder }) {
  return h('input', {
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
}

/** Loads the choices; null when that fails, which the hint then says. @param {() => Promise<Choice[]>} choices @param {HTMLElement} hint @returns {Promise<Offer[] | null>} */
async function loadChoices(choices, hint) {
  const slow = setTimeout(() => (hint.textContent = 'Loading from Plane…'), 300);
  try {
    const loaded = (await choices()).map((one) => ({ ...one, label: one.label ?? one.value }));
    hint.textContent = '';
    return loaded;
  } catch {
    hint.textContent = 'Couldn’t load the names. Try again in a moment.';
    return null;
  } finally {
    clearTimeout(slow);
  }
}

/** Returns a list with a choice added or removed. @param {NameList} list @param {string} one @param {boolean} isChosen @returns {NameList} */
function withChoice({ names, none }, one, isChosen) {
  if (one === NONE) return { names, none: isChosen };
  const others = names.filter((name) => name !== one);
  return { names: isChosen ? [...others, one] : others, none };
}

/** The list of chosen names. @param {string} label */
function createTokens(label) {
  const element = h('ul', { class: 'tokens', 'aria-label': `${label}: chosen` });
  const draw = (/** @type {{ text: string, remove: () => void }[]} */ tokens) => {
    const rows = tokens.map(({ text, remove }) => {
      const button = h('button', { type: 'button', 'aria-label': `Remove ${text}`, onclick: remove }, icon('close'));
      return h('li', { class: 'token' }, foreign(text), button);
    });
    fill(element, ...rows);
    element.hidden = rows.length === 0;
  };
  return { element, draw };
}

/** Returns the offers that contain a text, first those that begin with it, "none" last. @param {Offer[]} offers @param {string} typed in lower case */
function matching(offers, typed) {
  const found = offers.filter(({ label }) => label.toLocaleLowerCase().includes(typed));
  const rank = (/** @type {Offer} */ { value, label }) => {
    if (value === NONE) return 2;
    return label.toLocaleLowerCase().startsWith(typed) ? 0 : 1;
  };
  return typed === '' ? found : found.sort((a, b) => rank(a) - rank(b));
}
