import { api, messageOf } from '../app/api.js';
import { h } from '../ui/dom.js';
import { showError, validateAll, validated } from '../ui/errors.js';
import { busy } from '../ui/notice.js';

/** What a key has: the server checks the same. */
const KEY = /^[\x21-\x7e]{8,300}$/;

/** @param {string} text */
function keyError(text) {
  if (text === '') return 'Enter an API key.';
  return KEY.test(text) ? '' : 'This is not an API key. Paste the key exactly as Plane shows it.';
}

/** The form with which a person signs in with a Plane API key of their own. @param {boolean} isPrimary whether nothing on the page matters more @param {(params: { focus: boolean }) => Promise<void>} done */
export function memberSignIn(isPrimary, done) {
  const field = h('input', {
    id: 'plane-api-key',
    name: 'plane_api_key',
    type: 'password',
    autocomplete: 'off',
    required: true,
    spellcheck: 'false',
    'aria-describedby': 'plane-api-key-hint',
  });
  const fieldError = validated(field, () => keyError(field.value.trim()));
  const submit = h('button', { type: 'submit', class: isPrimary ? 'primary' : '' }, 'Sign in');
  const where =
    'In Plane, open your profile settings, choose API tokens, and add one. One that expires tomorrow will do.';
  const what = ' It is used once, to see who you are and which projects you are in. It is not stored.';
  const form = h(
    'form',
    { class: 'stack', novalidate: true },
    h('div', { class: 'field' }, h('label', { for: 'plane-api-key' }, 'Your Plane API key'), field, fieldError),
    h('p', { class: 'hint', id: 'plane-api-key-hint' }, where, what),
    submit,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!validateAll(form)) return;
    void busy(submit, async () => {
      try {
        await api.logIn({ plane_api_key: field.value.trim() });
        field.value = '';
        await done({ focus: true });
      } catch (error) {
        showError(field, messageOf(error));
        field.focus();
        field.select();
      }
    });
  });
  return { form, field };
}
