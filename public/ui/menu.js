import { h } from './dom.js';
import { busy } from './notice.js';

/** @typedef {{ label: string, name: string, danger?: boolean, run: () => Promise<unknown> }} Action name: for screen readers */

/**
 * A button that shows further actions below it, without moving what follows. Escape, a click elsewhere, or leaving it with Tab closes it.
 *
 * @param {{ label: string, name: string, actions: Action[] }} params name: for screen readers
 */
export function actionMenu({ label, name, actions }) {
  const summary = h('summary', { class: 'button quiet', 'aria-label': name }, label);
  const buttons = actions.map((action) => {
    const button = h(
      'button',
      { type: 'button', class: action.danger ? 'quiet risky' : 'quiet', 'aria-label': action.name },
      action.label,
    );
    button.addEventListener('click', () => {
      // The dialog returns the focus to what had it.
      close();
      summary.focus();
      void busy(button, action.run);
    });
    return button;
  });
  const menu = h('details', { class: 'menu' }, summary, h('div', { class: 'menu-actions' }, ...buttons));
  const close = () => {
    menu.open = false;
  };
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) close();
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    close();
    summary.focus();
  });
  menu.addEventListener('toggle', () => {
    if (!menu.open) return;
    const closeOutside = (/** @type {Event} */ { target }) => {
      if (menu.open && target instanceof Node && menu.contains(target)) return;
      close();
      document.removeEventListener('pointerdown', closeOutside);
    };
    document.addEventListener('pointerdown', closeOutside);
  });
  return menu;
}
