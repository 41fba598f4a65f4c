/** @import { Mirror, Plan, Run, ServerTest, ServerRequest } from '../app/types.js' */
import { request } from '../app/api.js';

/** @param {string} id */
const path = (id) => `api/v1/mirrors/${encodeURIComponent(id)}`;

/** The requests for mirrors, one function each. */
export const mirrors = {
  /** @returns {Promise<Mirror[]>} */
  all: async () => (await request('GET', 'api/v1/mirrors')).mirrors,
  /** @param {string} id @returns {Promise<Mirror>} */
  get: (id) => request('GET', path(id)),
  /** @param {ServerRequest} server @returns {Promise<ServerTest>} */
  test: (server) => request('POST', 'api/v1/mirrors/test', { server }),
  /** @param {unknown} mirror @returns {Promise<Mirror>} */
  add: (mirror) => request('POST', 'api/v1/mirrors', mirror),
  /** @param {string} id @param {unknown} patch @returns {Promise<Mirror>} */
  edit: (id, patch) => request('PATCH', path(id), patch),
  /** @param {string} id @param {boolean} purge whether to delete the events it created @returns {Promise<unknown>} */
  remove: (id, purge) => request('DELETE', `${path(id)}${purge ? '?purge=true' : ''}`),
  /** @param {string} id @returns {Promise<Plan>} */
  plan: (id) => request('POST', `${path(id)}/plan`),
  /** @param {string} id @param {string} [force] the digest of the deletions to apply @returns {Promise<unknown>} */
  run: (id, force) => request('POST', `${path(id)}/run`, force === undefined ? {} : { force }),
  /** @param {string} id @returns {Promise<{ deleted: number, left: string[] }>} */
  purge: (id) => request('POST', `${path(id)}/purge`),
  /** @param {string} id @returns {Promise<unknown>} */
  backup: (id) => request('GET', `${path(id)}/backup`),
  /** @param {string} id @returns {Promise<Run[]>} */
  runs: async (id) => (await request('GET', `api/v1/runs?mirror=${encodeURIComponent(id)}`)).runs,
};
