/** @import { Session, Project, Member, Preview } from '../app/types.js' */
/** @import { Options } from './options.js' */
/** @import { ScopeChoice } from './scope.js' */
import { h } from '../ui/dom.js';
import { remainingError, validate, validateAll } from '../ui/errors.js';
import { group, line } from '../ui/fields.js';
import { filterFields } from './filters.js';
import { detailField, doneField, kindField, modeField, showField } from './main-options.js';
import { changedOptions, optionsRequest } from './options.js';
import { createPreview } from '../preview/preview.js';
import { cancelledField, overdueField, reminderFields, windowFields } from './more-options.js';
import { projectsIn, scopeError, scopeFields, scopeName, scopeRequest } from './scope.js';
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
 * @param {Project[]} params.projects
 * @param {Member[]} params.members
 * @param {Session} params.session
 * @param {AbortSignal} params.signal
 * @param {(options: Options) => void} [params.changed] called with the options after each change
 * @param {HTMLElement[]} [params.more] fields after the name
 * @param {string} [params.hint] below the name; without it the form is for a link
 */
export function createForm({ scope: startScope, name: startName, options: startOptions, ...params }) {
  const { projects, members, session, signal, changed = () => undefined, more = [], hint = LINK_HINT } = params;
  const defaults = session.defaults ?? {};
  const isMember = session.role === 'member';
  let scope = startScope;
  let options = startOptions;
  let hasOwnName = startName !== '';

  const preview = createPreview({
    feed: () => ({
      name: name.input.value.trim(),
      scope: scopeRequest(scope),
      options: optionsRequest(options, defaults, false),
    }),
    options: () => options,
    projects,
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

  const name = nameField(startName || scopeName(scope, projects, members, isMember), hint, (value) => {
    hasOwnName = value.trim() !== '';
    refresh();
  });

  const optionFields = createOptionFields({
    options,
    defaults,
    isLink: hint === LINK_HINT,
    scope: () => scopeRequest(scope) ?? (isMember ? { projects: projects.map(({ id }) => id) } : { all: true }),
    changed: (next) => {
      options = next;
      changed(options);
      refresh();
    },
  });
  const scopeField = scopeFields(scope, projects, members, isMember, (next) => {
    scope = next;
    if (!hasOwnName) name.input.value = scopeName(scope, projects, members, isMember);
    if (name.input.value !== '') validate(name.input);
    optionFields.reloadNames();
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
    const scopeBody = scopeRequest(scope);
    if (previewError() !== '') refresh();
    if (!isValid || scopeBody === null) return null;
    return { name: name.input.value.trim(), scope: scopeBody, options: optionsRequest(options, defaults, clear) };
  }

  const edits = trackEdits(() => [
    name.input.value.trim(),
    scopeRequest(scope),
    optionsRequest(options, defaults, true),
  ]);
  const toPreview = h('button', { type: 'button', class: 'large to-preview', onclick: preview.reveal }, 'Preview');
  return { fields, preview: preview.element, toPreview, toRequest, ...edits };
}

/** @param {string} value @param {string} hint @param {(value: string) => void} changed */
function nameField(value, hint, changed) {
  const check = (/** @type {string} */ text) => (text.trim() === '' ? 'Enter a name.' : '');
  return line({ label: 'Name', value, hint, max: 100, check, changed });
}

/** Follows whether values differ from those that were saved. @param {() => unknown[]} read */
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
 * The fields of the options. They hide what has no effect with the others.
 *
 * @param {object} params
 * @param {Options} params.options
 * @param {Record<string, string>} params.defaults
 * @param {boolean} params.isLink mirrors never list overdue items
 * @param {() => unknown} params.scope as the API takes it; while nothing is chosen, all that can be
 * @param {(options: Options) => void} params.changed
 */
function createOptionFields({ options: startOptions, defaults, isLink, scope, changed }) {
  let options = startOptions;
  const change = (/** @type {Partial<Options>} */ part) => {
    options = { ...options, ...part };
    adapt();
    changed(options);
  };
  const filters = filterFields(options, scope, change);
  const show = showField(options, change);
  const mode = modeField(options, change);
  const kind = kindField(options, change);
  const overdue = overdueField(options, change);
  const title = titleField(options, change);
  const changedCount = h('span', { class: 'hint' });
  const more = h(
    'details',
    { class: 'disclosure', open: changedOptions(options, defaults).some((one) => MORE_OPTIONS.includes(one)) },
    h('summary', {}, 'More options ', changedCount),
    h(
      'div',
      { class: 'form' },
      kind.element,
      cancelledField(options, change),
      group('More filters', filters.cycle.element, filters.module.element),
      windowFields(options, change),
      isLink ? overdue.element : null,
      title.element,
      reminderFields(options, change),
    ),
  );

  function adapt() {
    const isTodo = options.as === 'todo';
    mode.hidden = isTodo || !options.show.includes('items');
    show.hidden = isTodo;
    kind.undated.hidden = !isTodo;
    overdue.adapt(isTodo);
    const count = changedOptions(options, defaults).filter((one) => MORE_OPTIONS.includes(one)).length;
    changedCount.textContent = count === 0 ? '' : `${count} set`;
  }

  adapt();
  const mainFilters = group(
    'Filters',
    filters.assignee.element,
    filters.label.element,
    filters.state.element,
    filters.priority.element,
  );
  return {
    elements: [show, mode, doneField(options, change), mainFilters, detailField(options, change), more],
    showSample: title.showSample,
    reloadNames: filters.reload,
  };
}
