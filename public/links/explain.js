/** @import { Explanation } from '../app/types.js' */
import { api, ApiError } from '../app/api.js';
import { fill, foreign, h, newId } from '../ui/dom.js';
import { showError, validateAll, validated } from '../ui/errors.js';
import { icon } from '../ui/icons.js';
import { busy } from '../ui/notice.js';

/** Answers "Where is WEB-12?" for one link: whether the calendar shows a work item, and why. @param {string} linkId */
export function explainPanel(linkId) {
  const id = newId('item');
  const input = h('input', {
    id,
    type: 'text',
    maxlength: 500,
    placeholder: 'WEB-12',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': `${id}-hint`,
  });
  const error = validated(input, () => (input.value.trim() === '' ? 'Enter the key of a work item.' : ''));
  const find = h('button', { type: 'submit' }, 'Find');
  const result = h('div', { class: 'explanation', role: 'status' });
  const form = h(
    'form',
    { class: 'inline-form', novalidate: true },
    h('div', { class: 'field' }, h('label', { for: id }, 'Work item'), input, error),
    find,
  );
  const hint = 'See whether this calendar shows it, and why. Enter its key, or its address in Plane.';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!validateAll(form)) return;
    void busy(find, async () => {
      try {
        fill(result, ...explanation(await api.explain(input.value.trim(), linkId)));
      } catch (problem) {
        if (!(problem instanceof ApiError) || problem.status !== 400) throw problem;
        fill(result);
        showError(input, problem.message);
        input.focus();
      }
    });
  });
  return h(
    'section',
    { class: 'panel explain', 'aria-labelledby': `${id}-name` },
    h('h2', { id: `${id}-name` }, 'Where is a work item?'),
    h('p', { class: 'hint', id: `${id}-hint` }, hint),
    form,
    result,
  );
}

/** @param {Explanation} explanation */
function explanation({ item, shown, reasons }) {
  const [first, ...others] = reasons;
  const title = item === null ? null : h('p', { class: 'explained' }, foreign(`${item.key} ${item.name}`));
  const mark = icon(shown ? 'check' : 'minus');
  return [
    title,
    h('p', { class: shown ? 'verdict good' : 'verdict' }, mark, h('span', { class: 'foreign' }, first?.text ?? '')),
    others.length === 0 ? null : h('ul', { class: 'plain hint' }, ...others.map(({ text }) => h('li', {}, text))),
  ].filter((one) => one !== null);
}
