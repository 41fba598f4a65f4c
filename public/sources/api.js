/** @import { CalendarSource, OtherCalendar, Session, SourceTest } from '../app/types.js' */
import { request } from '../app/api.js';

/** @param {string} id */
const path = (id) => `api/v1/sources/${encodeURIComponent(id)}`;

/** The requests for sources, one function each. */
export const sources = {
  /** @returns {Promise<CalendarSource[]>} */
  all: async () => (await request('GET', 'api/v1/sources')).sources,
  /** @param {string} id @returns {Promise<CalendarSource>} */
  get: (id) => request('GET', path(id)),
  /** Reads a calendar without storing anything. @param {unknown} source @returns {Promise<SourceTest>} */
  test: (source) => request('POST', 'api/v1/sources/test', source),
  /** @param {unknown} source @returns {Promise<CalendarSource>} */
  add: (source) => request('POST', 'api/v1/sources', source),
  /** @param {string} id @param {unknown} patch @returns {Promise<CalendarSource>} */
  edit: (id, patch) => request('PATCH', path(id), patch),
  /** @param {string} id @returns {Promise<unknown>} */
  remove: (id) => request('DELETE', path(id)),
  /** Reads it now. @param {string} id @returns {Promise<CalendarSource>} */
  sync: (id) => request('POST', `${path(id)}/sync`),
  /** Believes a large removal at once. @param {string} id @returns {Promise<CalendarSource>} */
  applyRemoval: (id) => request('POST', `${path(id)}/apply`),
};

/** Returns the calendars that forms offer. Members have none; a problem with them never keeps a form from opening. @param {Session} session @returns {Promise<OtherCalendar[]>} */
export function otherCalendars(session) {
  return session.role === 'member' ? Promise.resolve([]) : sources.all().catch(() => []);
}
