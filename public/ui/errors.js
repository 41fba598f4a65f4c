import { h, newId } from './dom.js';
import { announce } from './notice.js';

/** Errors beside the fields of a form. */

/**
 * @typedef {object} Validation
 * @property {() => string} check returns the error, or an empty text
 * @property {(message: string) => void} show
 * @property {() => string} shown the error on the page, or an empty text
 */

/** @type {WeakMap<Element, Validation>} */
const validations = new WeakMap();

/**
 * Attaches a check to a control. Returns the element of its error, to be placed beside the control.
 *
 * @param {HTMLElement} control
 * @param {() => string} check returns the error, or an empty text
 */
export function validated(control, check) {
  const id = newId('error');
  const element = h('p', { class: 'field-error', id, hidden: true });
  /** @param {string} message */
  const show = (message) => {
    if (element.textContent === message) return;
    const isBad = message !== '';
    element.textContent = message;
    element.hidden = !isBad;
    if (isBad) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
    const ids = (control.getAttribute('aria-describedby') ?? '').split(' ').filter((one) => one !== '' && one !== id);
    control.setAttribute('aria-describedby', [...(isBad ? [id] : []), ...ids].join(' '));
    if (isBad && control === document.activeElement) announce(message);
  };
  control.setAttribute('data-validated', '');
  validations.set(control, { check, show, shown: () => element.textContent ?? '' });
  return element;
}

/** Checks a control and shows or clears its error. Returns whether it is valid. @param {Element} control */
export function validate(control) {
  const validation = validations.get(control);
  const message = validation?.check() ?? '';
  validation?.show(message);
  return message === '';
}

/** Shows an error that only the server could find. The next check replaces it. @param {Element} control @param {string} message */
export function showError(control, message) {
  validations.get(control)?.show(message);
}

/** Checks the controls that show an error again. Returns the first error that is left, or an empty text. @param {ParentNode} root */
export function remainingError(root) {
  let first = '';
  for (const control of controlsIn(root)) {
    const validation = validations.get(control);
    if (!validation || validation.shown() === '') continue;
    validate(control);
    first ||= validation.shown();
  }
  return first;
}

/** Checks every visible control and moves the focus to the first error. Returns whether all are valid. @param {ParentNode} root */
export function validateAll(root) {
  const [first] = controlsIn(root).filter((control) => !validate(control));
  if (!first) return true;
  for (let closed = closedAround(first); closed; closed = closedAround(first)) closed.open = true;
  first.focus();
  return false;
}

/** @param {ParentNode} root @returns {HTMLElement[]} */
function controlsIn(root) {
  const found = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-validated]'));
  return [...found].filter((control) => control.closest('[hidden]') === null);
}

/** @param {Element} control @returns {HTMLDetailsElement | null} */
function closedAround(control) {
  return control.closest('details:not([open])');
}
