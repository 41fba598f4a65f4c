/** @import { Session, Webhook } from '../app/types.js' */
import { api, ApiError } from '../app/api.js';
import { copy, select } from '../ui/clipboard.js';
import { fill, h, newId } from '../ui/dom.js';
import { showError, validateAll, validated } from '../ui/errors.js';
import { icon } from '../ui/icons.js';
import { busy, confirmDialog, note, showToast } from '../ui/notice.js';
import { ago } from '../ui/time.js';

/**
 * The webhook of Plane: its state, and the steps to set it up.
 *
 * @param {Session} session
 * @param {Webhook | undefined} first undefined when the server doesn't report it
 * @param {() => void} changed
 */
export function webhookSection(session, first, changed) {
  const state = h('div', { class: 'stack' });
  const currentSecret = h('div', {});
  const address = webhookAddress();
  const form = secretForm(changed);
  const remove = removeButton(changed);
  const steps = h(
    'ol',
    { class: 'set-up' },
    h(
      'li',
      {},
      'In Plane, as a workspace admin, open Settings → Webhooks → Add webhook. Paste this address:',
      address.element,
    ),
    h('li', {}, 'Choose “Send me everything”, or at least work items, cycles and modules. Save.'),
    h('li', {}, 'Plane shows the secret key once. Paste it here:', form, currentSecret),
  );
  const setUp = h('details', { class: 'disclosure' }, h('summary', {}, 'Set up'), steps);
  let isFirst = true;
  /** @type {Webhook['secret'] | undefined} */
  let shownSecret;

  /** @param {Webhook | undefined} webhook @param {boolean} [isFailing] true while a problem of it is shown above */
  function update(webhook, isFailing = false) {
    if (!webhook) {
      fill(state, h('p', { class: 'hint' }, 'No information.'));
      setUp.hidden = true;
      return;
    }
    setUp.hidden = session.demo;
    address.show(webhook.address);
    if (isFirst) setUp.open = webhook.secret === null;
    isFirst = false;
    const isLocal = !session.demo && /^https?:\/\/(?:localhost|127\.|\[::1\])/.test(webhook.address);
    fill(state, stateNote(webhook, session.demo, isFailing), isLocal ? localNote() : null);
    form.hidden = webhook.secret === 'setting';
    if (webhook.secret !== shownSecret) fill(currentSecret, secretNote(webhook, remove));
    shownSecret = webhook.secret;
  }

  update(first);
  return { element: h('div', {}, state, setUp), update };
}

/** The address to paste in Plane, with a button to copy it. */
function webhookAddress() {
  const address = h('code', { class: 'address', tabindex: '0', 'aria-label': 'Address for Plane’s webhook' });
  const copyButton = h('button', { type: 'button' }, icon('copy'), 'Copy');
  copyButton.addEventListener('click', async () => {
    const done = await copy(address.textContent ?? '');
    if (!done) select(address);
    showToast(done ? 'Copied to the clipboard.' : 'Press Ctrl+C (⌘C on a Mac): the address is selected.');
  });
  return {
    element: h('div', { class: 'address-row' }, address, copyButton),
    show: (/** @type {string} */ text) => {
      address.textContent = text;
    },
  };
}

function localNote() {
  const text =
    'The address below is on this machine: Plane can reach it only from here. To use another address, set PUBLIC_URL.';
  return note('warn', text);
}

/** @param {() => void} changed */
function secretForm(changed) {
  const id = newId('secret');
  const field = h('input', {
    id,
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'plane_wh_…',
  });
  const error = validated(field, () => (field.value.trim() === '' ? 'Paste the secret key.' : ''));
  const save = h('button', { type: 'submit' }, 'Save secret');
  const form = h(
    'form',
    { class: 'inline-form', novalidate: true },
    h('div', { class: 'field' }, h('label', { for: id }, 'Secret key'), field, error),
    save,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!validateAll(form)) return;
    void busy(save, async () => {
      try {
        await api.setWebhookSecret(field.value.trim());
      } catch (problem) {
        if (!(problem instanceof ApiError) || problem.status !== 400) throw problem;
        showError(field, problem.message);
        field.focus();
        return;
      }
      field.value = '';
      showToast('Secret saved. Change something in Plane to test it.');
      changed();
    });
  });
  return form;
}

/** @param {() => void} changed */
function removeButton(changed) {
  const button = h('button', { type: 'button', class: 'small risky' }, 'Remove');
  button.addEventListener('click', () =>
    busy(button, async () => {
      const text = 'Deliveries from Plane will be refused. Changes still show within a minute or two.';
      const question = { title: 'Remove the secret?', body: h('p', {}, text), confirm: 'Remove', danger: true };
      if (!(await confirmDialog(question))) return;
      await api.setWebhookSecret(null);
      changed();
    }),
  );
  return button;
}

/** @param {Webhook} webhook @param {HTMLElement} remove */
function secretNote({ secret }, remove) {
  if (secret === null) return null;
  const isSetting = secret === 'setting';
  const text = isSetting ? 'The secret is set by PLANE_WEBHOOK_SECRET.' : 'A secret is saved. ';
  return h('p', { class: 'hint inline' }, text, isSetting ? null : remove);
}

/** @param {Webhook} webhook @param {boolean} isDemo @param {boolean} isFailing */
function stateNote({ secret, last_delivery: last }, isDemo, isFailing) {
  if (isFailing)
    return h(
      'p',
      { class: 'fetch bad' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h('span', {}, 'Not working; see above. ', ...(last === null ? [] : ['Last valid delivery ', ago(last), '.'])),
    );
  if (secret === null)
    return note('warn', 'Not set up. Changes in Plane show within a minute or two; with a webhook, within seconds.');
  if (last !== null)
    return h(
      'p',
      { class: 'fetch good' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h('span', {}, 'Working. Last delivery ', ago(last), '.'),
    );
  if (isDemo) return h('p', {}, 'Set up by the demo. Press “Change something in Plane” to see a delivery.');
  return note(
    'warn',
    h(
      'p',
      {},
      'A secret is set, but there have been no deliveries yet. Change something in Plane. If nothing shows here within a minute:',
    ),
    h(
      'ul',
      {},
      h('li', {}, 'The secret may belong to another webhook. Plane’s log of the webhook then shows 401.'),
      h(
        'li',
        {},
        'Plane may not be able to reach the address. It refuses private addresses unless its WEBHOOK_ALLOWED_IPS or WEBHOOK_ALLOWED_HOSTS lists them.',
      ),
    ),
  );
}
