/** @import { Fetch, Link } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { ago, count, LOCALE } from '../ui/time.js';
import { isLate } from '../ui/words.js';

/** Whether a link works, until when, and how it is called. */

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;
/** How often an app refreshes whose user decides that. */
const USUAL_HOURS = 24;
/** End dates are UTC days. */
const endFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeZone: 'UTC' });
const dayFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const timeFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });

/**
 * Returns the apps that use an address that was replaced. One that has fetched by the current one since has moved, unless the old one is still
 * fetched: two people may use the same app.
 *
 * @param {Link} link
 * @returns {Fetch[]}
 */
export function appsOnOldAddress({ fetches, grace_until: until }) {
  if (until === null) return [];
  const hasMoved = (/** @type {Fetch} */ old) =>
    isLate(old, USUAL_HOURS) &&
    fetches.some(({ address, client, at }) => address !== 'old' && client === old.client && at > old.at);
  return fetches.filter((one) => one.address === 'old' && !hasMoved(one));
}

/** Says until when an old address works, and who uses it. @param {Link} link */
function graceInWords(link) {
  if (link.grace_until === null) return null;
  const apps = appsOnOldAddress(link).length;
  const use =
    apps === 0
      ? `no app uses it${link.fetches.length === 0 ? '' : ' any more'}`
      : `${count(apps, 'app')} still ${apps === 1 ? 'uses' : 'use'} it`;
  return [`Old address works until ${endFormat.format(new Date(link.grace_until))}; ${use}`];
}

/**
 * Labels for what is not as usual about a link: an end, a pause, an old address.
 *
 * @param {Link} link
 * @returns {HTMLElement[]}
 */
export function stateLabels(link) {
  const grace = graceInWords(link);
  const labels = [endLabel(link), grace === null ? null : label('', ...grace)];
  return labels.filter((one) => one !== null);
}

/** @param {Link} link */
function endLabel({ state, expires, owner }) {
  if (state === 'paused') {
    return label('warn', 'Paused until ', ownerOf(owner), ' signs in again');
  }
  if (expires === null) return null;
  const end = Date.parse(expires);
  if (state === 'expired') return label('bad', 'Expired ', ago(end));
  const isSoon = end - Date.now() < SOON_MS;
  return isSoon ? label('warn', 'Expires ', ago(end)) : label('', `Expires ${endFormat.format(end)}`);
}

/** Names who created a link, where that was a member. @param {Link['owner']} owner */
export function ownerOf(owner) {
  return owner?.name ? foreign(owner.name) : 'its owner';
}

/** @param {'' | 'warn' | 'bad'} tone @param {...import('../ui/dom.js').Children} children */
function label(tone, ...children) {
  return h('span', { class: `label ${tone}`.trim() }, ...children);
}

/** Returns the day of creation, with the time where another link has the same name. @param {Link} link @param {boolean} isNamesake */
export function createdInWords({ created }, isNamesake) {
  return (isNamesake ? timeFormat : dayFormat).format(new Date(created));
}

/** The name of a link for screen readers, which no other link has. @param {Link} link @param {boolean} isNamesake */
export function fullName(link, isNamesake) {
  const person = link.for === null ? link.name : `${link.name} for ${link.for}`;
  return isNamesake ? `${person}, created ${createdInWords(link, true)}` : person;
}
