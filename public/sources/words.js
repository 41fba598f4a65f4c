/** @import { CalendarSource } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { ago, count, durationInWords, number } from '../ui/time.js';

/** Descriptions of sources. */

/** What each kind is called. */
export const KINDS = { ics: 'ICS address', caldav: 'CalDAV' };

/** The status of a source, as a line with a coloured dot. @param {CalendarSource} source */
export function stateLine(source) {
  const { tone, words } = stateWords(source);
  return h(
    'span',
    { class: `fetch ${tone}` },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('span', {}, ...words),
  );
}

/** @param {CalendarSource} source @returns {{ tone: string, words: (Node | string)[] }} */
function stateWords(source) {
  const { state, error, last_check: last, next_check: next, stale } = source;
  if (state === 'reading') return { tone: 'busy', words: ['Reading the calendar…'] };
  if (state === 'waiting') return { tone: 'warn', words: ['Large removal held back.', ...nextWords(next)] };
  if (state === 'error') return { tone: 'bad', words: [error ?? 'Couldn’t be read.', ...lastGoodWords(source)] };
  if (last === null) return { tone: '', words: ['Not read yet.', ...nextWords(next)] };
  const remark = stale > 0 ? ` ${count(stale, 'event')} can’t be read and stay as they were.` : '';
  const words = ['Read ', ago(last), ...(next === null ? ['; only on request.'] : ['; next read ', ago(next), '.'])];
  return { tone: stale > 0 ? 'warn' : 'good', words: [...words, remark] };
}

/** @param {string | null} next @returns {(Node | string)[]} */
function nextWords(next) {
  return next === null ? [] : [' Next read ', ago(next), '.'];
}

/** @param {CalendarSource} source @returns {(Node | string)[]} */
function lastGoodWords({ last_check: last, next_check: next, paused_until: until }) {
  const copy = last === null ? [] : [' Links show it as it was ', ago(last), '.'];
  return [...copy, ...nextWords(until ?? next)];
}

/** Describes how often a source is read. @param {number | null} seconds */
export function intervalInWords(seconds) {
  if (seconds === null) return 'as the calendar asks, else hourly';
  if (seconds === 0) return 'only on request';
  const words = seconds % 3600 === 0 ? count(seconds / 3600, 'hour') : durationInWords(seconds);
  return seconds === 3600 ? 'every hour' : `every ${words}`;
}

/** Describes what a source has: its kind, its events, what was left out, and whose hours it contains. @param {CalendarSource} source */
export function contentInWords({ kind, url, components, last_check: last, dropped, timesheet }) {
  const parts = [
    `${KINDS[kind]} at ${hostOf(url)}`,
    last === null ? null : count(components, 'event'),
    dropped.length > 0 ? `${number(dropped.length)} left out or read differently` : null,
    timesheet ? `hours of ${timesheet.member.name}` : null,
  ];
  return parts.filter((one) => one !== null).join(' · ');
}

/** Returns the host of an address, or the text itself when it is no address. @param {string} url */
function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : url;
}
