/** @import { Subscription } from '../app/types.js' */
import { fill, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { announce } from '../ui/notice.js';
import { count, number } from '../ui/time.js';

/** Whether a new calendar has been built. */

const POLL_MS = 2000;

/**
 * Asks the subscribe page of a link until the calendar is built, and shows how far it is. That is not recorded as a subscriber's fetch.
 *
 * @param {object} params
 * @param {string} params.subscribeUrl
 * @param {AbortSignal} [params.signal]
 */
export function readinessOf({ subscribeUrl, signal }) {
  const element = h('p', { class: 'readiness' });
  fill(element, 'Preparing…');
  void watch();
  return element;

  async function watch() {
    // By the page's own address: PUBLIC_URL may name another host.
    const path = `s/${subscribeUrl.split('/s/').at(-1)}/state`;
    while (!signal?.aborted) {
      const state = await request(path, signal);
      if (state?.built) return showReady(state);
      if (!signal?.aborted) element.textContent = progressInWords(state);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** @param {Subscription} state */
  function showReady({ plane }) {
    element.classList.toggle('good', plane.ok);
    const text = plane.ok
      ? 'Ready. People can subscribe now.'
      : 'Available, but not up to date: Plane can’t be reached.';
    fill(element, icon(plane.ok ? 'check' : 'warn'), h('span', {}, text));
    announce(text);
  }
}

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<Subscription | null>} null when there is no answer */
async function request(path, signal) {
  try {
    const headers = { Accept: 'application/json' };
    const response = await fetch(path, { headers, cache: 'no-store', signal: signal ?? null });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** @param {Subscription | null} state */
function progressInWords(state) {
  const wait = 'Wait until it is ready: some apps wait hours before retrying.';
  if (state === null) return `Preparing. ${wait}`;
  if (state.url === null) return 'This address doesn’t work at the moment.';
  if (!state.plane.ok) return `Plane can’t be reached, so the calendar can’t be prepared now. ${wait}`;
  if (state.progress === null) return `Preparing. ${wait}`;
  const { read, total, seconds_left: left } = state.progress;
  const minutes = Math.round((left ?? 0) / 60);
  const time = minutes === 0 ? '' : `, about ${count(minutes, 'minute')}`;
  return `Preparing: ${number(read)} of ${count(total, 'project')} loaded${time}. ${wait}`;
}
