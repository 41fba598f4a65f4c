/** @import { CalendarSource, SourceTest } from '../app/types.js' */
import { fill, h } from '../ui/dom.js';
import { validateAll } from '../ui/errors.js';
import { line, segments } from '../ui/fields.js';
import { busy } from '../ui/notice.js';
import { addressFields } from './address-fields.js';
import { sources } from './api.js';
import { detailFields } from './detail-fields.js';
import { hoursFields } from './hours-fields.js';
import { trialResult } from './trial.js';

/**
 * The form to add or to edit a source, which can be tested before it is saved.
 *
 * @param {object} params
 * @param {CalendarSource} [params.current] the one to edit
 * @param {string} params.submit the button that saves
 * @param {(body: object) => Promise<unknown>} params.save
 */
export function sourceForm({ current, submit, save }) {
  let kind = current?.kind ?? 'ics';
  let isEdited = false;
  let hasOwnName = current !== undefined;
  const changed = () => {
    isEdited = true;
    trial.clear();
    showTry();
  };
  const place = h('div', {});
  let address = addressFields({ kind, current, changed });
  fill(place, address.element);
  const kinds = segments({
    name: 'kind',
    label: 'Kind',
    value: kind,
    choices: [
      { value: 'ics', label: 'ICS address' },
      { value: 'caldav', label: 'CalDAV server' },
    ],
    changed: (value) => {
      kind = value === 'caldav' ? 'caldav' : 'ics';
      address = addressFields({ kind, text: address.text(), changed });
      fill(place, address.element);
      changed();
    },
  });
  const details = detailFields({ current, changed: () => (isEdited = true) });
  const hours = hoursFields({ current, changed: () => (isEdited = true) });
  const name = line({
    label: 'Name',
    value: current?.name ?? '',
    hint: 'Shown in forms, links and previews.',
    max: 100,
    check: (text) => (text.trim() === '' ? 'Enter a name.' : ''),
    changed: () => {
      hasOwnName = true;
      isEdited = true;
    },
  });

  const trial = trialPart({
    request: () => address.toRequest(),
    more: () => {
      const { timezone, user_agent: agent } = details.toRequest();
      return { kind, timezone, user_agent: agent };
    },
    found: (found) => {
      if (!hasOwnName && found.name) name.input.value = found.name.slice(0, 100);
    },
  });
  const problem = h('div', { class: 'form-problem' });
  // What is stored can be read without a test.
  const showTry = () => (trial.button.hidden = current !== undefined && address.text() === '');
  const button = h('button', { type: 'submit', class: 'primary large' }, submit);
  const element = h(
    'form',
    { class: 'fields source-form', novalidate: true },
    current ? null : kinds,
    place,
    ...trial.elements,
    name.element,
    details.element,
    hours.element,
    problem,
    h('div', { class: 'actions start' }, button),
  );
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const isValid = validateAll(element);
    const request = address.toRequest();
    if (!isValid || !request) return;
    const more = { ...details.toRequest(), ...hours.toRequest() };
    const body = { ...(current ? {} : { kind }), name: name.input.value.trim(), ...request, ...more };
    void busy(button, () => save(body), problem);
  });
  showTry();
  return { element, isEdited: () => isEdited, markSaved: () => void (isEdited = false) };
}

/**
 * The button that tests the address, and what it found.
 *
 * @param {object} params
 * @param {() => object | null} params.request the address and the login; null while they are invalid
 * @param {() => object} params.more the rest of what shapes the result
 * @param {(test: SourceTest) => void} params.found
 */
function trialPart({ request, more, found }) {
  const result = h('div', { 'aria-live': 'polite' });
  const problem = h('div', { class: 'form-problem' });
  const button = h('button', { type: 'button' }, 'Test');
  button.addEventListener('click', () => {
    const address = request();
    if (address) void busy(button, () => run({ ...more(), ...address }), problem);
  });

  /** @param {object} body */
  async function run(body) {
    fill(result, h('p', { class: 'hint' }, 'Reading the calendar…'));
    try {
      const test = await sources.test(body);
      fill(result, trialResult(test));
      found(test);
    } catch (error) {
      fill(result);
      throw error;
    }
  }

  return {
    button,
    elements: [h('div', { class: 'actions start' }, button), problem, result],
    clear: () => {
      fill(result);
      fill(problem);
    },
  };
}
