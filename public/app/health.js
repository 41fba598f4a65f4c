/** @import { Health, Session } from './types.js' */
import { api, healthLoaded } from './api.js';

/** The last health that any view has loaded, and what it means for people. */

/** @type {{ health: Health, at: number } | null} */
let latest = null;

/** Members may not read the health of the server. */
let mayRead = false;

healthLoaded.addEventListener('load', (event) => {
  latest = { health: /** @type {CustomEvent<Health>} */ (event).detail, at: Date.now() };
});

/** Returns the last health, or null before the first one. */
export function latestHealth() {
  return latest?.health ?? null;
}

/** Sets whether the session may read the health. Forgets the last one, which belongs to another session. @param {boolean} isAdmin */
export function resetHealth(isAdmin) {
  latest = null;
  mayRead = isAdmin;
}

/** Returns the last health, loaded again when it is older than `maxAgeMs`; null for members, and when that fails. @param {number} maxAgeMs @returns {Promise<Health | null>} */
export function currentHealth(maxAgeMs) {
  if (!mayRead) return Promise.resolve(null);
  if (latest !== null && Date.now() - latest.at < maxAgeMs) return Promise.resolve(latest.health);
  return api.health().catch(() => null);
}

/**
 * Returns why calendars can't follow Plane or can't be stored, or null while they can. Problems of webhooks and mirrors don't stop
 * calendars; neither does a large removal that is yet to be confirmed.
 *
 * @param {Health} health
 */
export function outageOf({ metrics, problems = [], last_error: error }) {
  const problem = problems.find(({ part, removal }) => (part === 'plane' || part === 'store') && removal === undefined);
  const isDown = metrics.plane_api_connection === 'error';
  if (!problem && !isDown) return null;
  return {
    part: isDown ? 'plane' : (problem?.part ?? 'plane'),
    cause: problem?.message ?? error ?? 'The last request to Plane failed.',
    lastGood: metrics.last_sync,
  };
}

/** Describes how soon a change in Plane shows, such as "within seconds". @param {Session} session */
export function delayInWords(session) {
  const health = latestHealth();
  if (isWebhookWorking(session, health)) return 'within seconds';
  const minutes = health?.budget.silent_change_minutes ?? null;
  return minutes === null ? 'within a minute or two' : `within ${minutes} minutes`;
}

/** Returns whether changes are known to be delivered: a webhook that was never used promises nothing. @param {Session} session @param {Health | null} health */
function isWebhookWorking({ webhook: initial, demo }, health) {
  const webhook = health?.webhook ?? initial;
  if (!webhook || webhook.secret === null || (webhook.last_delivery === null && !demo)) return false;
  if (health === null) return true;
  return outageOf(health) === null && !(health.problems ?? []).some(({ part }) => part === 'webhook');
}

/** Returns the ids of projects that have not been loaded from Plane yet. @param {string[]} ids @param {Health} health */
export function notLoaded(ids, health) {
  const loaded = new Set(health.projects.flatMap((one) => (one.age_seconds === null || !one.id ? [] : one.id)));
  return ids.filter((id) => !loaded.has(id));
}

/** Returns how many minutes the queued requests to Plane take, or 0 for less than half a minute. @param {Health} health */
export function queueMinutes({ budget }) {
  const minutes = budget.waiting / Math.max(1, budget.requests_per_minute);
  return minutes < 0.5 ? 0 : Math.ceil(minutes);
}
