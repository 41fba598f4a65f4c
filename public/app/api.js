/** @import { Session, Project, Member, Link, NewLink, Nameable, Preview, Health, SyncStatus, DemoChange } from './types.js' */

/** What the server, or the way to it, refused; the message is a sentence to show. */
export class ApiError extends Error {
  /** @param {string} message @param {number} status @param {string} code */
  constructor(message, status, code) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** Tells that a session is over. */
export const sessionEnded = new EventTarget();

/**
 * Asks the server; what it answers must be success.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, signal) {
  const headers = { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  const request = { method, headers, signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) };
  const response = await fetch(path, request).catch((/** @type {unknown} */ error) => {
    if (signal?.aborted) throw error;
    throw new ApiError('The server does not answer. Check that it runs and that you are online.', 0, 'OFFLINE');
  });
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401 && !path.endsWith('/session')) sessionEnded.dispatchEvent(new Event('end'));
  const message = answer?.message ?? `The server answered ${response.status}. Try again in a moment.`;
  throw new ApiError(message, response.status, answer?.error_code ?? '');
}

/** @param {string} id */
const linkPath = (id) => `api/v1/links/${encodeURIComponent(id)}`;

/** The server, as functions. */
export const api = {
  /** @returns {Promise<Session>} */
  session: () => ask('GET', 'api/v1/session'),
  /** @param {{ token: string } | { demo: true }} proof @returns {Promise<null>} */
  logIn: (proof) => ask('POST', 'api/v1/session', proof),
  /** @returns {Promise<null>} */
  logOut: () => ask('DELETE', 'api/v1/session'),
  /** @returns {Promise<Project[]>} */
  projects: async () => (await ask('GET', 'api/v1/projects')).projects,
  /** @returns {Promise<Member[]>} */
  members: async () => (await ask('GET', 'api/v1/members')).members,
  /** @returns {Promise<Link[]>} */
  links: async () => (await ask('GET', 'api/v1/links')).links,
  /** @param {string} id @returns {Promise<Link>} */
  link: (id) => ask('GET', linkPath(id)),
  /** @param {unknown} wish @returns {Promise<NewLink>} */
  addLink: (wish) => ask('POST', 'api/v1/links', wish),
  /** @param {string} id @param {unknown} wish @returns {Promise<Link>} */
  editLink: (id, wish) => ask('PATCH', linkPath(id), wish),
  /** @param {string} id @returns {Promise<NewLink>} */
  rotateLink: (id) => ask('POST', `${linkPath(id)}/rotate`),
  /** @param {string} id @returns {Promise<Link>} */
  revokeLink: (id) => ask('DELETE', linkPath(id)),
  /** @param {unknown} wish @param {AbortSignal} signal @returns {Promise<Preview>} */
  preview: (wish, signal) => ask('POST', 'api/v1/preview', wish, signal),
  /** @param {unknown} scope @param {string[]} of @returns {Promise<Record<string, Nameable[]>>} */
  choices: (scope, of) => ask('POST', 'api/v1/choices', { scope, of }),
  /** @returns {Promise<Health>} */
  health: () => ask('GET', 'api/v1/health'),
  /** @returns {Promise<SyncStatus>} */
  syncStatus: () => ask('GET', 'webhooks/status'),
  /** @returns {Promise<{ message: string }>} */
  sync: () => ask('POST', 'webhooks/sync'),
  /** @param {string} project @returns {Promise<{ identifier: string, items: number, last_error: string | null }>} */
  applyRemoval: (project) => ask('POST', `api/v1/projects/${encodeURIComponent(project)}/apply-removal`),
  /** @param {string | null} secret @returns {Promise<null>} */
  setWebhookSecret: (secret) => ask('PUT', 'api/v1/webhook-secret', { secret }),
  /** What was changed, where the server tells; else its answer leads to the page itself, which is not fetched. @returns {Promise<Partial<DemoChange> | null>} */
  changeDemo: async () => {
    const headers = { Accept: 'application/json' };
    const response = await fetch('demo/change', { method: 'POST', redirect: 'manual', headers });
    if (!response.ok && response.type !== 'opaqueredirect')
      throw new ApiError('Nothing could be changed in the demo just now.', response.status, '');
    return response.ok ? response.json().catch(() => null) : null;
  },
};

/** The sentence of an error. @param {unknown} error */
export function messageOf(error) {
  return error instanceof ApiError ? error.message : 'Something went wrong on this page. Reload it and try again.';
}
