/** @import { Link, Fetch, Scope, Project } from '../app/types.js' */
/** @import { Options } from '../feeds/options.js' */
import { h } from './dom.js';
import { readOptions, reminderOf } from '../feeds/options.js';
import { ago, count, number } from './time.js';

const PLAIN = new Intl.ListFormat('en', { type: 'conjunction' });
const EITHER = new Intl.ListFormat('en', { type: 'disjunction' });

/** "a, b and c". @param {string[]} parts */
export function joined(parts) {
  return PLAIN.format(parts);
}

/** What the API returns for a project that it can't name: it was deleted, or the reader has left it. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns whether a calendar has anything of Plane. @param {Scope} scope */
export function hasPlanePart(scope) {
  return 'all' in scope || 'person' in scope || ('projects' in scope && scope.projects.length > 0);
}

/** Describes what is included. @param {Scope} scope @param {Project[]} [projects] */
export function scopeInWords(scope, projects = []) {
  return joined([...planeInWords(scope, projects), ...(scope.calendars ?? []).map(calendarInWords)]);
}

/** @param {Scope} scope @param {Project[]} projects @returns {string[]} */
function planeInWords(scope, projects) {
  if ('all' in scope) return ['All projects'];
  if ('person' in scope) return [`${scope.person}’s work items`];
  if (!('projects' in scope)) return [];
  return scope.projects.map(
    (key) =>
      projects.find((one) => one.identifier === key || one.id === key)?.name ??
      (UUID.test(key) ? 'an unavailable project' : key),
  );
}

/** What the API returns for a calendar that was removed is its id. @param {string} name */
function calendarInWords(name) {
  return /^cal-[a-z0-9]{10}$/.test(name) ? 'a removed calendar' : `the calendar “${name}”`;
}

/** Describes what a calendar contains: its scope, and the options that are not at their default. @param {{ scope: Scope, options: Record<string, string> }} feed @param {Project[]} projects @param {Record<string, string>} defaults */
export function feedInWords({ scope, options }, projects, defaults) {
  return [scopeInWords(scope, projects), ...optionsInWords(options, defaults, scope)].join(' · ');
}

/** @param {Record<string, string>} texts @param {Record<string, string>} defaults @param {Scope} scope */
function optionsInWords(texts, defaults, scope) {
  const options = readOptions(texts, defaults);
  const hasCalendars = (scope.calendars ?? []).length > 0;
  return [
    ...(hasPlanePart(scope) ? planeOptionsInWords(options) : []),
    ...(hasCalendars ? calendarOptionsInWords(options) : []),
    options.past === 'all' ? null : `${count(Number(options.past), 'day')} back`,
    options.ahead === 'all' ? null : `${count(Number(options.ahead), 'day')} ahead`,
    options.detail === 'private'
      ? hasCalendars
        ? 'times only'
        : 'dates only'
      : options.detail === 'brief'
        ? 'no descriptions'
        : null,
  ].filter((one) => one !== null);
}

/** @param {Options} options */
function planeOptionsInWords(options) {
  const alarms = options.alarm ?? [];
  return [
    whatInWords(options),
    options.done === 'hide' ? 'completed hidden' : options.done === 'keep' ? 'completed kept' : null,
    options.cancelled === 'keep' ? 'cancelled included' : null,
    ...filtersInWords(options),
    options.overdue === 'today' && options.as !== 'todo' ? 'overdue listed today' : null,
    alarms.length > 0 ? `reminders ${joined(alarms.map(reminderInWords))}` : null,
  ];
}

/** @param {Options} options */
function calendarOptionsInWords({ only, without, alarm }) {
  return [
    only.length > 0 ? `only with ${EITHER.format(only.map(quoted))}` : null,
    without.length > 0 ? `without ${EITHER.format(without.map(quoted))}` : null,
    alarm?.length === 0 ? 'their reminders removed' : null,
  ];
}

/** @param {string} word */
function quoted(word) {
  return `“${word}”`;
}

/** @param {Options} options */
function whatInWords({ show, as, mode, undated }) {
  if (as === 'todo') return undated === 'keep' ? 'to-dos, including those without a date' : 'to-dos';
  const how = { due: 'due dates', span: 'from start to due', both: 'start and due dates' }[mode];
  const parts = show.map((one) => (one === 'items' ? (how ?? '') : one));
  return joined(parts);
}

/** @param {Options} options */
function filtersInWords(options) {
  const named = /** @type {const} */ ([
    ['assignee', 'assigned to', 'no one'],
    ['label', 'labeled', 'nothing'],
    ['state', 'in state', 'none'],
    ['cycle', 'in cycle', 'none'],
    ['module', 'in module', 'none'],
  ]);
  const filters = named.flatMap(([name, words, nothing]) => {
    const { names, none } = options[name];
    const all = none ? [...names, nothing] : names;
    return all.length === 0 ? [] : [`${words} ${EITHER.format(all)}`];
  });
  return options.priority.length === 0 ? filters : [...filters, `priority ${EITHER.format(options.priority)}`];
}

/** Describes when a reminder fires. @param {string} duration */
export function reminderInWords(duration) {
  const reminder = reminderOf(duration);
  if (!reminder) return duration;
  const { days, time } = reminder;
  if (days === 0) return `at ${time} on the day`;
  return days === 1 ? `at ${time} the day before` : `at ${time}, ${days} days before`;
}

/**
 * Whether an app should have refreshed since. `usual` is how many hours it may take where its user decides; null for any number.
 *
 * @param {Fetch} fetch @param {number | null} usual
 */
export function isLate({ at, refresh_hours: hours }, usual = null) {
  const expected = hours ?? usual;
  return expected !== null && Date.now() - Date.parse(at) > expected * 1.5 * 3_600_000;
}

/** Describes an app's last fetch, and whether it has the current version. @param {Fetch} fetch */
export function fetchInWords(fetch) {
  const { client, at, refresh, versions_behind: behind, address } = fetch;
  const currency = behind === 0 ? 'up to date' : `${count(behind, 'version')} behind`;
  const late = isLate(fetch);
  const tone = late ? 'bad' : behind > 0 ? 'warn' : 'good';
  const next = late ? `hasn’t refreshed since, although it usually refreshes ${refresh}` : `refreshes ${refresh}`;
  return h(
    'span',
    { class: `fetch ${tone}` },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h(
      'span',
      {},
      h('strong', {}, capital(client)),
      address === 'old' ? ' (old address), ' : ', ',
      ago(at),
      ` – ${currency}; ${next}`,
    ),
  );
}

/** @param {string} text */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Describes a size and its limit, such as "0.1 of 1 MB". @param {number} bytes @param {number} limit */
export function sizeInWords(bytes, limit) {
  const mega = (/** @type {number} */ value) => number(Math.round(value / 10_000) / 100);
  return bytes < 10_000
    ? `${number(Math.max(1, Math.round(bytes / 1000)))} kB of ${mega(limit)} MB`
    : `${mega(bytes)} of ${mega(limit)} MB`;
}

/** Describes the last fetch of a link, or says that there is none. @param {Link} link */
export function lastFetchInWords(link) {
  return link.last_fetch ? fetchInWords(link.last_fetch) : noFetchInWords('No subscribers yet.');
}

/** Says that a link has no subscribers. @param {string} [text] */
export function noFetchInWords(text = 'No subscribers yet. Add the link to a calendar app.') {
  return h('span', { class: 'fetch' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span', {}, text));
}
