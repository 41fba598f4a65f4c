/** @import { Session, Preview } from '../app/types.js' */
/** @import { Options } from './options.js' */
/** @import { Offer, ScopeChoice } from './scope-choice.js' */
import { h } from '../ui/dom.js';
import { remainingError, validate, validateAll } from '../ui/errors.js';
import { group, line } from '../ui/fields.js';
import { calendarOptions } from './calendar-options.js';
import { filterFields } from './filters.js';
import { detailField, doneField, kindField, modeField, showField } from './main-options.js';
import { changedOptions, optionsRequest } from './options.js';
import { createPreview } from '../preview/preview.js';
import { cancelledField, overdueField, reminderFields, windowFields } from './more-options.js';
import { scopeFields } from './scope.js';
import { projectsIn, scopeError, scopeName, scopeRequest } from './scope-choice.js';
import { titleField } from './title.js';

const LINK_HINT = 'Shown in calendar apps and in your list of links.';
/** Options below "More options". */
const MORE_OPTIONS = ['as', 'undated', 'cancelled', 'cycle', 'module', 'past', 'ahead', 'overdue', 'title', 'alarm'];

/**
 * The form for a link or mirror, with its preview.
 *
 * @param {object} params
 * @param {ScopeChoice} params.scope
 * @param {string} params.name empty to derive it from the scope
 * @param {Options} params.options
 * @param {Offer} params.offer
 * @param {Session} params.session
 * @param {AbortSignal} params.signal
 * @param {(options: Options) => void} [params.changed] called with the options after each change
 * @param {HTMLElement[]} [params.more] fields after the name
 * @param {HTMLElement[]} [params.ofCalendars] more fields about events of other calendars
 * @param {string} [params.hint] below the name; without it the form is for a link
 */
export function createForm({ scope: startScope, name: startName, options: startOptions, ...params }) {
  const { offer, session, signal, changed = () => undefined, more = [], ofCalendars = [], hint = LINK_HINT } = params;
  const { projects, calendars, isMember } = offer;
  const defaults = session.defaults ?? {};
  let scope = startScope;
  let options = startOptions;
  let hasOwnName = startName !== '';

  /** @param {boolean} clear send null for options at their default */
  const read = (clear) => ({
    name: name.input.value.trim(),
    scope: scopeRequest(scope),
    options: optionsRequest(options, defaults, clear),
  });
  const preview = createPreview({
    feed: () => read(false),
    options: () => options,
    projects,
    calendars,
    included: () => projectsIn(scope, projects),
    isLink: hint === LINK_HINT,
    shown: (/** @type {Preview} */ next) => optionFields.showSample(next),
    signal,
  });

  /** Returns an error of a field that shapes the calendar, or an empty text. */
  const previewError = () =>
    [scopeField, name.element, ...optionFields.elements].map(remainingError).find((one) => one !== '') ?? '';
  /** The error that the preview shows instead of events. */
  let shownError = '';
  const refresh = () => {
    shownError = scopeRequest(scope) === null ? scopeError(scope) : previewError();
    if (shownError === '') preview.refreshSoon();
    else preview.showHint(shownError);
  };

  const name = nameField(startName || scopeName(scope, offer), hint, (value) => {
    hasOwnName = value.trim() !== '';
    refresh();
  });

  const optionFields = createOptionFields({
    options,
    defaults,
    isLink: hint === LINK_HINT,
    start: scope,
    ofCalendars,
    scope: () => scopeRequest(scope) ?? (isMember ? { projects: projects.map(({ id }) => id) } : { all: true }),
    changed: (next) => {
      options = next;
      changed(options);
      refresh();
    },
  });
  const scopeField = scopeFields(scope, offer, (next) => {
    scope = next;
    if (!hasOwnName) name.input.value = scopeName(scope, offer);
    if (name.input.value !== '') validate(name.input);
    optionFields.adaptTo(scope);
    refresh();
  });

  const fields = h('div', { class: 'form' }, scopeField, name.element, ...more, ...optionFields.elements);
  const recheck = () => scopeRequest(scope) !== null && previewError() !== shownError && refresh();
  for (const type of ['input', 'focusout']) fields.addEventListener(type, recheck);
  if (scopeRequest(scope) === null) refresh();
  else preview.refresh();

  /** Returns the body to send; null while a field of the form is invalid, which then gets the focus. @param {boolean} clear send null for options at their default */
  function toRequest(clear) {
    const isValid = validateAll(fields.closest('form') ?? fields);
    if (previewError() !== '') refresh();
    return isValid && scopeRequest(scope) !== null ? read(clear) : null;
  }

  const edits = trackEdits(() => read(true));
  const toPreview = h('button', { type: 'button', class: 'large to-preview', onclick: preview.reveal }, 'Preview');
  return { fields, preview: preview.element, toPreview, toRequest, ...edits };
}

/** @param {string} value @param {string} hint @param {(value: string) => void} changed */
function nameField(value, hint, changed) {
  const check = (/** @type {string} */ text) => (text.trim() === '' ? 'Enter a name.' : '');
  return line({ label: 'Name', value, hint, max: 100, check, changed });
}

/** Follows whether values differ from those that were saved. @param {() => unknown} read */
function trackEdits(read) {
  const state = () => JSON.stringify(read());
  let saved = state();
  return {
    isEdited: () => state() !== saved,
    /** Marks the current values as saved. */
    markSaved: () => void (saved = state()),
  };
}

/**
 * The fields of the options. They hide what has no effect with the others, or with what the calendar includes.
 *
 * @param {object} params
 * @param {Options} params.options
 * @param {Record<string, string>} params.defaults
 * @param {boolean} params.isLink mirrors never list overdue items
 * @param {ScopeChoice} params.start
 * @param {HTMLElement[]} params.ofCalendars
 * @param {() => unknown} params.scope as the API takes it; while nothing is chosen, all that can be
 * @param {(options: Options) => void} params.changed
 */
function createOptionFields({ options: startOptions, defaults, isLink, start, ofCalendars: added, scope, changed }) {
  let options = startOptions;
  let included = start;
  const change = (/** @type {Partial<Options>} */ part) => {
    options = { ...options, ...part };
    adapt();
    changed(options);
  };
  const filters = filterFields(options, scope, change);
  const show = showField(options, change);
  const mode = modeField(options, change);
  const done = doneField(options, change);
  const ofCalendars = calendarOptions(options, change, added);
  const detail = detailField(options, change);
  const mainFilters = group(
    'Filters',
    filters.assignee.element,
    filters.label.element,
    filters.state.element,
    filters.priority.element,
  );
  const more = moreFields({ options, change, filters, isLink, isOpen: countOf(options, defaults) > 0 });

  function adapt() {
    const isTodo = options.as === 'todo';
    const hasPlane = included.kind !== 'none';
    const hasCalendars = included.calendars.length > 0;
    mode.hidden = !hasPlane || isTodo || !options.show.includes('items');
    show.hidden = !hasPlane || isTodo;
    for (const one of [done, mainFilters, ...more.ofPlane]) one.hidden = !hasPlane;
    ofCalendars.element.hidden = !hasCalendars;
    ofCalendars.adapt(options);
    detail.adapt(hasPlane, hasCalendars);
    more.adapt(isTodo, hasPlane, countOf(options, defaults));
  }

  adapt();
  return {
    elements: [show, mode, done, mainFilters, ofCalendars.element, detail.element, more.element],
    showSample: more.showSample,
    /** Adapts to what the calendar includes. @param {ScopeChoice} next */
    adaptTo: (next) => {
      included = next;
      filters.reload();
      adapt();
    },
  };
}

/** How many of the options below "More options" are set. @param {Options} options @param {Record<string, string>} defaults */
function countOf(options, defaults) {
  return changedOptions(options, defaults).filter((one) => MORE_OPTIONS.includes(one)).length;
}

/** @param {{ options: Options, change: (part: Partial<Options>) => void, filters: ReturnType<typeof filterFields>, isLink: boolean, isOpen: boolean }} params */
function moreFields({ options, change, filters, isLink, isOpen }) {
  const kind = kindField(options, change);
  const cancelled = cancelledField(options, change);
  const names = group('More filters', filters.cycle.element, filters.module.element);
  const range = windowFields(options, change);
  const overdue = overdueField(options, change);
  const title = titleField(options, change);
  const reminders = reminderFields(options, change);
  const total = h('span', { class: 'hint' });
  const fields = [
    kind.element,
    cancelled,
    names,
    range.element,
    isLink ? overdue.element : null,
    title.element,
    reminders,
  ];
  const element = h(
    'details',
    { class: 'disclosure', open: isOpen },
    h('summary', {}, 'More options ', total),
    h('div', { class: 'form' }, ...fields),
  );
  return {
    element,
    ofPlane: [kind.element, cancelled, names, overdue.element, title.element, reminders],
    showSample: title.showSample,
    /** @param {boolean} isTodo @param {boolean} hasPlane @param {number} count of the options that are set */
    adapt: (isTodo, hasPlane, count) => {
      kind.undated.hidden = !isTodo;
      overdue.adapt(isTodo);
      range.adapt(hasPlane);
      total.textContent = count === 0 ? '' : `${count} set`;
    },
  };
}
