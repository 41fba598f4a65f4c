import { h } from './dom.js';
import { confirmed } from './notice.js';

/** Edits that are not saved: asked about before they are lost. */

/** @type {(() => boolean) | null} */
let isEdited = null;
/** @type {Promise<boolean> | null} */
let asking = null;

/** Watches over the edits of a view, until the signal. @param {() => boolean} edited @param {AbortSignal} signal */
export function keepEdits(edited, signal) {
  isEdited = edited;
  signal.addEventListener('abort', () => {
    if (isEdited === edited) isEdited = null;
  });
  addEventListener('beforeunload', (event) => isEdited?.() && event.preventDefault(), { signal });
}

/** Whether the view may go: nothing is unsaved, or the reader says so. @returns {Promise<boolean>} */
export function mayLeave() {
  if (!isEdited?.()) return Promise.resolve(true);
  asking ??= confirmed({
    title: 'Leave without saving?',
    body: h('p', {}, 'What you changed here is lost.'),
    confirm: 'Leave',
    danger: true,
  }).finally(() => (asking = null));
  return asking;
}
