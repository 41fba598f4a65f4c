/** @import { Health, Project } from '../app/types.js' */
import { currentHealth, latestHealth, notLoaded, outageOf, queueMinutes } from '../app/health.js';
import { fill, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { announce } from '../ui/notice.js';
import { count, number } from '../ui/time.js';

/** Whether a new calendar has been built. */

const POLL_MS = 2000;

/**
 * Fetches the headers of a calendar until it answers, and shows how far it is. Such a request is not recorded as a subscriber's.
 *
 * @param {object} params
 * @param {string} params.url
 * @param {Project[]} params.projects those that the calendar includes
 * @param {AbortSignal} [params.signal]
 */
export function readinessOf({ url, projects, signal }) {
  const element = h('p', { class: 'readiness' });
  fill(element, 'Preparing…');
  void watch();
  return element;

  async function watch() {
    // By the page's own address: PUBLIC_URL may name another host.
    const path = `ics/${new URL(url).pathname.split('/ics/').at(-1)}`;
    while (!signal?.aborted) {
      const response = await fetch(path, { method: 'HEAD', cache: 'no-store', signal: signal ?? null }).catch(
        () => null,
      );
      if (response?.ok) return showReady();
      const health = await currentHealth(POLL_MS);
      if (!signal?.aborted) element.textContent = progressInWords(projects, health);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  function showReady() {
    const health = latestHealth();
    const isStale = health !== null && outageOf(health) !== null;
    element.classList.toggle('good', !isStale);
    const text = isStale ? 'Available, but not up to date: see above.' : 'Ready. People can subscribe now.';
    fill(element, isStale ? icon('warn') : icon('check'), h('span', {}, text));
    announce(text);
  }
}

/** @param {Project[]} projects @param {Health | null} health */
function progressInWords(projects, health) {
  const wait = 'Wait until it is ready: some apps wait hours before retrying.';
  if (health === null) return `Preparing. ${wait}`;
  const total = projects.length;
  const done =
    total -
    notLoaded(
      projects.map(({ id }) => id),
      health,
    ).length;
  const minutes = queueMinutes(health);
  const time = minutes === 0 ? '' : `, about ${count(minutes, 'minute')}`;
  return `Preparing: ${number(done)} of ${count(total, 'project')} loaded${time}. ${wait}`;
}
