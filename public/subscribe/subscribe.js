/** @import { Subscription } from '../app/types.js' */
/** @import { Answer } from './state.js' */
import { isThisMachine } from '../feeds/apps.js';
import { copy, select } from '../ui/clipboard.js';
import { fill, foreign, h, newId } from '../ui/dom.js';
import { icon, mark } from '../ui/icons.js';
import { announce, note, showToast } from '../ui/notice.js';
import { qrCode } from '../ui/qr.js';
import { appList, device, isMobile } from './apps.js';
import { createContents } from './preview.js';
import { pageAddress, tokenInAddress, watchState } from './state.js';
import { answers, endedNote, progressInWords, stateNotes } from './words.js';

/** The page that the recipient of a link opens. */

const header = /** @type {HTMLElement} */ (document.getElementById('header'));
const main = /** @type {HTMLElement} */ (document.getElementById('main'));
const on = device();

fill(
  header,
  h('div', { class: 'header-inner' }, h('span', { class: 'brand' }, mark(), h('span', {}, 'Shared calendar'))),
);

const token = tokenInAddress();
if (token === null) showEnded('unknown', null);
else start(token);

/** @param {string} token */
function start(token) {
  // What a chat has added to the address would be copied with it.
  history.replaceState(null, '', pageAddress(token));
  const slow = setTimeout(() => fill(main, h('p', { class: 'hint', role: 'status' }, 'Loading…')), 300);
  const page = createPage(pageAddress(token));
  watchState(
    token,
    (answer) => {
      clearTimeout(slow);
      main.removeAttribute('aria-busy');
      page.show(answer);
    },
    new AbortController().signal,
  );
}

/** Shows that nothing can be added here. @param {Subscription['state'] | 'unknown'} state @param {string | null} name */
function showEnded(state, name) {
  main.removeAttribute('aria-busy');
  main.classList.add('is-ended');
  const title = name ?? 'Link not found';
  document.title = title;
  fill(main, h('h1', {}, foreign(title)), endedNote(state));
}

/** @param {string} address of this page */
function createPage(address) {
  const contents = createContents(isMobile(on));
  const parts = createParts(address);
  let addedKey = '';
  let wasBuilt = true;

  /** @param {Answer} answer */
  function show(answer) {
    if (answer.kind === 'unreachable') return showUnreachable();
    if (answer.kind === 'unknown') return showEnded('unknown', null);
    const { subscription } = answer;
    const { state, name, url } = subscription;
    if (url === null) return showEnded(state, name);
    main.classList.remove('is-ended');
    document.title = name;
    parts.showHead(subscription);
    showAdd({ ...subscription, url });
    if (subscription.preview) contents.show(subscription.preview);
    contents.element.hidden = subscription.preview === null;
    fill(parts.questions, h('h2', {}, 'Good to know'), answers(subscription));
    if (!main.contains(parts.element)) fill(main, parts.element);
    if (subscription.built && !wasBuilt) announce('The calendar is ready. You can add it now.');
    wasBuilt = subscription.built;
  }

  /** Shows the apps, or how far the calendar is. Drawn again only when that changes: someone may be pressing a button. @param {Subscription & { url: string }} subscription */
  function showAdd(subscription) {
    const { built, url, preview, state, private_address: isPrivate } = subscription;
    const size = preview && [preview.bytes > preview.warn_bytes, preview.events.every(({ kind }) => kind === 'todo')];
    const key = JSON.stringify(built ? [url, state, isPrivate, size] : progressInWords(subscription));
    if (key === addedKey) return;
    addedKey = key;
    if (built) parts.showApps(subscription);
    else parts.showProgress(subscription);
  }

  function showUnreachable() {
    const text = 'Can’t reach the server of this calendar. Check that you are online; this page keeps trying.';
    if (main.contains(parts.element)) fill(parts.notes, note('warn', text));
    else fill(main, h('h1', {}, 'Shared calendar'), note('warn', text));
  }

  fill(parts.contents, contents.element);
  return { show };
}

/** The regions of the page, and what is drawn into them. @param {string} address of this page */
function createParts(address) {
  const title = h('h1', { tabindex: '-1' });
  const lead = h('p', { class: 'subscribe-lead' });
  const description = h('p', { class: 'hint', dir: 'auto' });
  const notes = h('div', { class: 'subscribe-notes', role: 'status' });
  const add = h('section', { class: 'subscribe-add', 'aria-labelledby': 'add-title' });
  const contents = h('div', { class: 'subscribe-contents' });
  const questions = h('section', { class: 'subscribe-questions' });
  const text = h('div', { class: 'subscribe-text' }, title, lead, description, notes);
  const element = h(
    'div',
    { class: 'subscribe-page' },
    h('div', { class: 'subscribe-head' }, text, isMobile(on) ? null : qrCard(address)),
    h('div', { class: 'subscribe-body' }, add, contents, questions),
  );

  let notesKey = '';

  /** @param {Subscription} subscription */
  function showHead(subscription) {
    fill(title, foreign(subscription.name));
    lead.textContent =
      'Someone shared this calendar with you. Add it to your calendar app once, and it keeps itself up to date.';
    description.textContent = subscription.description ?? '';
    const drawn = stateNotes(subscription);
    const key = drawn.map((one) => one.textContent).join();
    if (key !== notesKey || notes.childElementCount !== drawn.length) fill(notes, ...drawn);
    notesKey = key;
  }

  /** @param {Subscription} subscription */
  function showProgress(subscription) {
    const { progress } = subscription;
    const bar = progress && h('progress', { max: progress.total, value: progress.read, 'aria-label': 'Projects read' });
    fill(
      add,
      h('h2', { id: 'add-title' }, 'Not ready yet'),
      h('p', { role: 'status' }, progressInWords(subscription)),
      bar,
      h('p', { class: 'hint' }, 'Leave this page open: the buttons to add it appear here when the calendar is ready.'),
    );
  }

  /** @param {Subscription & { url: string }} subscription */
  function showApps(subscription) {
    const { url, state, grace_until: until } = subscription;
    const list = [appList({ subscription, on, actions: actions(url, subscription.name, address) }), otherApps(url)];
    const isOld = state === 'replaced' && until !== null;
    fill(
      add,
      h('h2', { id: 'add-title' }, isOld ? 'Ask for the new link' : 'Add it to your calendar'),
      isOld ? h('details', { class: 'disclosure' }, h('summary', {}, 'Add it with this link anyway'), ...list) : list,
    );
  }

  return { element, notes, contents, questions, showHead, showProgress, showApps };
}

/** @param {string} url @param {string} name @param {string} address of this page */
function actions(url, name, address) {
  return {
    copyAddress: (/** @type {string} */ message) => copyWithToast(url, message),
    sendPage: async () => {
      if (!isMobile(on) || !navigator.share)
        return copyWithToast(address, 'The link to this page is in your clipboard.');
      // Rejects when the person changes their mind.
      await navigator.share({ title: name, url: address }).catch(() => undefined);
    },
  };
}

/** @param {string} text @param {string} message */
async function copyWithToast(text, message) {
  if (await copy(text)) return showToast(message);
  const field = document.querySelector('.address');
  if (field) select(field);
  showToast('This browser doesn’t allow copying. The address is selected at “Another app”: copy it from there.', 'bad');
}

/** The address itself, for all other apps. @param {string} url */
function otherApps(url) {
  const id = newId('address');
  const address = h('code', { class: 'address', id, tabindex: '0', 'aria-label': 'Address of the calendar' }, url);
  const button = h('button', { type: 'button' }, icon('copy'), 'Copy address');
  button.addEventListener('click', () => void copyWithToast(url, 'Address copied. Paste it into your calendar app.'));
  return h(
    'div',
    { class: 'app-row' },
    h('h3', {}, 'Another app'),
    h(
      'p',
      {},
      'Find “Subscribe”, “Add by URL” or “Internet calendar” in your app and paste this address. Don’t use “Import”, and don’t open the address in a browser: that makes a copy which never changes.',
    ),
    h('div', { class: 'address-row' }, address, button),
  );
}

/** The page itself as a QR code: a phone gets the buttons that suit it. @param {string} address */
function qrCard(address) {
  const frame = h('div', { class: 'qr-frame' });
  const caption = h('p', {}, h('strong', {}, 'On your phone?'), ' Scan this code to open this page there.');
  const isHere = isThisMachine(address);
  if (isHere) caption.textContent = 'This address works on this machine only, so no phone can open it.';
  else
    qrCode(address, 'QR code of this page').then(
      (code) => fill(frame, code),
      () => fill(caption, 'The QR code couldn’t be drawn. Send yourself the link to this page instead.'),
    );
  return h('aside', { class: 'qr-card', 'aria-label': 'Open on a phone' }, isHere ? null : frame, caption);
}
