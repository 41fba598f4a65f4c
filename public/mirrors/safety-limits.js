/** @import { Mirror } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { group, radios, smallNumber } from '../ui/fields.js';
import { keepOthersField } from './others.js';

/** The safety limits of a mirror, and how often it compares both sides. */

/** @typedef {Pick<Mirror, 'conflict' | 'max_delete' | 'check_seconds' | 'keep_others'>} SafetyLimits */

/** @type {SafetyLimits} */
const DEFAULTS = { conflict: 'plane', max_delete: '10,30%', check_seconds: 900 };

/** The fields of the safety limits. @param {SafetyLimits} [start] @param {() => void} [changed] */
export function safetyFields(start = DEFAULTS, changed = () => undefined) {
  let { conflict } = start;
  const keptBefore = start.keep_others ?? true;
  let isKept = keptBefore;
  const [, events = '10', share = '30'] = /^(\d+),(\d+)/.exec(start.max_delete.replaceAll(' ', '')) ?? [];
  let [maxEvents, maxPercent] = [Number(events), Number(share)];
  let minutes = Math.max(1, Math.round(start.check_seconds / 60));
  /** @param {string} label @param {number} value @param {[min: number, max: number]} range @param {(value: number) => void} set */
  const amount = (label, value, [min, max], set) =>
    smallNumber({
      label,
      value,
      min,
      max,
      changed: (next) => {
        set(next);
        changed();
      },
    });

  const most = amount('Events deleted without confirmation', maxEvents, [0, 99_999], (value) => (maxEvents = value));
  const percent = amount('Percent deleted without confirmation', maxPercent, [0, 100], (value) => (maxPercent = value));
  const interval = amount('Minutes between comparisons', minutes, [1, 1440], (value) => (minutes = value));
  const element = h(
    'div',
    { class: 'form' },
    group(
      'When an event of this mirror is edited in the calendar',
      radios({
        name: 'conflict',
        value: conflict,
        choices: [
          { value: 'plane', label: 'Overwrite the edit', hint: 'The next run restores what Plane has.' },
          { value: 'keep', label: 'Keep the edit', hint: 'That event is no longer updated from Plane.' },
        ],
        changed: (value) => {
          conflict = value === 'keep' ? 'keep' : 'plane';
          changed();
        },
      }),
    ),
    group(
      'When a run would delete many events',
      h(
        'p',
        { class: 'inline' },
        'Hold back deletions if there are more than ',
        most.input,
        ' events and more than ',
        percent.input,
        ' % of all.',
      ),
      most.error,
      percent.error,
    ),
    keepOthersField(isKept, (value) => {
      isKept = value;
      changed();
    }),
    group(
      'Full comparison',
      h('p', { class: 'inline' }, 'Every ', interval.input, ' minutes.'),
      interval.error,
      h('p', { class: 'hint' }, 'Changes that Plane reports are written immediately. The comparison finds all others.'),
    ),
  );
  /** @returns {SafetyLimits} */
  const toRequest = () => ({
    conflict,
    max_delete: `${maxEvents},${maxPercent}%`,
    check_seconds: minutes * 60,
    ...(isKept === keptBefore ? {} : { keep_others: isKept }),
  });
  return { element, toRequest };
}
