import { fill, focusHeading, h } from './dom.js';
import { icon } from './icons.js';
import { skeleton } from './skeleton.js';
import { messageOf } from '../app/api.js';

const toast = /** @type {HTMLElement} */ (document.getElementById('toast'));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Shows a message at the bottom of the page for a few seconds; screen readers announce it. One with an action stays longer, and while
 * its button has the focus.
 *
 * @param {string} text
 * @param {'done' | 'bad'} [tone]
 * @param {{ label: string, run: () => Promise<unknown> }} [action]
 */
export function showToast(text, tone = 'done', action) {
  clearTimeout(timer);
  const layer = document.querySelector('dialog[open]') ?? document.body;
  if (toast.parentElement !== layer) layer.append(toast);
  const button = action && h('button', { type: 'button', class: 'link' }, action.label);
  button?.addEventListener('click', () => {
    fill(toast);
    void action?.run().catch((error) => showToast(messageOf(error), 'bad'));
  });
  const body = h('span', {}, text, button ? ' ' : null, button);
  fill(toast, h('span', { class: `toast ${tone}` }, icon(tone === 'done' ? 'check' : 'warn'), body));
  const hide = () => {
    if (toast.contains(document.activeElement)) timer = setTimeout(hide, 2000);
    else fill(toast);
  };
  timer = setTimeout(hide, action ? 12_000 : tone === 'done' ? 4500 : 9000);
}

/** Announces a text to screen readers without showing it. @param {string} text */
export function announce(text) {
  const live = /** @type {HTMLElement} */ (document.getElementById('live'));
  live.textContent = text;
}

/** A message within a view. @param {'bad' | 'warn' | 'info' | 'good'} tone @param {...import('./dom.js').Children} children */
export function note(tone, ...children) {
  const name = tone === 'good' ? 'check' : 'warn';
  const body = h('div', { class: 'note-body' }, ...children);
  return h(
    'div',
    { class: `note ${tone}`, role: tone === 'bad' ? 'alert' : null },
    tone === 'info' ? null : icon(name),
    body,
  );
}

/**
 * Loads a value and draws it into a region. Shows placeholders after 300 ms, and an error with a retry button on failure.
 *
 * @template T
 * @param {HTMLElement} region
 * @param {() => Promise<T>} work
 * @param {(value: T) => import('./dom.js').Children} draw
 * @param {AbortSignal} signal
 * @param {import('./skeleton.js').Shape} [shape] of the placeholders
 */
export async function load(region, work, draw, signal, shape = 'rows') {
  region.setAttribute('aria-busy', 'true');
  const slow = setTimeout(() => fill(region, skeleton(shape)), 300);
  try {
    const value = await work();
    if (signal.aborted) return;
    const hadFocus = region.contains(document.activeElement);
    fill(region, draw(value));
    if (hadFocus) focusHeading();
  } catch (error) {
    if (signal.aborted) return;
    const retry = h('button', { type: 'button', onclick: () => load(region, work, draw, signal, shape) }, 'Try again');
    fill(region, note('bad', h('p', {}, messageOf(error)), h('p', {}, retry)));
  } finally {
    clearTimeout(slow);
    region.removeAttribute('aria-busy');
  }
}

/** Removes a toast with a problem, which would make no sense in another view. */
export function hideProblem() {
  if (toast.querySelector('.bad')) fill(toast);
}

/**
 * Runs a button's action. The button is disabled meanwhile. A failure is shown in `problem`, or without it as a toast.
 *
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} work
 * @param {HTMLElement} [problem]
 */
export async function busy(button, work, problem) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  if (problem) fill(problem);
  const slow = setTimeout(() => button.classList.add('working'), 300);
  try {
    await work();
  } catch (error) {
    if (problem) fill(problem, note('bad', messageOf(error)));
    else showToast(messageOf(error), 'bad');
  } finally {
    clearTimeout(slow);
    button.classList.remove('working');
    button.removeAttribute('aria-disabled');
  }
}

/**
 * Opens a modal dialog. Resolves to whether the user confirmed.
 *
 * @param {{ title: string, body: import('./dom.js').Children, confirm: string, danger?: boolean }} question
 * @returns {Promise<boolean>}
 */
export function confirmDialog({ title, body, confirm, danger = false }) {
  const cancel = h('button', { type: 'button', onclick: () => dialog.close('') }, 'Cancel');
  const go = h(
    'button',
    { type: 'button', class: danger ? 'danger' : 'primary', onclick: () => dialog.close('yes') },
    confirm,
  );
  const heading = h('h2', { id: 'dialog-title' }, title);
  const actions = h('div', { class: 'actions' }, cancel, go);
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'dialog-title' },
    heading,
    h('div', { class: 'prose' }, body),
    actions,
  );
  return showDialog(dialog);
}

/** Opens a dialog. Resolves when it closes, to whether the user confirmed. @param {HTMLDialogElement} dialog @returns {Promise<boolean>} */
export function showDialog(dialog) {
  document.body.append(dialog);
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close(''));
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      if (dialog.contains(toast)) document.body.append(toast);
      dialog.remove();
      // What opened it may be gone.
      if (document.activeElement === document.body) focusHeading();
      resolve(dialog.returnValue === 'yes');
    });
  });
}
