/** @import { Mirror, ServerRequest } from '../app/types.js' */
import { withProtocol } from '../ui/address.js';
import { fill, h, newId } from '../ui/dom.js';
import { validateAll } from '../ui/errors.js';
import { check, line, picker } from '../ui/fields.js';
import { note } from '../ui/notice.js';
import { providerHints } from './providers.js';

/** The server that a mirror writes to, and its login. */

/** @typedef {Pick<Mirror['server'], 'username' | 'auth' | 'tls_verify'>} CurrentLogin */

const AUTH = [
  { value: 'auto', label: 'Automatic' },
  { value: 'basic', label: 'Basic' },
  { value: 'digest', label: 'Digest' },
  { value: 'bearer', label: 'Bearer token' },
  { value: 'oauth2', label: 'OAuth (Google)' },
  { value: 'none', label: 'No login' },
];

/**
 * The fields. With `current` they edit a mirror: an empty password then keeps the current one.
 *
 * @param {{ current?: Mirror['server'], changed: () => void }} params
 */
export function serverFields({ current, changed }) {
  const url = line({
    label: 'Address',
    value: current?.url ?? '',
    hint: 'Of the CalDAV server or of a calendar on it, such as https://cloud.example.org',
    max: 2000,
    check: addressError,
    changed,
  });
  url.input.setAttribute('inputmode', 'url');
  url.input.setAttribute('spellcheck', 'false');
  const login = loginFields(current, changed);
  const security = securityFields(current, { login, changed });
  const hints = providerHints((address) => {
    url.input.value = address;
    validateAll(url.element);
    login.focus();
    changed();
  });

  /** Returns the body to send; null while the address is invalid, which then gets the focus. @returns {ServerRequest | null} */
  function toRequest() {
    if (!validateAll(element)) return null;
    return {
      url: withProtocol(url.input.value),
      ...security.toRequest(),
      ...login.toRequest(),
    };
  }

  const element = h('div', { class: 'fields' }, url.element, ...login.elements, security.element, hints);
  return { element, toRequest };
}

/** Returns what is wrong with the address of a server, or an empty text. @param {string} address */
function addressError(address) {
  if (address.trim() === '') return 'Enter the address of the server.';
  return URL.canParse(withProtocol(address)) ? '' : 'Enter a web address, such as https://cloud.example.org';
}

/** User name, password or token, and OAuth client. @param {CurrentLogin | undefined} current @param {() => void} changed */
export function loginFields(current, changed) {
  let auth = current?.auth ?? 'auto';
  const user = line({ label: 'User name', value: current?.username ?? '', max: 300, changed });
  user.input.setAttribute('spellcheck', 'false');
  const id = newId('secret');
  const secret = h('input', {
    id,
    type: 'password',
    autocomplete: 'new-password',
    spellcheck: 'false',
    placeholder: current ? 'Unchanged' : '',
    oninput: changed,
  });
  const secretLabel = h('label', { for: id });
  const password = h('div', { class: 'field' }, secretLabel, secret);
  const client = line({ label: 'Client ID', value: '', max: 4000, changed });
  const clientSecret = line({ label: 'Client secret', value: '', max: 4000, changed });
  const refresh = line({ label: 'Refresh token', value: '', max: 4000, changed });
  for (const { input } of [clientSecret, refresh]) input.setAttribute('type', 'password');
  const oauth = h('div', { class: 'fields' }, client.element, clientSecret.element, refresh.element);

  /** @param {string} method one of AUTH */
  function setAuth(method) {
    auth = method;
    const isToken = auth === 'bearer';
    secretLabel.textContent = isToken ? 'Token' : 'Password';
    user.element.hidden = isToken || auth === 'none';
    password.hidden = auth === 'none' || auth === 'oauth2';
    oauth.hidden = auth !== 'oauth2';
  }

  /** @returns {Partial<ServerRequest>} */
  function secretRequest() {
    if (password.hidden || secret.value === '') return {};
    return auth === 'bearer' ? { token: secret.value.trim() } : { password: secret.value };
  }

  /** @returns {Partial<ServerRequest>} */
  function oauthRequest() {
    const [clientId = '', hidden = '', token = ''] = [client, clientSecret, refresh].map(({ input }) =>
      input.value.trim(),
    );
    if (oauth.hidden || clientId + hidden + token === '') return {};
    return { oauth: { client_id: clientId, client_secret: hidden, refresh_token: token } };
  }

  /** Returns the visible fields that have a value. @returns {Partial<ServerRequest>} */
  function toRequest() {
    const username = user.input.value.trim();
    return {
      ...(user.element.hidden || username === '' ? {} : { username }),
      ...secretRequest(),
      ...oauthRequest(),
    };
  }

  setAuth(auth);
  return { elements: [user.element, password, oauth], setAuth, toRequest, focus: () => user.input.focus() };
}

/** The login method and certificate check, in `form`. @param {CurrentLogin | undefined} current @param {{ login: { setAuth: (method: string) => void }, changed: () => void }} params */
export function securityFields(current, { login, changed }) {
  let auth = current?.auth ?? 'auto';
  let verify = current?.tls_verify ?? true;
  const warning = h('div', {});
  const text = 'Anyone between this machine and the server can then read the password and the calendar.';
  const showWarning = () => fill(warning, verify ? null : note('warn', text));
  const method = picker({
    label: 'Login method',
    value: auth,
    choices: AUTH,
    changed: (value) => {
      auth = value;
      login.setAuth(value);
      changed();
    },
  });
  const certificate = check('Verify the server’s certificate', verify, (value) => {
    verify = value;
    showWarning();
    changed();
  });
  showWarning();
  const form = h('div', { class: 'form' }, method, h('div', {}, certificate, warning));
  const element = h(
    'details',
    { class: 'disclosure', open: (auth !== 'auto' && auth !== 'none') || !verify },
    h('summary', {}, 'Login and certificate'),
    form,
  );
  return { element, form, toRequest: () => ({ auth, tls_verify: verify }) };
}
