/** @import { HoursSource, TimesheetExport } from '../app/types.js' */
/** @import { SheetState } from './model/state.js' */
import { fill, foreign, h, newId } from '../ui/dom.js';
import { validateAll, validated } from '../ui/errors.js';
import { check } from '../ui/fields.js';
import { busy, confirmDialog, load, note, showToast } from '../ui/notice.js';
import { ago, clockTime, dayNumber, today } from '../ui/time.js';
import { downloadPath, timesheet } from './api.js';
import { queryOf } from './model/state.js';
import { daysInWords, isoDay, monthOfWeek } from './model/week.js';
import { exportInWords, filterInWords, optionsInWords, remarksInWords } from './model/words.js';
import { roundingField } from './rounding.js';

/** Exports for the administrator: rows that no earlier export has, as CSV or JSON, and the earlier exports. */

const MAX_DAYS = 400;
const EXPLANATION =
  'An export has the entries that no earlier export has, so nothing is billed twice. It is recorded, and can be downloaded again.';

/** @param {{ state: () => SheetState, changed: () => Promise<unknown>, signal: AbortSignal }} params */
export function exportPanel({ state, changed, signal }) {
  const earlier = h('div', { class: 'stack' });
  const result = h('div', { 'aria-live': 'polite' });
  const filter = h('p', { class: 'hint' });
  const heading = h('h2', { tabindex: '-1' }, 'Export');
  const reload = () => load(earlier, timesheet.exports, drawEarlier, signal);
  const form = exportForm(state(), async (range) => {
    const { member, source } = state();
    fill(result);
    const made = await timesheet.addExport({ ...range, ...(member && { member }), ...(source && { source }) });
    fill(result, resultNote(made));
    await Promise.all([reload(), changed()]);
  });
  void reload();
  const element = h(
    'section',
    { class: 'panel exports' },
    heading,
    h('p', { class: 'hint' }, EXPLANATION),
    filter,
    form.element,
    result,
    earlier,
  );
  return {
    element,
    /** Proposes the month of the week that is shown, and its rounding. */
    weekChanged: () => form.propose(state()),
    /** Says what the filters leave out. @param {HoursSource[]} sources */
    show: (sources) => fill(filter, filterInWords(state(), sources)),
  };

  /** @param {TimesheetExport[]} all */
  function drawEarlier(all) {
    if (all.length === 0) return [];
    const newest = [...all].sort((a, b) => (a.created < b.created ? 1 : -1));
    return [h('h3', {}, 'Earlier exports'), h('ul', { class: 'rows' }, ...newest.map(earlierRow))];
  }

  /** @param {TimesheetExport} one */
  function earlierRow(one) {
    const days = rangeOf(one);
    const remove = h(
      'button',
      { type: 'button', class: 'small risky', 'aria-label': `Delete export: ${nameOf(one)}` },
      'Delete…',
    );
    remove.addEventListener('click', () =>
      busy(remove, async () => {
        if (!(await confirmDeletion(one))) return;
        await timesheet.removeExport(one.id);
        fill(result);
        await Promise.all([reload(), changed()]);
        heading.focus();
        showToast('Export deleted. Its entries are new again.');
      }),
    );
    const remarks = remarksInWords(one);
    return h(
      'li',
      { class: 'entry' },
      h(
        'div',
        { class: 'entry-text' },
        h('p', { class: 'entry-title' }, days),
        h(
          'p',
          { class: 'hint' },
          foreign([exportInWords(one), ...optionsInWords(one), 'created '].join(' · ')),
          ago(one.created),
        ),
        remarks === '' ? null : h('p', { class: 'hint' }, remarks),
      ),
      h('div', { class: 'row-actions' }, ...downloads(one), remove),
    );
  }
}

/**
 * The range and the rounding.
 *
 * @param {SheetState} first
 * @param {(query: object) => Promise<void>} submit
 */
function exportForm(first, submit) {
  let rounding = { round: first.round, roundMinutes: first.roundMinutes };
  let withUnmatched = false;
  let isRangeOwn = false;
  const range = rangeFields(() => (isRangeOwn = true));
  const place = h('div', { class: 'place' });
  const drawRounding = () =>
    fill(
      place,
      roundingField({ label: 'Rounding of the export', value: rounding, changed: (next) => (rounding = next) }),
    );
  const unmatched = check('Include entries without a project', false, (isOn) => (withUnmatched = isOn));
  const problem = h('div', { class: 'form-problem' });
  const button = h('button', { type: 'submit', class: 'primary' }, 'Export new entries');
  const element = h(
    'form',
    { class: 'fields', novalidate: true },
    h('div', { class: 'filters' }, ...range.elements, place),
    unmatched,
    problem,
    h('div', { class: 'actions start' }, button),
  );
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!validateAll(element)) return;
    const query = queryOf({ monday: 0, member: '', source: '', ...rounding });
    const { round_minutes: minutes, ...rest } = query;
    const body = {
      ...range.values(),
      ...rest,
      ...(minutes === undefined ? {} : { round_minutes: Number(minutes) }),
      ...(withUnmatched ? { unmatched: 'include' } : {}),
    };
    void busy(button, () => submit(body), problem);
  });
  drawRounding();
  return {
    element,
    /** @param {SheetState} state */
    propose: ({ monday, round, roundMinutes }) => {
      if (!isRangeOwn) range.set(monthOfWeek(monday, today()));
      if (rounding.round !== round || rounding.roundMinutes !== roundMinutes) {
        rounding = { round, roundMinutes };
        drawRounding();
      }
    },
  };
}

/** The first and the last day. @param {() => void} changed */
function rangeFields(changed) {
  const [from, to] = ['From', 'To'].map((label) => dateField(label, changed));
  if (!from || !to) throw new Error('both fields exist');
  const days = () => dayNumber(to.input.value) - dayNumber(from.input.value) + 1;
  const error = validated(to.input, () => {
    if (from.input.value === '' || to.input.value === '') return 'Choose both days.';
    if (days() < 1) return 'The last day is before the first.';
    return days() > MAX_DAYS ? `Choose at most ${MAX_DAYS} days.` : '';
  });
  to.element.append(error);
  return {
    elements: [from.element, to.element],
    /** @param {{ from: number, to: number }} range */
    set: (range) => {
      from.input.value = isoDay(range.from);
      to.input.value = isoDay(range.to);
    },
    values: () => ({ from: from.input.value, to: to.input.value }),
  };
}

/** @param {string} label @param {() => void} changed */
function dateField(label, changed) {
  const id = newId('date');
  const input = h('input', { id, type: 'date' });
  input.addEventListener('input', changed);
  return { input, element: h('div', { class: 'field' }, h('label', { for: id }, label), input) };
}

/** @param {TimesheetExport} made */
function resultNote(made) {
  const remarks = remarksInWords(made);
  if (made.entries === 0)
    return note(
      'info',
      h('p', {}, 'Nothing new to export in these days.'),
      remarks === '' ? null : h('p', {}, remarks),
    );
  return note(
    'good',
    h('p', {}, 'Exported ', h('strong', {}, exportInWords(made)), '.'),
    remarks === '' ? null : h('p', {}, `${remarks}.`),
    h('div', { class: 'row-actions' }, ...downloads(made)),
  );
}

/** @param {TimesheetExport} one */
function downloads(one) {
  return /** @type {const} */ (['csv', 'json']).map((format) => {
    const name = format.toUpperCase();
    const attributes = {
      class: 'button small',
      href: downloadPath(one.id, format),
      download: `timesheet-${one.from}-${one.to}.${format}`,
      'aria-label': `Download ${name}: ${nameOf(one)}`,
    };
    return h('a', attributes, `Download ${name}`);
  });
}

/** @param {TimesheetExport} one @returns {Promise<boolean>} */
function confirmDeletion(one) {
  return confirmDialog({
    title: 'Delete this export?',
    body: [
      h('p', {}, `${rangeOf(one)}: ${exportInWords(one)}.`),
      h(
        'p',
        {},
        'Its entries are new again, and the next export has them. If you already imported or billed them, they count twice then.',
      ),
    ],
    confirm: 'Delete export',
    danger: true,
  });
}

/** @param {{ from: string, to: string }} range */
function rangeOf({ from, to }) {
  return daysInWords(dayNumber(from), dayNumber(to));
}

/** What screen readers call an export. @param {TimesheetExport} one */
function nameOf(one) {
  return `${rangeOf(one)}, created ${clockTime(one.created)}`;
}
