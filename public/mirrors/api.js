/** @import { Mirror, Plan, Run, ServerTest, ServerWish } from '../app/types.js' */
import { ask } from '../app/api.js';

/** @param {string} id */
const path = (id) => `api/v1/mirrors/${encodeURIComponent(id)}`;

/** What the server does for mirrors. */
export const mirrors = {
  /** @returns {Promise<Mirror[]>} */
  all: async () => (await ask('GET', 'api/v1/mirrors')).mirrors,
  /** @param {string} id @returns {Promise<Mirror>} */
  get: (id) => ask('GET', path(id)),
  /** @param {ServerWish} server @returns {Promise<ServerTest>} */
  test: (server) => ask('POST', 'api/v1/mirrors/test', { server }),
  /** @param {unknown} wish @returns {Promise<Mirror>} */
  add: (wish) => ask('POST', 'api/v1/mirrors', wish),
  /** @param {string} id @param {unknown} wish @returns {Promise<Mirror>} */
  edit: (id, wish) => ask('PATCH', path(id), wish),
  /** @param {string} id @param {boolean} purge whether what it made goes too @returns {Promise<unknown>} */
  remove: (id, purge) => ask('DELETE', `${path(id)}${purge ? '?purge=true' : ''}`),
  /** @param {string} id @returns {Promise<Plan>} */
  plan: (id) => ask('POST', `${path(id)}/plan`),
  /** @param {string} id @param {string} [force] the digest of the deletions to apply @returns {Promise<unknown>} */
  run: (id, force) => ask('POST', `${path(id)}/run`, force === undefined ? {} : { force }),
  /** @param {string} id @returns {Promise<{ deleted: number, left: string[] }>} */
  purge: (id) => ask('POST', `${path(id)}/purge`),
  /** @param {string} id @returns {Promise<unknown>} */
  backup: (id) => ask('GET', `${path(id)}/backup`),
  /** @param {string} id @returns {Promise<Run[]>} */
  runs: async (id) => (await ask('GET', `api/v1/runs?mirror=${encodeURIComponent(id)}`)).runs,
};
