import { h } from '../ui/dom.js';
import { confirmed } from '../ui/notice.js';

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
  asking ??= ask();
  return asking;
}

async function ask() {
  const body = h('p', {}, 'What you changed here is lost.');
  const yes = await confirmed({ title: 'Leave without saving?', body, confirm: 'Leave', danger: true });
  asking = null;
  if (yes) isEdited = null;
  return yes;
}

// A link is stopped before it leads away, so that staying leaves no trace in the history.
document.addEventListener(
  'click',
  async (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link?.getAttribute('href')?.startsWith('#/') || isElsewhere || !isEdited?.()) return;
    event.preventDefault();
    if (await mayLeave()) location.hash = link.hash;
  },
  true,
);
