/** @import { ViewContext, View } from './types.js' */
import { api, messageOf } from './api.js';
import { fill, h } from '../ui/dom.js';
import { showError, validateAll, validated } from '../ui/errors.js';
import { mark } from '../ui/icons.js';
import { busy, note } from '../ui/notice.js';
import { memberSignIn } from '../members/sign-in.js';

/** The login form; the demo also has a button that needs no token. @param {ViewContext} context @param {{ reason: string, done: (params: { focus: boolean }) => Promise<void> }} params @returns {View} */
export function loginView({ session }, { reason, done }) {
  const problem = h('div', { id: 'login-problem' }, reason === '' ? null : note('warn', reason));

  /** @param {HTMLButtonElement} button @param {{ token: string } | { demo: true }} credentials */
  const logIn = (button, credentials) =>
    busy(button, async () => {
      fill(problem);
      try {
        await api.logIn(credentials);
        await done({ focus: true });
      } catch (error) {
        if (!('token' in credentials)) return void fill(problem, note('bad', messageOf(error)));
        showError(field, messageOf(error));
        field.focus();
        field.select();
      }
    });

  const field = h('input', {
    id: 'token',
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    spellcheck: 'false',
    'aria-describedby': 'token-hint login-problem',
  });
  const fieldError = validated(field, () => (field.value.trim() === '' ? 'Enter the admin token.' : ''));
  const submit = h(
    'button',
    { type: 'submit', class: session.one_click || session.self_service ? '' : 'primary' },
    'Log in',
  );
  const form = h(
    'form',
    { class: 'stack', novalidate: true },
    h('input', { type: 'text', name: 'username', autocomplete: 'username', value: 'plane-ics', hidden: true }),
    h('div', { class: 'field' }, h('label', { for: 'token' }, 'Admin token'), field, fieldError),
    h(
      'p',
      { class: 'hint', id: 'token-hint' },
      'To see it, run ',
      h('code', {}, 'plane-ics admin-token'),
      ', or read the file ',
      h('code', {}, 'admin-token'),
      ' in ',
      h('code', {}, 'DATA_DIR'),
      '.',
    ),
    submit,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (validateAll(form)) void logIn(submit, { token: field.value.trim() });
  });

  const open = h('button', { type: 'button', class: 'primary large' }, 'Open the demo');
  open.addEventListener('click', () => logIn(open, { demo: true }));
  const withToken = h('details', { class: 'disclosure' }, h('summary', {}, 'Log in with the admin token'), form);
  withToken.addEventListener('toggle', () => withToken.open && field.focus());

  const member = session.self_service ? memberSignIn(!session.one_click, done) : null;
  const first = [session.one_click ? open : [], member ? member.form : []].flat();
  const element = h(
    'div',
    { class: 'login' },
    h('div', { class: 'login-mark' }, mark()),
    h('h1', {}, 'Plane, in everyone’s calendar'),
    h(
      'p',
      { class: 'lead' },
      'A link for each project, person or view, for Google, Apple, Outlook, Thunderbird and other apps.',
    ),
    problem,
    ...(first.length === 0 ? [form] : [...first, withToken]),
  );
  return { title: 'Log in', element, focus: session.one_click ? undefined : (member?.field ?? field) };
}
