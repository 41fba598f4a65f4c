/** @import { Mirror, ServerTest, ServerWish, TestStep } from '../app/types.js' */
import { fill, h, newId } from '../ui/dom.js';
import { check, line, picker } from '../ui/fields.js';
import { icon } from '../ui/icons.js';
import { note } from '../ui/notice.js';
import { providerHints } from './providers.js';
import { capital } from '../ui/words.js';

/** The server a mirror writes to: how to get in, and what it said. */

const AUTH = [
  { value: 'auto', label: 'As the server asks' },
  { value: 'basic', label: 'Basic' },
  { value: 'digest', label: 'Digest' },
  { value: 'bearer', label: 'A token (bearer)' },
  { value: 'oauth2', label: 'OAuth, as Google does' },
  { value: 'none', label: 'Without a log-in' },
];

/**
 * The fields. With `held` they change a mirror: an empty password then leaves the one it has.
 *
 * @param {{ held?: Mirror['server'], changed: () => void }} how
 */
export function serverFields({ held, changed }) {
  let auth = held?.auth ?? 'auto';
  let verify = held?.tls_verify ?? true;
  const url = line({
    label: 'Address',
    value: held?.url ?? '',
    hint: 'Of the CalDAV server or of a calendar on it, such as https://cloud.example.org',
    max: 2000,
    changed,
  });
  url.input.setAttribute('inputmode', 'url');
  url.input.setAttribute('spellcheck', 'false');
  const user = line({ label: 'User name', value: held?.username ?? '', max: 300, changed });
  user.input.setAttribute('spellcheck', 'false');
  const secretId = newId('secret');
  const secret = h('input', {
    id: secretId,
    type: 'password',
    autocomplete: 'new-password',
    spellcheck: 'false',
    placeholder: held ? 'As it is' : '',
    oninput: changed,
  });
  const secretLabel = h('label', { for: secretId });
  const password = h('div', { class: 'field' }, secretLabel, secret);
  const client = line({ label: 'Client ID', value: '', max: 4000, changed });
  const clientSecret = line({ label: 'Client secret', value: '', max: 4000, changed });
  const refresh = line({ label: 'Refresh token', value: '', max: 4000, changed });
  for (const { input } of [clientSecret, refresh]) input.setAttribute('type', 'password');
  const oauth = h('div', { class: 'fields' }, client.element, clientSecret.element, refresh.element);
  const warning = h('div', {});

  function adapt() {
    const isToken = auth === 'bearer';
    secretLabel.textContent = isToken ? 'Token' : 'Password';
    user.element.hidden = isToken || auth === 'none';
    password.hidden = auth === 'none' || auth === 'oauth2';
    oauth.hidden = auth !== 'oauth2';
    fill(
      warning,
      verify
        ? null
        : note('warn', 'Whoever is between this machine and the server can then read the password and the calendar.'),
    );
  }

  const rest = h(
    'details',
    { class: 'disclosure', open: auth !== 'auto' || !verify },
    h('summary', {}, 'Log-in and certificate'),
    h(
      'div',
      { class: 'form' },
      picker({
        label: 'Log in by',
        value: auth,
        choices: AUTH,
        changed: (value) => {
          auth = value;
          adapt();
          changed();
        },
      }),
      h(
        'div',
        {},
        check('Check the server’s certificate', verify, (value) => {
          verify = value;
          adapt();
          changed();
        }),
        warning,
      ),
    ),
  );
  adapt();
  const hints = providerHints((address) => {
    url.input.value = address;
    user.input.focus();
    changed();
  });

  /** What to send; null when something is missing, which then has the focus. @returns {ServerWish | null} */
  function wish() {
    const isMissing = url.input.value.trim() === '';
    url.input.toggleAttribute('aria-invalid', false);
    if (isMissing) {
      url.input.setAttribute('aria-invalid', 'true');
      url.input.focus();
      return null;
    }
    const address = url.input.value.trim();
    /** @type {ServerWish} */
    const wanted = { url: /^https?:/i.test(address) ? address : `https://${address}`, auth, tls_verify: verify };
    const name = user.input.value.trim();
    if (!user.element.hidden && name !== '') wanted.username = name;
    if (!password.hidden && secret.value !== '') {
      if (auth === 'bearer') wanted.token = secret.value.trim();
      else wanted.password = secret.value;
    }
    const [id = '', hidden = '', token = ''] = [client, clientSecret, refresh].map(({ input }) => input.value.trim());
    if (!oauth.hidden && id + hidden + token !== '')
      wanted.oauth = { client_id: id, client_secret: hidden, refresh_token: token };
    return wanted;
  }

  return { element: h('div', { class: 'fields' }, url.element, user.element, password, oauth, rest, hints), wish };
}

/** What each step of a test found, and what to do. @param {ServerTest} test */
export function testSteps({ steps, error }) {
  const list = h('ol', { class: 'checks' }, ...steps.map(stepRow));
  const overall = error === null ? note('good', 'The connection works.') : note('bad', h('p', {}, error));
  const told = h('details', { class: 'disclosure', open: true }, h('summary', {}, 'Each step'), list);
  return h('div', { class: 'stack' }, overall, steps.length > 0 ? told : null);
}

/** @param {TestStep} step */
function stepRow({ step, request, status, found, fix }) {
  const isFine = !fix;
  const asked = [request, status === null ? null : String(status)].filter(Boolean).join(' → ');
  return h(
    'li',
    { class: `fit ${isFine ? 'ok' : 'not'}` },
    icon(isFine ? 'check' : 'warn'),
    h(
      'div',
      {},
      h(
        'p',
        {},
        h('strong', {}, capital(step)),
        h('span', { class: 'visually-hidden' }, isFine ? ', fine' : ', failed'),
      ),
      h('p', {}, found),
      fix ? h('p', { class: 'fix' }, fix) : null,
      asked === '' ? null : h('p', {}, h('code', {}, asked)),
    ),
  );
}
