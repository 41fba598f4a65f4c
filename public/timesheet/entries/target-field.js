/** @import { ProjectName } from '../../app/types.js' */
/** @import { Offer } from '../../ui/listbox.js' */
import { h, newId } from '../../ui/dom.js';
import { showError, validate, validated } from '../../ui/errors.js';
import { createListbox } from '../../ui/listbox.js';
import { messageOf } from '../../app/api.js';
import { keyIn, projectsLike } from '../model/target.js';

const INVALID = 'Choose a project, or enter the key of a work item, such as WEB-12.';

/**
 * A combobox for a project or the key of a work item. A choice is saved at once.
 *
 * @param {object} params
 * @param {string} params.label for screen readers
 * @param {ProjectName[]} params.projects
 * @param {Map<string, string>} params.colors of projects, by id
 * @param {(offer: Offer) => Promise<unknown>} params.chosen
 */
export function targetField({ label, projects, colors, chosen }) {
  const [listId, hintId] = [newId('targets'), newId('target-hint')];
  const input = h('input', {
    type: 'text',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    dir: 'auto',
    placeholder: 'Project, or key such as WEB-12',
    'aria-label': label,
    'aria-expanded': 'false',
    'aria-controls': listId,
    'aria-autocomplete': 'list',
    'aria-describedby': hintId,
    'data-focus': true,
  });
  const hint = h('p', { class: 'hint', id: hintId });
  const error = validated(input, () => (input.value.trim() === '' || offers().length > 0 ? '' : INVALID));
  const listbox = createListbox({ listId, label, input, hint, chosen: (offer) => void save(offer) });
  let isSaving = false;

  /** @returns {Offer[]} */
  function offers() {
    const key = keyIn(input.value, projects);
    const found = projectsLike(input.value, projects).map(({ id, name, identifier }) => ({
      value: id,
      label: name,
      note: identifier,
      color: colors.get(id) ?? null,
    }));
    return key === null ? found : [{ value: `item:${key}`, label: key, note: 'work item' }, ...found];
  }

  function open() {
    const typed = input.value.trim() !== '';
    listbox.show(offers(), typed);
    if (typed && listbox.isEmpty()) hint.textContent = 'No matches.';
  }

  /** @param {Offer} offer */
  async function save(offer) {
    if (isSaving) return;
    isSaving = true;
    input.value = offer.label;
    listbox.show([], false);
    input.setAttribute('aria-busy', 'true');
    try {
      await chosen(offer);
    } catch (problem) {
      showError(input, messageOf(problem));
    } finally {
      isSaving = false;
      input.removeAttribute('aria-busy');
    }
  }

  input.addEventListener('input', () => {
    if (input.getAttribute('aria-invalid')) showError(input, '');
    open();
  });
  input.addEventListener('click', () => listbox.isEmpty() && open());
  input.addEventListener('keydown', (event) => {
    const isArrow = event.key === 'ArrowDown' || event.key === 'ArrowUp';
    if (isArrow && listbox.isEmpty()) open();
    if (event.key === 'Enter' && listbox.isEmpty()) validate(input);
    listbox.handleKey(event);
  });
  return h('div', { class: 'target' }, h('div', { class: 'combobox' }, input, listbox.element), error, hint);
}
