/** @import { Link, Session } from '../app/types.js' */
import { api } from '../app/api.js';
import { copy } from '../ui/clipboard.js';
import { foreign, h } from '../ui/dom.js';
import { validate, validateAll } from '../ui/errors.js';
import { group, radios, smallNumber } from '../ui/fields.js';
import { showDialog } from '../ui/notice.js';
import { linkResult } from './result.js';
import { CONSEQUENCE } from './revoke.js';

/** A new address for a link. The old one ends at once, or works for some more days. */

const USUAL_DAYS = 14;
const MAX_DAYS = 90;

/** @param {Link} link @param {{ session: Session, done: () => unknown }} params */
export async function rotate(link, { session, done }) {
  const days = await askForGrace(link);
  if (days === null) return;
  const created = api.rotateLink(link.id, days);
  const [next, copied] = await Promise.all([created, copy(created.then((one) => one.subscribe_url))]);
  done();
  const lifetime = new AbortController();
  const { element } = linkResult({
    link: next,
    copied,
    title: copied ? 'New address created and copied' : 'New address created',
    session,
    signal: lifetime.signal,
  });
  const close = h('button', { type: 'button', onclick: () => dialog.close('') }, 'Done');
  const dialog = h(
    'dialog',
    { class: 'wide', 'aria-label': 'New address' },
    element,
    h('div', { class: 'actions' }, close),
  );
  await showDialog(dialog);
  lifetime.abort();
}

/** Asks how long the old address works. Returns the days, or null when the user cancels. @param {Link} link @returns {Promise<number | null>} */
async function askForGrace({ name, for: person }) {
  let choice = 'now';
  let days = USUAL_DAYS;
  const { input, error } = smallNumber({
    label: 'Days that the old address works',
    value: days,
    min: 1,
    max: MAX_DAYS,
    isUsed: () => choice === 'days',
    changed: (value) => (days = value),
  });
  const choices = radios({
    name: 'grace',
    value: choice,
    choices: [
      { value: 'now', label: 'Stops working now', hint: CONSEQUENCE },
      {
        value: 'days',
        label: 'Works for',
        extra: h('span', { class: 'inline' }, input, ' more days'),
        error,
        hint: 'Subscribers have time to switch, and you see who still uses it.',
      },
    ],
    changed: (value) => {
      choice = value;
      validate(input);
    },
  });
  const cancel = h('button', { type: 'button', onclick: () => dialog.close('') }, 'Cancel');
  const create = h('button', { type: 'submit', class: 'danger' }, 'Create new address');
  const form = h(
    'form',
    { class: 'prose', novalidate: true },
    h('p', {}, foreign(name), person === null ? null : [' for ', foreign(person)]),
    group('The old address', choices),
    h('div', { class: 'actions' }, cancel, create),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (validateAll(form)) dialog.close('yes');
  });
  const heading = h('h2', { id: 'dialog-title' }, 'Create a new address?');
  const dialog = h('dialog', { 'aria-labelledby': 'dialog-title' }, heading, form);
  if (!(await showDialog(dialog))) return null;
  return choice === 'days' ? days : 0;
}
