/** @import { NameList } from '../app/types.js' */

/**
 * @typedef {object} Options
 * @property {string[]} show
 * @property {string} as
 * @property {string} mode
 * @property {string} done
 * @property {string} cancelled
 * @property {string} undated
 * @property {NameList} assignee
 * @property {NameList} label
 * @property {NameList} state
 * @property {string[]} priority
 * @property {NameList} cycle
 * @property {NameList} module
 * @property {string} past
 * @property {string} ahead
 * @property {string} title
 * @property {string} overdue
 * @property {string} detail
 * @property {string[] | null} alarm null where none is set: other calendars then keep their own
 * @property {string[]} only words
 * @property {string[]} without words
 * @property {string} calendar_title
 */

/** @type {Record<keyof Options, string>} */
const DEFAULT_TEXTS = {
  show: 'items',
  as: 'event',
  mode: 'due',
  done: '30d',
  cancelled: 'hide',
  undated: 'hide',
  assignee: 'all',
  label: 'all',
  state: 'all',
  priority: 'all',
  cycle: 'all',
  module: 'all',
  past: 'all',
  ahead: 'all',
  title: '[{key}] {name}',
  overdue: 'keep',
  detail: 'full',
  alarm: 'keep',
  only: 'all',
  without: 'all',
  calendar_title: '{title}',
};

const NAMES = /** @type {(keyof Options)[]} */ (Object.keys(DEFAULT_TEXTS));

/** Parses options from the API into those of the form. @param {Record<string, string>} texts @param {Record<string, string>} [defaults] @returns {Options} */
export function readOptions(texts, defaults = {}) {
  const all = { ...DEFAULT_TEXTS, ...defaults, ...texts };
  const list = (/** @type {keyof Options} */ name) => splitList(all[name]).map(({ text }) => text);
  const days = (/** @type {string} */ text) => (text === 'all' ? 'all' : text.replace(/d$/, ''));
  return {
    ...all,
    show: list('show'),
    assignee: nameList(all.assignee),
    label: nameList(all.label),
    state: nameList(all.state),
    cycle: nameList(all.cycle),
    module: nameList(all.module),
    priority: all.priority === 'all' ? [] : list('priority'),
    past: days(all.past),
    ahead: days(all.ahead),
    alarm: all.alarm === 'keep' ? null : all.alarm === 'none' ? [] : list('alarm'),
    only: readWords(all.only),
    without: readWords(all.without),
  };
}

/** Returns options as the API takes them: each as text. @param {Options} options @returns {Record<keyof Options, string>} */
function optionTexts(options) {
  const isTodo = options.as === 'todo';
  return {
    ...options,
    show: isTodo || options.show.length === 0 ? 'items' : options.show.join(),
    undated: isTodo ? options.undated : 'hide',
    overdue: isTodo ? DEFAULT_TEXTS.overdue : options.overdue,
    assignee: nameText(options.assignee),
    label: nameText(options.label),
    state: nameText(options.state),
    cycle: nameText(options.cycle),
    module: nameText(options.module),
    priority: options.priority.join() || 'all',
    title: options.title.trim() === '' ? DEFAULT_TEXTS.title : options.title,
    alarm: options.alarm === null ? 'keep' : options.alarm.join() || 'none',
    only: joinWords(options.only) || 'all',
    without: joinWords(options.without) || 'all',
    calendar_title: options.calendar_title.trim() === '' ? DEFAULT_TEXTS.calendar_title : options.calendar_title,
  };
}

/**
 * Returns the options that differ from the defaults. With `clear`, the others are null, which removes them from a link.
 *
 * @param {Options} options
 * @param {Record<string, string>} defaults
 * @param {boolean} clear
 * @returns {Record<string, string | null>}
 */
export function optionsRequest(options, defaults, clear) {
  const texts = optionTexts(options);
  const base = optionTexts(readOptions({}, defaults));
  const entries = NAMES.map((name) => /** @type {const} */ ([name, texts[name] === base[name] ? null : texts[name]]));
  return Object.fromEntries(entries.filter(([, value]) => clear || value !== null));
}

/** Returns the names of the options that differ from the defaults. @param {Options} options @param {Record<string, string>} defaults @returns {string[]} */
export function changedOptions(options, defaults) {
  return Object.keys(optionsRequest(options, defaults, false));
}

/** @param {string} text @returns {NameList} */
function nameList(text) {
  const entries = splitList(text);
  if (entries.some((one) => one.text === 'all' && !one.quoted)) return { names: [], none: false };
  const names = entries.filter((one) => one.quoted || one.text !== 'none').map((one) => one.text);
  return { names, none: names.length < entries.length };
}

/** @param {NameList} list */
function nameText({ names, none }) {
  return [joinWords(names), ...(none ? ['none'] : [])].filter(Boolean).join() || 'all';
}

/** @param {string} text */
function readWords(text) {
  return text === 'all' ? [] : splitWords(text);
}

/** Returns the words of a comma-separated list, each once. @param {string} text @returns {string[]} */
export function splitWords(text) {
  return [...new Set(splitList(text).map((one) => one.text))];
}

/** Returns the list that `splitWords` splits into these words. @param {string[]} words */
export function joinWords(words) {
  return words.map((word) => (/[",]|^(?:all|none)$/.test(word) ? `"${word.replaceAll('"', '""')}"` : word)).join();
}

/** Splits a comma-separated list; quoted names may contain commas. @param {string} list */
function splitList(list) {
  const found = [...list.matchAll(/\s*"((?:[^"]|"")*)"\s*|([^",]+)/g)];
  return found
    .map(([, quoted, plain = '']) => ({
      text: (quoted?.replaceAll('""', '"') ?? plain).trim(),
      quoted: quoted !== undefined,
    }))
    .filter(({ text }) => text !== '');
}

/** Returns the minutes of a duration such as -PT15H; null when it is invalid. @param {string} text */
function minutesOf(text) {
  const match = /^(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?$/.exec(text);
  if (!match) return null;
  const [, minus, weeks = 0, days = 0, hours = 0, minutes = 0] = match;
  const sum = Number(weeks) * 10_080 + Number(days) * 1440 + Number(hours) * 60 + Number(minutes);
  return minus ? -sum : sum;
}

/** Returns the duration from the start of a day to a time some days earlier. @param {number} days @param {string} time HH:MM */
export function durationOf(days, time) {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const sum = hours * 60 + minutes - days * 1440;
  const size = Math.abs(sum);
  const parts = [size >= 60 ? `${Math.floor(size / 60)}H` : '', size % 60 > 0 || size === 0 ? `${size % 60}M` : ''];
  return `${sum < 0 ? '-' : ''}PT${parts.join('')}`;
}

/** Returns how many days before, and at what time, a reminder fires; null when it is invalid. @param {string} text */
export function reminderOf(text) {
  const minutes = minutesOf(text);
  if (minutes === null) return null;
  const days = Math.max(0, Math.ceil(-minutes / 1440));
  const rest = minutes + days * 1440;
  const time = `${String(Math.floor(rest / 60)).padStart(2, '0')}:${String(rest % 60).padStart(2, '0')}`;
  return { days, time };
}
