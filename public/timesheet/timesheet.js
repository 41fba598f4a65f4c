/** @import { HoursSource, Project, Sheet, View, ViewContext } from '../app/types.js' */
/** @import { SheetContext } from './context.js' */
/** @import { SheetState } from './model/state.js' */
import { api, ApiError } from '../app/api.js';
import { fill, focusHeading, h } from '../ui/dom.js';
import { load, note, showToast } from '../ui/notice.js';
import { today } from '../ui/time.js';
import { timesheet } from './api.js';
import { createContext } from './context.js';
import { createActions } from './entries/actions.js';
import { changesSection } from './entries/changes.js';
import { daySections, unmatchedSection } from './entries/days.js';
import { ignoredSection } from './entries/ignored.js';
import { exportPanel } from './exports.js';
import { hours } from './model/clock.js';
import { fragmentOf, isFiltered, queryOf, readState } from './model/state.js';
import { layOut } from './model/totals.js';
import { daysOf, isoDay, mondayOf } from './model/week.js';
import { rulesSection } from './rules.js';
import { createToolbar } from './toolbar.js';
import { totalsTable } from './totals-table.js';

/** @typedef {{ sheet: Sheet, state: SheetState, projects: Project[], sources: HoursSource[] }} Loaded state: what the sheet is of; sources: all calendars with hours, whatever the filters are */

/** The hours of a week, matched to projects. @param {ViewContext} context @returns {View} */
export function timesheetView({ session, query, signal }) {
  const isAdmin = session.role !== 'member';
  let state = readState(query, mondayOf(today()));
  /** @type {Sheet | null} */
  let sheet = null;
  let isIgnoredOpen = false;
  let loading = new AbortController();
  const read = createReader();
  const region = h('div', { class: 'stack' });
  const toolbar = createToolbar({ state, changed: move });
  const rules = rulesSection({
    projects: () => sheet?.projects ?? [],
    ownId: isAdmin ? null : (session.member?.id ?? ''),
    changed: () => reload(null),
    signal,
  });
  const exports = isAdmin ? exportPanel({ state: () => state, changed: () => reload(null), signal }) : null;
  const actions = createActions({ sheet: () => sheet, reload, rulesChanged: rules.rulesChanged });
  const below = h('div', { class: 'stack' }, rules.element, exports?.element);
  const title = h('div', { class: 'title-row' }, h('h1', {}, 'Timesheet'), toolbar.week);
  const element = h('div', { class: 'timesheet' }, title, toolbar.filters, region, below);
  showControls(false);
  void open();
  return { title: 'Timesheet', element };

  /** @param {boolean} isShown */
  function showControls(isShown) {
    for (const one of [toolbar.week, toolbar.filters, below]) one.hidden = !isShown;
  }

  /** Shows another week, or another choice. @param {Partial<SheetState>} part */
  function move(part) {
    state = { ...state, ...part };
    history.pushState(null, '', fragmentOf(state));
    toolbar.showWeek(state.monday);
    void open();
  }

  /** Loads the sheet of the state. A later call replaces it. */
  function open() {
    loading.abort();
    loading = new AbortController();
    const current = AbortSignal.any([signal, loading.signal]);
    exports?.weekChanged();
    return load(region, () => readOrReset(read, state, current), draw, current, 'panels');
  }

  /** Loads and draws the sheet again after a change. @param {string[] | null} focus keys of entries, of which the first that is shown gets the focus; null leaves the focus where it is */
  async function reload(focus) {
    const asked = state;
    const loaded = await read(asked);
    if (signal.aborted || asked !== state) return loaded.sheet;
    fill(region, draw(loaded));
    if (focus !== null) focusOn(region, focus);
    return loaded.sheet;
  }

  /** @param {Loaded} loaded */
  function draw({ sheet: next, state: found, projects, sources }) {
    sheet = next;
    state = found;
    toolbar.show(state, sources);
    exports?.show(sources);
    showControls(sources.length > 0);
    if (sources.length === 0) return [empty(isAdmin)];
    const context = createContext({ sheet: next, projects, actions });
    const toggled = (/** @type {boolean} */ isOpen) => (isIgnoredOpen = isOpen);
    return [
      ...next.warnings.map((warning) => note('warn', warning)),
      totalsPanel(context, state.monday),
      zoneHint(context),
      unmatchedSection(context),
      changesSection(context),
      ...daySections(context),
      ignoredSection(context, { isOpen: isIgnoredOpen, toggled }),
    ];
  }
}

/**
 * Reads a sheet; without its filters where these name what no longer exists, such as a source that was deleted.
 *
 * @param {ReturnType<typeof createReader>} read
 * @param {SheetState} state
 * @param {AbortSignal} signal
 * @returns {Promise<Loaded>}
 */
async function readOrReset(read, state, signal) {
  try {
    return await read(state, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404 || !isFiltered(state)) throw error;
    const found = { ...state, member: '', source: '' };
    const loaded = await read(found, signal);
    if (!signal.aborted) {
      history.replaceState(null, '', fragmentOf(found));
      showToast('That person or calendar has no hours now. All are shown.', 'bad');
    }
    return loaded;
  }
}

/** Returns a function that loads a sheet, and what is loaded once for the view. */
function createReader() {
  const projects = api.projects().catch(() => /** @type {Project[]} */ ([]));
  /** @type {Promise<HoursSource[]> | null} */
  let all = null;
  /** @param {SheetState} state @param {AbortSignal} [signal] @returns {Promise<Loaded>} */
  return async (state, signal) => {
    const week = { from: isoDay(state.monday), to: isoDay(state.monday + 6) };
    const hasFilter = isFiltered(state);
    // The answer to a filter names its own calendars alone.
    if (hasFilter) all ??= timesheet.read(week).then(({ sources }) => sources);
    const reading = timesheet.read({ ...week, ...queryOf(state) }, signal);
    const [sheet, colored, others] = await Promise.all([reading, projects, hasFilter ? all?.catch(() => null) : null]);
    return { sheet, state, projects: colored, sources: others ?? sheet.sources };
  };
}

/** Moves the focus to the first of these entries that is shown, or to the heading. @param {HTMLElement} region @param {string[]} keys */
function focusOn(region, keys) {
  const rows = /** @type {HTMLElement[]} */ ([...region.querySelectorAll('[data-entry]')]);
  const found = keys
    .map((key) => rows.find((row) => row.dataset.entry === key && row.checkVisibility())?.querySelector('[data-focus]'))
    .find((control) => control instanceof HTMLElement);
  if (found instanceof HTMLElement) found.focus();
  else focusHeading();
}

/** The totals of a week; says so when there are none. @param {SheetContext} context @param {number} monday */
function totalsPanel({ sheet, colors }, monday) {
  const days = daysOf(monday).map(isoDay);
  const totals = layOut(sheet.totals, days, sheet.projects);
  if (totals.rows.length === 0) return nothing();
  const table = totalsTable({ totals, days, today: isoDay(today()), colors });
  return h('section', { class: 'panel totals-panel' }, table, roundingHint(totals));
}

/** @param {{ sum: number, exact: number }} totals */
function roundingHint({ sum, exact }) {
  return sum === exact ? null : h('p', { class: 'hint' }, `${hours(exact)} before rounding`);
}

/** Names the time zone where it isn't the reader's. @param {SheetContext} context */
function zoneHint({ zone, sheet }) {
  const isOwn = zone === null || zone === Intl.DateTimeFormat().resolvedOptions().timeZone;
  return isOwn || sheet.entries.length === 0
    ? null
    : h('p', { class: 'hint zone-hint' }, `All times are in the zone ${zone}.`);
}

function nothing() {
  return h('div', { class: 'empty' }, h('p', {}, 'No hours in this week.'));
}

/** @param {boolean} isAdmin */
function empty(isAdmin) {
  const text = isAdmin
    ? 'Add the calendar in which someone plans or notes their work as a source, or open one you have, and choose whose hours it contains.'
    : 'Ask your administrator to add your calendar as a source, and to choose you under “Hours”.';
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, isAdmin ? 'No calendar has hours yet.' : 'No calendar has your hours yet.'),
    h('p', { class: 'hint' }, 'The timesheet matches the events of calendars to projects and work items. ', text),
    isAdmin ? h('p', {}, h('a', { class: 'button primary', href: '#/sources' }, 'Open sources')) : null,
  );
}
