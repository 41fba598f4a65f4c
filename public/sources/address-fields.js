/** @import { CalendarSource } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { validateAll } from '../ui/errors.js';
import { line } from '../ui/fields.js';
import { providerHints } from '../mirrors/providers.js';
import { loginFields, securityFields } from '../mirrors/server.js';
import { addressError, withScheme } from './address.js';
import { icsHints } from './ics-hints.js';

/** Where a source is read from, and the login there. What is stored of it is never shown again. */

const HINTS = {
  ics: 'Of the calendar itself. It begins with https:// or webcal://, and often ends with .ics',
  caldav: 'Of the CalDAV server or of a calendar on it, such as https://cloud.example.org',
};

/**
 * The fields. With `current` they edit a source: what is left empty then stays as it is.
 *
 * @param {{ kind: CalendarSource['kind'], text?: string, current?: CalendarSource | undefined, changed: () => void }} params text: the address to begin with
 */
export function addressFields({ kind, text = '', current, changed }) {
  let isLoginEdited = false;
  const loginChanged = () => {
    isLoginEdited = true;
    changed();
  };
  const url = line({
    label: current ? 'New address' : 'Address',
    value: text,
    hint: current ? `Now: ${current.url}` : HINTS[kind],
    max: 2000,
    check: (address) => addressError(address, kind, current !== undefined),
    changed,
  });
  url.input.setAttribute('inputmode', 'url');
  url.input.setAttribute('spellcheck', 'false');
  if (current) url.input.placeholder = 'Unchanged';
  const calendar = line({
    label: 'Calendar',
    value: '',
    hint: 'Its name, where the server has more than one.',
    max: 2000,
    changed,
  });
  const login = loginFields(current, loginChanged);
  const security = securityFields(current, { login, changed: loginChanged });
  const loginBox = h('div', { class: 'fields' }, ...login.elements);
  const useAddress = (/** @type {string} */ address) => {
    url.input.value = address;
    validateAll(url.element);
    login.focus();
    changed();
  };
  if (kind === 'ics') security.form.prepend(loginBox);
  const parts = kind === 'ics' ? [] : [calendar.element, loginBox];
  const hints = kind === 'ics' ? icsHints() : providerHints(useAddress, true);
  const element = h('div', { class: 'fields' }, url.element, ...parts, security.element, hints);

  /** Returns the part of the body to send; null while the address is invalid, which then gets the focus. */
  function toRequest() {
    if (!validateAll(element)) return null;
    const address = url.input.value.trim();
    const name = calendar.input.value.trim();
    const isLoginSent = current === undefined || isLoginEdited || address !== '';
    return {
      ...(address === '' ? {} : { url: withScheme(address) }),
      ...(name === '' ? {} : { calendar: name }),
      ...(isLoginSent ? { ...security.toRequest(), ...login.toRequest() } : {}),
    };
  }

  return { element, toRequest, text: () => url.input.value.trim() };
}
