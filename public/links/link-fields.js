/** @import { Link } from '../app/types.js' */
import { ApiError } from '../app/api.js';
import { h, newId } from '../ui/dom.js';
import { showError, validate, validated } from '../ui/errors.js';
import { group, line, segments } from '../ui/fields.js';
import { MAX_NAME, peopleError, peopleIn } from './people.js';

/** The fields that only links have: for whom, and until when. */

/** @typedef {ReturnType<typeof createLinkFields>} LinkFields */

/**
 * @param {Pick<Link, 'for' | 'expires'> | null} link null for a new one
 * @param {{ isMember?: boolean, canCreateMany?: boolean, changed?: () => void }} [params]
 */
export function createLinkFields(link, { isMember = false, canCreateMany = false, changed = () => undefined } = {}) {
  let isMany = false;
  const person = line({
    label: canCreateMany ? 'Person or device' : 'For',
    value: link?.for ?? '',
    hint: isMember
      ? 'Shown in your list of links, and to the administrator.'
      : 'Only you see this, in your list of links.',
    max: MAX_NAME,
    check: () => '',
    changed,
  });
  const many = peopleField(changed);
  many.element.hidden = true;
  const end = endField(link?.expires ?? null, changed);
  const which = segments({
    name: 'amount',
    label: 'For',
    value: 'one',
    choices: [
      { value: 'one', label: 'One link' },
      { value: 'many', label: 'Many at once' },
    ],
    changed: (value) => {
      isMany = value === 'many';
      many.element.hidden = !isMany;
      person.element.hidden = isMany;
      changed();
    },
  });
  const element = canCreateMany ? group('For', which, person.element, many.element) : person.element;
  const forInput = () => (isMany ? many.input : person.input);
  /** @type {() => Record<string, string | null>} */
  const values = () => ({ for: person.input.value.trim() || null, expires: end.input.value || null });
  let saved = values();
  const changes = () => Object.fromEntries(Object.entries(values()).filter(([name, value]) => value !== saved[name]));
  return {
    elements: [element, end.element],
    /** The people of many links; null for one link. */
    people: () => (isMany ? peopleIn(many.input.value) : null),
    values,
    /** What differs from the values that were saved. */
    changes,
    /** Shows an error of the server beside its field; throws it where it is about none of these. @param {unknown} error @returns {null} */
    catchProblem: (error) => {
      const message = error instanceof ApiError && error.status === 400 ? error.message : '';
      const input = /\bexpires\b/.test(message) ? end.input : /"for"|\bfor:/.test(message) ? forInput() : null;
      if (!input) throw error;
      showError(input, message);
      input.focus();
      return null;
    },
    isEdited: () => Object.keys(changes()).length > 0,
    markSaved: () => void (saved = values()),
  };
}

/** @param {() => void} changed */
function peopleField(changed) {
  const id = newId('people');
  const input = h('textarea', { id, rows: 5, dir: 'auto', autocomplete: 'off', 'aria-describedby': `${id}-hint` });
  const error = validated(input, () => peopleError(input.value));
  input.addEventListener('input', () => {
    if (input.hasAttribute('aria-invalid')) validate(input);
    changed();
  });
  const hint = 'One per line, up to 1,000. Each gets a link of their own; you get a list of addresses to send.';
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, 'People'),
    input,
    error,
    h('p', { class: 'hint', id: `${id}-hint` }, hint),
  );
  return { element, input };
}

/** @param {string | null} expires @param {() => void} changed */
function endField(expires, changed) {
  const id = newId('end');
  const today = new Date().toISOString().slice(0, 10);
  const start = expires === null ? '' : lastDay(expires);
  const input = h('input', { id, type: 'date', value: start, min: today, 'aria-describedby': `${id}-hint` });
  const check = () => {
    if (input.validity.badInput) return 'Enter a whole date, or clear it.';
    const isPast = input.value !== '' && input.value < today && input.value !== start;
    return isPast ? 'Choose today or a later day.' : '';
  };
  const error = validated(input, check);
  input.addEventListener('input', changed);
  input.addEventListener('change', () => validate(input));
  const hint = 'Optional. The link stops working at the end of that day (UTC).';
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, 'End date'),
    input,
    error,
    h('p', { class: 'hint', id: `${id}-hint` }, hint),
  );
  return { element, input };
}

/** Returns the last whole day of a link as the API takes it; it may end with that day, or within it. @param {string} expires */
function lastDay(expires) {
  return new Date(Date.parse(expires) - 1).toISOString().slice(0, 10);
}
