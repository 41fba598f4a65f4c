/** @import { EntryId, RuleRequest, Sheet, TimesheetExport, TimesheetRule, Correction } from '../app/types.js' */
import { request } from '../app/api.js';

const ROOT = 'api/v1/timesheet';

/** The requests for timesheets, one function each. */
export const timesheet = {
  /** @param {Record<string, string>} query @param {AbortSignal} [signal] @returns {Promise<Sheet>} */
  read: (query, signal) => request('GET', `${ROOT}?${new URLSearchParams(query)}`, undefined, signal),
  /** @param {Correction} correction @returns {Promise<{ rule: TimesheetRule | null }>} */
  correct: (correction) => request('POST', `${ROOT}/corrections`, correction),
  /** @returns {Promise<TimesheetRule[]>} */
  rules: async () => (await request('GET', `${ROOT}/rules`)).rules,
  /** Saves a rule; one with the same condition gets its target. @param {RuleRequest} rule @returns {Promise<TimesheetRule>} */
  addRule: (rule) => request('POST', `${ROOT}/rules`, rule),
  /** @param {string} id @returns {Promise<unknown>} */
  removeRule: (id) => request('DELETE', `${ROOT}/rules/${encodeURIComponent(id)}`),
  /** @returns {Promise<TimesheetExport[]>} */
  exports: async () => (await request('GET', `${ROOT}/exports`)).exports,
  /** @param {unknown} query @returns {Promise<TimesheetExport>} */
  addExport: (query) => request('POST', `${ROOT}/exports`, query),
  /** @param {string} id @returns {Promise<unknown>} */
  removeExport: (id) => request('DELETE', exportPath(id)),
  /** Accepts a change or a disappearance. @param {EntryId} entry @returns {Promise<unknown>} */
  settle: ({ source, uid, instance }) => request('POST', `${ROOT}/settle`, { source, uid, instance }),
};

/** Returns the address of a download. @param {string} id @param {'csv' | 'json'} format */
export function downloadPath(id, format) {
  return `${exportPath(id)}?format=${format}`;
}

/** @param {string} id */
function exportPath(id) {
  return `${ROOT}/exports/${encodeURIComponent(id)}`;
}
