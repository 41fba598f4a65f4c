import { dotVars } from './colors.js';
import { fill, foreign, h } from './dom.js';

/** @typedef {{ value: string, label: string, color?: string | null, note?: string }} Offer */

/** The value of the choice "none"; no name contains a null character. */
export const NONE = '\u0000none';

/**
 * The list of a combobox. Follows the ARIA pattern: the focus stays in the input, and arrow keys move the active option.
 *
 * @param {object} params
 * @param {string} params.listId
 * @param {string} params.label
 * @param {HTMLInputElement} params.input
 * @param {HTMLElement} params.hint emptied when the list closes
 * @param {(offer: Offer) => void} params.chosen
 */
export function createListbox({ listId, label, input, hint, chosen }) {
  // Chromium makes scrollable elements tab stops, and this one is hidden before the focus would reach it.
  const attributes = {
    id: listId,
    class: 'choices',
    role: 'listbox',
    'aria-label': label,
    tabindex: '-1',
    hidden: true,
  };
  const element = h('ul', attributes);
  /** @type {Offer[]} */
  let offers = [];
  /** The index of the active option, or -1. */
  let active = -1;

  /** @param {Offer[]} next @param {boolean} activateFirst */
  function show(next, activateFirst) {
    offers = next;
    active = offers.length > 0 && activateFirst ? 0 : -1;
    draw();
  }

  function draw() {
    fill(element, ...offers.map((offer, at) => option(offer, { id: `${listId}-${at}`, at, isActive: at === active })));
    element.hidden = offers.length === 0;
    input.setAttribute('aria-expanded', String(offers.length > 0));
    if (active < 0) input.removeAttribute('aria-activedescendant');
    else input.setAttribute('aria-activedescendant', `${listId}-${active}`);
    element.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    hint.textContent = '';
  }

  const close = () => show([], false);

  /** @param {1 | -1} step */
  function moveActive(step) {
    if (offers.length === 0) return;
    const start = active < 0 && step < 0 ? 0 : active;
    active = (start + step + offers.length) % offers.length;
    draw();
  }

  /** @param {number} at */
  function choose(at) {
    const offer = offers[at];
    if (offer) chosen(offer);
  }

  /** Handles the keys of the list. Returns whether it did. @param {KeyboardEvent} event */
  function handleKey(event) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      moveActive(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(active);
    } else if (event.key === 'Escape' && !element.hidden) {
      event.stopPropagation();
      close();
    } else return false;
    return true;
  }

  input.addEventListener('blur', close);
  element.addEventListener('mousedown', (event) => event.preventDefault());
  element.addEventListener('click', (event) => {
    const at = /** @type {HTMLElement} */ (event.target).closest('li')?.dataset.at;
    if (at !== undefined) choose(Number(at));
  });
  return { element, show, handleKey, isEmpty: () => offers.length === 0 };
}

/** @param {Offer} offer @param {{ id: string, at: number, isActive: boolean }} params */
function option({ value, label, color, note }, { id, at, isActive }) {
  return h(
    'li',
    {
      id,
      role: 'option',
      class: value === NONE ? 'is-none' : '',
      'aria-selected': String(isActive),
      'data-at': at,
    },
    color ? h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(label)) : foreign(label),
    note ? h('span', { class: 'hint' }, ` ${note}`) : null,
  );
}
