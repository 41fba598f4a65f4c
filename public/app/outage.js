/** @import { Health } from './types.js' */
import { ApiError, api, healthLoaded } from './api.js';
import { latestHealth, outageOf } from './health.js';
import { fill, h, poll } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { clockTime } from '../ui/time.js';

/** The banner of an outage, shown in every view while it lasts. */

const POLL_MS = 10_000;
/** What the banner shows now, so that it is redrawn only when that changes. */
let shown = '';

/** Follows the health of the server until the signal aborts, then hides the banner. @param {AbortSignal} signal */
export function watchOutages(signal) {
  healthLoaded.addEventListener('load', (event) => show(wordsOf(/** @type {CustomEvent<Health>} */ (event).detail)), {
    signal,
  });
  const check = () =>
    api.health().catch((error) => {
      const isUnreachable = error instanceof ApiError && (error.status === 0 || error.status >= 502);
      if (isUnreachable && !signal.aborted) show(unreachable());
    });
  void check();
  poll(check, POLL_MS, signal);
  signal.addEventListener('abort', () => show(null));
}

/** @typedef {{ title: string, text: string, effect: string }} Words */

/** @param {Health} health @returns {Words | null} */
function wordsOf(health) {
  const outage = outageOf(health);
  if (outage === null) return null;
  const title = outage.part === 'store' ? 'Data can’t be stored.' : 'Calendars can’t be updated from Plane.';
  const effect =
    outage.lastGood === null
      ? 'No calendar has been loaded yet.'
      : `Subscribers get the last good copy from ${clockTime(outage.lastGood)}.`;
  return { title, text: outage.cause, effect };
}

/** @returns {Words} */
function unreachable() {
  const last = latestHealth();
  const effect = last === null ? '' : `This page shows what it knew at ${clockTime(last.timestamp)}.`;
  return { title: 'Can’t reach the server.', text: 'Check that plane-ics is running and that you are online.', effect };
}

/** @param {Words | null} words */
function show(words) {
  const key = words === null ? '' : Object.values(words).join(' ');
  if (key === shown) return;
  shown = key;
  const banner = /** @type {HTMLElement} */ (document.getElementById('outage'));
  banner.hidden = words === null;
  if (words === null) return void fill(banner);
  const text = h('p', {}, h('strong', {}, words.title), ` ${words.text} ${words.effect} `, statusLink());
  fill(banner, h('div', { class: 'banner-inner', role: 'status' }, icon('warn'), text));
}

function statusLink() {
  return h('a', { href: '#/status' }, 'View status');
}
