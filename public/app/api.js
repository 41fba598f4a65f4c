/** @import { Grant, Explanation, Session, Project, Member, Link, NewLink, Nameable, Preview, Health, SyncStatus, DemoChange } from './types.js' */

/** A failed request. The message is a sentence for the user; the status is 0 when the server can't be reached. */
export class ApiError extends Error {
  /** @param {string} message @param {number} status @param {string} code */
  constructor(message, status, code) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** Dispatches `end` when the server no longer accepts the session. */
export const sessionEnded = new EventTarget();

/** Dispatches `load` with each health as `detail`. */
export const healthLoaded = new EventTarget();

/**
 * Sends a request to the API. Returns the parsed JSON body, or null when there is none. Throws an ApiError unless it succeeds.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function request(method, path, body, signal) {
  const headers = { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  const init = { method, headers, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) };
  const response = await fetch(path, init).catch((/** @type {unknown} */ error) => {
    if (signal?.aborted) throw error;
    throw new ApiError("Can't reach the server. Check that it is running and that you are online.", 0, 'OFFLINE');
  });
  const result = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return result;
  if (response.status === 401 && !path.endsWith('/session')) sessionEnded.dispatchEvent(new Event('end'));
  const message = result?.message ?? `The server returned status ${response.status}. Try again in a moment.`;
  throw new ApiError(message, response.status, result?.error_code ?? '');
}

/** @param {string} id */
const linkPath = (id) => `api/v1/links/${encodeURIComponent(id)}`;

/** The requests of this page, one function each. */
export const api = {
  /** @returns {Promise<Session>} */
  session: () => request('GET', 'api/v1/session'),
  /** @param {{ token: string } | { plane_api_key: string } | { demo: true }} credentials @returns {Promise<null>} */
  logIn: (credentials) => request('POST', 'api/v1/session', credentials),
  /** @returns {Promise<null>} */
  logOut: () => request('DELETE', 'api/v1/session'),
  /** @returns {Promise<Project[]>} */
  projects: async () => (await request('GET', 'api/v1/projects')).projects,
  /** @returns {Promise<Member[]>} */
  members: async () => (await request('GET', 'api/v1/members')).members,
  /** @returns {Promise<Link[]>} */
  links: async () => (await request('GET', 'api/v1/links')).links,
  /** @param {string} id @returns {Promise<Link>} */
  link: (id) => request('GET', linkPath(id)),
  /** @param {unknown} link @returns {Promise<NewLink>} */
  addLink: (link) => request('POST', 'api/v1/links', link),
  /** @param {unknown[]} links @returns {Promise<NewLink[]>} */
  addLinks: async (links) => (await request('POST', 'api/v1/links', { links })).links,
  /** @param {string} id @param {unknown} patch @returns {Promise<Link>} */
  editLink: (id, patch) => request('PATCH', linkPath(id), patch),
  /** @param {string} id @param {number} graceDays how long the old address works @returns {Promise<NewLink>} */
  rotateLink: (id, graceDays) => request('POST', `${linkPath(id)}/rotate`, { grace_days: graceDays }),
  /** @param {string} id @returns {Promise<Link>} */
  revokeLink: (id) => request('DELETE', linkPath(id)),
  /** @param {string} item a key, or an address in Plane @param {string} link @returns {Promise<Explanation>} */
  explain: (item, link) => request('GET', `api/v1/explain?${new URLSearchParams({ item, link })}`),
  /** @param {unknown} feed @param {AbortSignal} signal @returns {Promise<Preview>} */
  preview: (feed, signal) => request('POST', 'api/v1/preview', feed, signal),
  /** The names that filters can choose from. @param {unknown} scope @param {string[]} of the filters @returns {Promise<Record<string, Nameable[]>>} */
  choices: (scope, of) => request('POST', 'api/v1/choices', { scope, of }),
  /** @returns {Promise<Health>} */
  health: async () => {
    const health = await request('GET', 'api/v1/health');
    healthLoaded.dispatchEvent(new CustomEvent('load', { detail: health }));
    return health;
  },
  /** @returns {Promise<Grant[]>} */
  grants: async () => (await request('GET', 'api/v1/grants')).grants,
  /** Ends the access of a member and revokes their links. @param {string} id @returns {Promise<Grant>} */
  revokeMember: (id) => request('POST', `api/v1/members/${encodeURIComponent(id)}/revoke`),
  /** @returns {Promise<SyncStatus>} */
  syncStatus: () => request('GET', 'webhooks/status'),
  /** @returns {Promise<{ message: string }>} */
  sync: () => request('POST', 'webhooks/sync'),
  /** @param {string} project @returns {Promise<{ identifier: string, items: number, last_error: string | null }>} */
  applyRemoval: (project) => request('POST', `api/v1/projects/${encodeURIComponent(project)}/apply-removal`),
  /** @param {string} source @returns {Promise<{ name: string, components: number, error: string | null }>} */
  applySourceRemoval: (source) => request('POST', `api/v1/sources/${encodeURIComponent(source)}/apply`),
  /** @param {string | null} secret @returns {Promise<null>} */
  setWebhookSecret: (secret) => request('PUT', 'api/v1/webhook-secret', { secret }),
  /** Returns what changed, or null when the server redirects to the page instead of returning JSON. @returns {Promise<Partial<DemoChange> | null>} */
  changeDemo: async () => {
    const headers = { Accept: 'application/json' };
    const response = await fetch('demo/change', { method: 'POST', redirect: 'manual', headers });
    if (!response.ok && response.type !== 'opaqueredirect')
      throw new ApiError("Couldn't change anything in the demo. Try again in a moment.", response.status, '');
    return response.ok ? response.json().catch(() => null) : null;
  },
};

/** Returns the sentence to show for an error. @param {unknown} error */
export function messageOf(error) {
  return error instanceof ApiError ? error.message : 'Something went wrong on this page. Reload it and try again.';
}
