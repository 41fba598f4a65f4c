import { h } from '../ui/dom.js';
import { confirmDialog } from '../ui/notice.js';

/** Asks for confirmation before unsaved edits are lost. */

/** @type {(() => boolean) | null} */
let isEdited = null;
/** What the confirmation says. */
let warning = '';
/** @type {Promise<boolean> | null} */
let openDialog = null;

/** Guards the edits of a view until the signal aborts. @param {() => boolean} hasEdits @param {AbortSignal} signal @param {string} [text] what is lost */
export function guardUnsavedEdits(hasEdits, signal, text = 'Your changes will be lost.') {
  isEdited = hasEdits;
  warning = text;
  signal.addEventListener('abort', () => {
    if (isEdited === hasEdits) isEdited = null;
  });
  addEventListener('beforeunload', (event) => isEdited?.() && event.preventDefault(), { signal });
}

/** Returns whether the view can be left: nothing is unsaved, or the user confirms. @returns {Promise<boolean>} */
export function canLeave() {
  if (!isEdited?.()) return Promise.resolve(true);
  openDialog ??= confirmLeaving();
  return openDialog;
}

async function confirmLeaving() {
  const body = h('p', {}, warning);
  const yes = await confirmDialog({ title: 'Leave without saving?', body, confirm: 'Leave', danger: true });
  openDialog = null;
  if (yes) isEdited = null;
  return yes;
}

// Links are intercepted before they navigate, so that staying adds nothing to the history.
document.addEventListener(
  'click',
  async (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link?.getAttribute('href')?.startsWith('#/') || opensElsewhere || !isEdited?.()) return;
    event.preventDefault();
    if (await canLeave()) location.hash = link.hash;
  },
  true,
);
