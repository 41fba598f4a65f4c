/** @import { Health, Project } from '../app/types.js' */
import { api } from '../app/api.js';
import { currentHealth, notLoaded, queueMinutes } from '../app/health.js';
import { fill } from '../ui/dom.js';
import { note } from '../ui/notice.js';
import { count, number } from '../ui/time.js';
import { joined } from '../ui/words.js';

/** Marks a preview that lacks projects, and completes it as they are loaded. */

const POLL_MS = 5000;
/** Projects that the mark names. */
const MAX_NAMED = 3;

/**
 * @param {object} params
 * @param {HTMLElement} params.region
 * @param {() => Project[]} params.included the projects that the shown calendar includes
 * @param {() => void} params.reload called when more projects have been loaded
 * @param {AbortSignal} params.signal
 */
export function partialMark({ region, included, reload, signal }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener('abort', () => clearTimeout(timer));

  /** Draws the mark. Returns how many projects are missing. @param {number} maxAgeMs of the health */
  async function draw(maxAgeMs) {
    const projects = included();
    const health = projects.length === 0 ? null : await currentHealth(maxAgeMs);
    const ids = await missingIds(projects, health);
    const missing = projects.filter(({ id }) => ids.includes(id));
    const minutes = health === null ? 0 : queueMinutes(health);
    const text = missing.length === 0 ? '' : words(missing, projects.length, minutes);
    // Screen readers announce each redraw.
    if (region.textContent !== text) fill(region, text === '' ? null : note('warn', text));
    return missing.length;
  }

  async function check() {
    clearTimeout(timer);
    // A health from before the preview lacks what the preview has loaded.
    const before = (await draw(POLL_MS)) === 0 ? 0 : await draw(0);
    if (before === 0 || signal.aborted) return;
    timer = setTimeout(async () => {
      const after = await draw(0);
      if (after < before) reload();
      else void check();
    }, POLL_MS);
  }

  return { check };
}

/** Returns the ids of projects that are not loaded yet. Without a health, the list of projects says so. @param {Project[]} projects @param {Health | null} health */
async function missingIds(projects, health) {
  const included = projects.map(({ id }) => id);
  if (health !== null) return notLoaded(included, health);
  const latest = projects.length === 0 ? [] : await api.projects().catch(() => []);
  return latest.filter(({ id, items }) => items === null && included.includes(id)).map(({ id }) => id);
}

/** @param {Project[]} missing @param {number} total @param {number} minutes that the queue to Plane takes */
function words(missing, total, minutes) {
  const more = missing.length - MAX_NAMED;
  const names = missing.slice(0, MAX_NAMED).map(({ name }) => name);
  const list = joined(more > 0 ? [...names, `${number(more)} more`] : names);
  const time = minutes === 0 ? '' : ` This takes about ${count(minutes, 'minute')}.`;
  return `Partial preview: ${number(missing.length)} of ${count(total, 'project')} not loaded from Plane yet (${list}).${time}`;
}
