/** @import { NewLink, Session } from '../app/types.js' */
import { guardUnsavedEdits } from '../app/unsaved.js';
import { foreign, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { note, showToast } from '../ui/notice.js';
import { count } from '../ui/time.js';
import { copyInvitation } from './invitation.js';
import { csvOf } from './people.js';
import { privateNote } from './result.js';

const HEAD = ['for', 'name', 'subscribe_url', 'url'];
/** Makes spreadsheets read the file as UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The addresses of links that were created together, and their download. They are shown once, so leaving without them needs a confirmation.
 *
 * @param {NewLink[]} links
 * @param {Session} session
 * @param {AbortSignal} signal
 */
export function manyResult(links, session, signal) {
  let isSaved = false;
  guardUnsavedEdits(() => !isSaved, signal, 'You haven’t downloaded the addresses. They can’t be shown again.');
  const [first] = links;
  const heading = h('h2', { tabindex: '-1' }, `${count(links.length, 'link')} created`);
  const download = h('button', { type: 'button', class: 'primary' }, 'Download CSV');
  download.addEventListener('click', () => {
    const rows = links.map((one) => [one.for ?? '', one.name, one.subscribe_url, one.url]);
    save('calendar-links.csv', BYTE_ORDER_MARK + csvOf([HEAD, ...rows]));
    isSaved = true;
  });
  const element = h(
    'div',
    { class: 'result' },
    heading,
    h('p', {}, 'Send each person their own address. It opens a page that adds the calendar to any app.'),
    note('warn', 'You’ll see these addresses only once. Download them before you leave.'),
    first === undefined ? null : privateNote(first.url, session),
    h('div', { class: 'actions start' }, download),
    h('ul', { class: 'rows people', 'aria-label': 'Addresses' }, ...links.map((one) => personRow(one))),
  );
  return { element, heading };
}

/** @param {NewLink} link */
function personRow(link) {
  const { for: person, name, subscribe_url: subscribeUrl } = link;
  const invite = h(
    'button',
    { type: 'button', class: 'small', 'aria-label': `Copy invitation for ${person ?? name}` },
    icon('copy'),
    'Invitation',
  );
  invite.addEventListener('click', async () => {
    const done = await copyInvitation(link);
    showToast(done ? `Invitation for ${person ?? name} copied.` : 'Can’t copy here. Download the list instead.');
  });
  const text = h('div', { class: 'row-text' }, h('strong', {}, foreign(person ?? name)), h('code', {}, subscribeUrl));
  return h('li', { class: 'row' }, text, invite);
}

/** Saves a text as a file on the user's device. @param {string} name @param {string} text */
function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
