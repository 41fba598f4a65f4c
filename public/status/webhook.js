/** @import { Session, Webhook } from '../app/types.js' */
import { api } from '../app/api.js';
import { copy, select } from '../ui/clipboard.js';
import { fill, h, newId } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { busy, confirmed, note, say } from '../ui/notice.js';
import { ago } from '../ui/time.js';

/**
 * How Plane tells of changes at once: the state of it, and the steps to set it up.
 *
 * @param {Session} session
 * @param {Webhook | undefined} first
 * @param {() => void} changed
 */
export function webhookSection(session, first, changed) {
  const state = h('div', {});
  const held = h('div', {});
  const address = h(
    'code',
    { class: 'address', tabindex: '0', 'aria-label': 'Address for Plane’s webhook' },
    first?.address ?? '',
  );
  const copyButton = h('button', { type: 'button' }, icon('copy'), 'Copy');
  copyButton.addEventListener('click', async () => {
    const done = await copy(address.textContent ?? '');
    if (!done) select(address);
    say(done ? 'Copied to the clipboard.' : 'Press Ctrl+C (⌘C on a Mac): the address is selected.');
  });

  const id = newId('secret');
  const field = h('input', {
    id,
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    placeholder: 'plane_wh_…',
  });
  const save = h('button', { type: 'submit' }, 'Save secret');
  const form = h(
    'form',
    { class: 'inline-form' },
    h('div', { class: 'field' }, h('label', { for: id }, 'Secret key'), field),
    save,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(save, async () => {
      await api.setWebhookSecret(field.value.trim());
      field.value = '';
      say('The secret is saved. Change something in Plane to try it.');
      changed();
    });
  });
  const remove = h('button', { type: 'button', class: 'small' }, 'Remove it');
  remove.addEventListener('click', () =>
    busy(remove, async () => {
      const body = h(
        'p',
        {},
        'Plane’s deliveries are refused from then on. Changes still show within a minute or two.',
      );
      if (!(await confirmed({ title: 'Remove the secret?', body, confirm: 'Remove', danger: true }))) return;
      await api.setWebhookSecret(null);
      changed();
    }),
  );

  const steps = h(
    'ol',
    { class: 'set-up' },
    h(
      'li',
      {},
      'In Plane, as an admin of the workspace: Settings → Webhooks → Add webhook. Paste this address:',
      h('div', { class: 'address-row' }, address, copyButton),
    ),
    h('li', {}, 'Choose “Send me everything”, or at least work items, cycles and modules. Save.'),
    h('li', {}, 'Plane shows the secret key once. Paste it here:', form, held),
  );
  const setUp = h('details', { class: 'disclosure' }, h('summary', {}, 'Set it up'), steps);
  let isFirst = true;

  /** @param {Webhook | undefined} webhook @param {boolean} [isFailing] a problem of it is told already */
  function tell(webhook, isFailing = false) {
    if (!webhook) {
      fill(state, h('p', { class: 'hint' }, 'The server tells nothing of it.'));
      setUp.hidden = true;
      return;
    }
    setUp.hidden = session.demo;
    address.textContent = webhook.address;
    if (isFirst) setUp.open = webhook.secret === null;
    isFirst = false;
    fill(state, stateNote(webhook, session.demo, isFailing));
    form.hidden = webhook.secret === 'setting';
    const words = { setting: 'A secret is set as PLANE_WEBHOOK_SECRET.', page: 'A secret is saved. ' };
    fill(
      held,
      webhook.secret === null
        ? null
        : h('p', { class: 'hint inline' }, words[webhook.secret], webhook.secret === 'page' ? remove : null),
    );
  }

  tell(first);
  return { element: h('div', {}, state, setUp), tell };
}

/** @param {Webhook} webhook @param {boolean} isDemo @param {boolean} isFailing */
function stateNote({ secret, last_delivery: last }, isDemo, isFailing) {
  if (secret === null)
    return note('warn', 'Not set up. Changes in Plane show within a minute or two; with a webhook it is seconds.');
  if (isFailing)
    return h(
      'p',
      { class: 'fetch bad' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h(
        'span',
        {},
        'Not working; see above. ',
        ...(last === null ? [] : ['The last good delivery came ', ago(last), '.']),
      ),
    );
  if (last !== null)
    return h(
      'p',
      { class: 'fetch good' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h('span', {}, 'Working. The last delivery came ', ago(last), '.'),
    );
  if (isDemo) return h('p', {}, 'Set up by the demo. Press “Change something in Plane” to see a delivery.');
  return note(
    'warn',
    h(
      'p',
      {},
      'A secret is there, but no delivery has come yet. Change something in Plane; if nothing shows here within a minute:',
    ),
    h(
      'ul',
      {},
      h('li', {}, 'the secret may be of another webhook: then Plane’s log of the webhook shows 401;'),
      h(
        'li',
        {},
        'the address may not be reachable from Plane: it refuses private addresses unless its WEBHOOK_ALLOWED_IPS or WEBHOOK_ALLOWED_HOSTS names them.',
      ),
    ),
  );
}
