/** @import { ViewContext, View } from './types.js' */
import { api, messageOf } from './api.js';
import { fill, h } from '../ui/dom.js';
import { mark } from '../ui/icons.js';
import { busy, note } from '../ui/notice.js';

/** Who are you: the admin token, or in the demo one button. @param {ViewContext} context @param {{ because: string, done: (how: { focus: boolean }) => Promise<void> }} how @returns {View} */
export function loginView({ session }, { because, done }) {
  const problem = h('div', { id: 'login-problem' }, because === '' ? null : note('warn', because));

  /** @param {HTMLButtonElement} button @param {{ token: string } | { demo: true }} proof */
  const enter = (button, proof) =>
    busy(button, async () => {
      fill(problem);
      try {
        await api.logIn(proof);
        await done({ focus: true });
      } catch (error) {
        fill(problem, note('bad', messageOf(error)));
        if ('token' in proof) field.select();
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
  const submit = h('button', { type: 'submit', class: session.one_click ? '' : 'primary' }, 'Log in');
  const form = h(
    'form',
    { class: 'stack' },
    h('input', { type: 'text', name: 'username', autocomplete: 'username', value: 'plane-ics', hidden: true }),
    h('div', { class: 'field' }, h('label', { for: 'token' }, 'Admin token'), field),
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
    void enter(submit, { token: field.value.trim() });
  });

  const open = h('button', { type: 'button', class: 'primary large' }, 'Open the demo');
  open.addEventListener('click', () => enter(open, { demo: true }));
  const withToken = h('details', { class: 'disclosure' }, h('summary', {}, 'Log in with the admin token'), form);

  const element = h(
    'div',
    { class: 'login' },
    h('div', { class: 'login-mark' }, mark()),
    h('h1', {}, 'Plane, in everyone’s calendar'),
    h(
      'p',
      { class: 'lead' },
      'A link per project, person or view, for Google, Apple, Outlook, Thunderbird and the rest.',
    ),
    problem,
    session.one_click ? [open, withToken] : form,
  );
  return { title: 'Log in', element };
}
