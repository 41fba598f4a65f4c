/** @import { EntryId, EntryMatch, GoneEntry, IgnoredEntry, RuleCondition, Sheet, TimesheetEntry, TimesheetRule } from '../../app/types.js' */
import { showToast } from '../../ui/notice.js';
import { shorten } from '../../ui/truncate.js';
import { timesheet } from '../api.js';
import { assignedInWords, keyOf, matchBefore } from '../model/words.js';

/** What can be done with an entry. Each change can be undone in the toast that reports it. */

/** Characters of a title that a message repeats. */
const MAX_TITLE = 60;

/** @typedef {ReturnType<typeof createActions>} Actions */

/**
 * @param {object} params
 * @param {() => Sheet | null} params.sheet as it is shown
 * @param {(focus: string[]) => Promise<Sheet>} params.reload loads and draws it again; focus: keys of the entries of which the first that is shown gets the focus
 * @param {() => unknown} params.rulesChanged
 */
export function createActions({ sheet, reload, rulesChanged }) {
  /** @param {EntryId & { title: string }} entry @param {EntryMatch} before @param {string} text @param {() => Promise<unknown>} [undoRule] for a rule that was saved with it */
  const offerUndo = (entry, before, text, undoRule) => {
    const run = async () => {
      await undoRule?.();
      await correct(entry, before);
      if (undoRule) rulesChanged();
      await reload([assignKey(entry), keyOf(entry)]);
      showToast('Undone.');
    };
    showToast(text, 'done', { label: 'Undo', run });
  };

  return {
    /** Assigns an entry to a project or a work item. @param {TimesheetEntry} entry @param {Exclude<EntryMatch, null>} match @param {{ target: string, rule: RuleCondition | null }} more target: its name */
    assign: async (entry, match, { target, rule }) => {
      const before = matchBefore(entry);
      const unmatched = new Set(keysOfUnmatched(sheet()));
      const focus = focusAfter(entry, sheet());
      const rules = rule === null ? [] : await timesheet.rules();
      const saved = await timesheet.correct({ ...idOf(entry), match, ...(rule === null ? {} : { rule }) });
      const next = await reload(focus);
      const isSimilar = (/** @type {TimesheetEntry} */ one) => one.matched_by === 'rule' && unmatched.has(keyOf(one));
      const others = saved.rule === null ? null : next.entries.filter(isSimilar).length;
      if (saved.rule !== null) rulesChanged();
      const undo = saved.rule === null ? undefined : undoOfRule(saved.rule, rules);
      offerUndo(entry, before, assignedInWords(target, others), undo);
    },
    /** Ignores an entry, which is no work. @param {TimesheetEntry} entry */
    ignore: async (entry) => {
      const focus = focusAfter(entry, sheet());
      await correct(entry, { ignore: true });
      await reload(focus);
      offerUndo(entry, matchBefore(entry), `${titleOf(entry)} is marked as not work.`);
    },
    /** Removes a correction. @param {TimesheetEntry} entry */
    restore: async (entry) => {
      await correct(entry, null);
      await reload([assignKey(entry), keyOf(entry)]);
      offerUndo(entry, matchBefore(entry), 'Correction removed.');
    },
    /** Counts an event that was marked as not work. @param {IgnoredEntry} event */
    count: async (event) => {
      await correct(event, null);
      await reload([assignKey(event), keyOf(event)]);
      offerUndo(event, { ignore: true }, `${titleOf(event)} counts again.`);
    },
    /** Accepts what changed since an export. @param {TimesheetEntry | GoneEntry} entry */
    settle: async (entry) => {
      const focus = othersAfter(settleKey(entry), changedEntries(sheet()).map(settleKey));
      await timesheet.settle(entry);
      await reload(focus);
      showToast('Marked as settled.');
    },
  };
}

/** Returns a function that removes a rule, or gives it its earlier target back. @param {TimesheetRule} saved @param {TimesheetRule[]} rules as they were before */
function undoOfRule({ id }, rules) {
  const { when, item, project_id: project, member_id: member } = rules.find((one) => one.id === id) ?? {};
  const target = item ? { item } : project ? { project } : null;
  return () =>
    when && target ? timesheet.addRule({ when, ...target, ...(member ? { member } : {}) }) : timesheet.removeRule(id);
}

/** @param {EntryId} entry @param {EntryMatch} match */
function correct(entry, match) {
  return timesheet.correct({ ...idOf(entry), match });
}

/** @param {EntryId} entry @returns {EntryId} */
function idOf({ source, uid, instance }) {
  return { source, uid, instance };
}

/** @param {Sheet | null} sheet */
function keysOfUnmatched(sheet) {
  return (sheet?.entries ?? []).filter(({ matched_by: by }) => by === null).map(keyOf);
}

/** The entries that get the focus after a correction: the next unmatched ones, or the entry itself. @param {TimesheetEntry} entry @param {Sheet | null} sheet */
function focusAfter(entry, sheet) {
  const unmatched = (sheet?.entries ?? []).filter(({ matched_by: by }) => by === null);
  return [...othersAfter(assignKey(entry), unmatched.map(assignKey)), keyOf(entry)];
}

/** The other keys of a list, from the one after this key on; none when the list doesn't have it. @param {string} key @param {string[]} keys */
function othersAfter(key, keys) {
  const at = keys.indexOf(key);
  return at < 0 ? [] : [...keys.slice(at + 1), ...keys.slice(0, at)];
}

/** The entries that changed or disappeared since an export, in the order in which they are listed. @param {Sheet | null} sheet @returns {(TimesheetEntry | GoneEntry)[]} */
export function changedEntries(sheet) {
  return [...(sheet?.entries ?? []).filter(({ state }) => state === 'changed'), ...(sheet?.gone ?? [])];
}

/** What identifies the row of an entry while it is unmatched. @param {EntryId} entry */
export function assignKey(entry) {
  return `assign ${keyOf(entry)}`;
}

/** What identifies the row of an entry that changed since an export; the entry has another one in its day. @param {EntryId} entry */
export function settleKey(entry) {
  return `settle ${keyOf(entry)}`;
}

/** @param {{ title: string }} entry */
function titleOf({ title }) {
  return title === '' ? 'The event' : `“${shorten(title, MAX_TITLE)}”`;
}
