/** @import { EntryId, EntryMatch, ExportedEntry, HoursSource, RuleCondition, TimesheetEntry, TimesheetExport } from '../../app/types.js' */
import { count, number } from '../../ui/time.js';
import { joined } from '../../ui/words.js';
import { hours } from './clock.js';

/** Descriptions of a timesheet. */

/** The longest text of a rule that the page proposes. */
const MAX_RULE_WORD = 200;

/** What each kind of ignored event is called: as a heading, and after a number. @type {Record<string, [heading: string, counted: string]>} */
const IGNORED_KINDS = {
  unreadable: ['Dates can’t be worked out', 'unreadable'],
  excluded: ['Marked as not work', 'not work'],
  duplicate: ['Also in another calendar', 'duplicate'],
  all_day: ['All-day', 'all-day'],
  declined: ['Declined', 'declined'],
  cancelled: ['Cancelled', 'cancelled'],
  transparent: ['Shown as free', 'shown as free'],
  private: ['Private', 'private'],
  no_length: ['Without a length', 'without a length'],
};

const ROUNDED = { up: 'rounded up to', nearest: 'rounded to the nearest' };

/** Returns what identifies an entry on the page. @param {EntryId} entry */
export function keyOf({ source, uid, instance }) {
  return JSON.stringify([source, uid, instance]);
}

/** Groups ignored events by kind, in a fixed order. @template {{ kind: string }} T @param {T[]} ignored @returns {{ heading: string, counted: string, events: T[] }[]} */
export function groupIgnored(ignored) {
  const known = Object.keys(IGNORED_KINDS);
  const kinds = [...known, ...new Set(ignored.map(({ kind }) => kind).filter((kind) => !known.includes(kind)))];
  return kinds
    .map((kind) => {
      const [heading, counted] = IGNORED_KINDS[kind] ?? ['Other', 'other'];
      return { heading, counted, events: ignored.filter((one) => one.kind === kind) };
    })
    .filter(({ events }) => events.length > 0);
}

/** "3 all-day, 2 declined". @param {{ kind: string }[]} ignored */
export function ignoredInWords(ignored) {
  return groupIgnored(ignored)
    .map(({ counted, events }) => `${number(events.length)} ${counted}`)
    .join(', ');
}

/**
 * The rules that can be saved with a correction.
 *
 * @param {Pick<TimesheetEntry, 'title' | 'categories' | 'organizer' | 'private'>} entry
 * @returns {{ label: string, rule: RuleCondition }[]}
 */
export function ruleChoices({ title, categories, organizer, private: isPrivate }) {
  if (isPrivate) return [];
  const word = title.trim().slice(0, MAX_RULE_WORD);
  return [
    ...(word === '' ? [] : [{ label: 'With these words in the title', rule: { word } }]),
    ...categories.map((category) => ({ label: `In the category “${category}”`, rule: { category } })),
    ...(organizer === null ? [] : [{ label: `Organized by ${organizer}`, rule: { organizer } }]),
  ];
}

/** Describes which events a rule is for. @param {RuleCondition} when */
export function conditionInWords(when) {
  if ('word' in when) return `with “${when.word}” in the title`;
  if ('category' in when) return `in the category “${when.category}”`;
  return `organized by ${when.organizer}`;
}

/** Returns the match that undoes a correction of an entry: its earlier correction, or the automatic match. @param {Pick<TimesheetEntry, 'matched_by' | 'item' | 'project_id'>} entry @returns {EntryMatch} */
export function matchBefore({ matched_by: by, item, project_id: project }) {
  if (by !== 'correction') return null;
  if (item !== null) return { item };
  return project === null ? null : { project };
}

/**
 * Describes what changed since an export.
 *
 * @param {ExportedEntry} before
 * @param {Pick<TimesheetEntry, 'start' | 'end' | 'minutes' | 'title' | 'project' | 'item'>} now
 */
export function changesInWords(before, now) {
  const isMoved = before.start !== now.start || before.end !== now.end;
  const changes = [
    isMoved ? 'the time' : null,
    before.minutes === now.minutes ? null : difference('the length', hours(before.minutes), hours(now.minutes)),
    before.title === now.title ? null : 'the title',
    before.project === now.project ? null : difference('the project', before.project, now.project),
    before.item === now.item ? null : difference('the work item', before.item, now.item),
  ].filter((one) => one !== null);
  return changes.length === 0 ? 'Changed since it was exported.' : `Changed: ${joined(changes)}.`;
}

/** @param {string} what @param {string | null} before @param {string | null} now */
function difference(what, before, now) {
  return `${what} (${before ?? 'none'} → ${now ?? 'none'})`;
}

/**
 * Describes what an export is limited to; empty when it has everything.
 *
 * @param {{ member: string, source: string }} state ids, empty for all
 * @param {HoursSource[]} sources
 */
export function filterInWords({ member, source }, sources) {
  const person = sources.find((one) => one.member_id === member)?.member;
  const calendar = sources.find((one) => one.id === source)?.name;
  const parts = [
    person === undefined ? null : `of ${person}`,
    calendar === undefined ? null : `in the calendar “${calendar}”`,
  ].filter((one) => one !== null);
  return parts.length === 0 ? '' : `It has only entries ${parts.join(' ')}, as chosen above.`;
}

/** Describes what an export has. @param {{ entries: number, minutes: number }} one */
export function exportInWords({ entries, minutes }) {
  return `${entries === 1 ? '1 entry' : `${number(entries)} entries`}, ${hours(minutes)} hours`;
}

/** Describes the filters and the rounding of an export. @param {Pick<TimesheetExport, 'member' | 'source' | 'round' | 'round_minutes'>} one @returns {string[]} */
export function optionsInWords({ member, source, round, round_minutes: minutes }) {
  return [
    ...(member === null ? [] : [`of ${member.name}`]),
    ...(source === null ? [] : [`from “${source.name}”`]),
    ...(round === 'off' || minutes === null ? [] : [`${ROUNDED[round]} ${minutes} minutes`]),
  ];
}

/** Describes what an export does not have, or has to be checked; empty when there is nothing. @param {{ unmatched: number, changed: number, gone: number }} one */
export function remarksInWords({ unmatched, changed, gone }) {
  const parts = [
    unmatched === 0 ? null : `${number(unmatched)} unmatched left out`,
    changed === 0 ? null : `${number(changed)} changed since an earlier export`,
    gone === 0 ? null : `${number(gone)} no longer in the calendar`,
  ];
  return parts.filter((one) => one !== null).join(' · ');
}

/** The toast after a correction. @param {string} target @param {number | null} others entries of this week that the saved rule matched too; null where no rule was saved */
export function assignedInWords(target, others) {
  if (others === null) return `Assigned to ${target}.`;
  const similar = others === 0 ? '' : `, with ${count(others, 'similar event')} of this week`;
  return `Assigned to ${target}${similar}. Rule saved.`;
}
