/** @import { Mirror } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { group, radios, smallNumber } from '../ui/fields.js';

/** How careful a mirror is, and how often it compares. */

/** @typedef {Pick<Mirror, 'conflict' | 'max_delete' | 'check_seconds'>} Care */

/** @type {Care} */
const USUAL = { conflict: 'plane', max_delete: '10,30%', check_seconds: 900 };

/** The fields. @param {Care} [start] @param {() => void} [changed] */
export function careFields(start = USUAL, changed = () => undefined) {
  let { conflict } = start;
  const [, most = '10', share = '30'] = /^(\d+),(\d+)/.exec(start.max_delete.replaceAll(' ', '')) ?? [];
  let [many, percent] = [Number(most), Number(share)];
  let minutes = Math.max(1, Math.round(start.check_seconds / 60));
  /** @param {string} label @param {number} value @param {number} max @param {(value: number) => void} set */
  const amount = (label, value, max, set) =>
    smallNumber({
      label,
      value,
      max,
      changed: (next) => {
        set(next);
        changed();
      },
    });

  const element = h(
    'div',
    { class: 'form' },
    group(
      'When somebody edits one of its events in the calendar',
      radios({
        name: 'conflict',
        value: conflict,
        choices: [
          { value: 'plane', label: 'Plane wins', hint: 'The next run puts it back as Plane has it.' },
          { value: 'keep', label: 'The edit stays', hint: 'That event no longer follows Plane.' },
        ],
        changed: (value) => {
          conflict = value === 'keep' ? 'keep' : 'plane';
          changed();
        },
      }),
    ),
    group(
      'When much would be deleted',
      h(
        'p',
        { class: 'inline' },
        'Ask first above ',
        amount('Deletions without asking', many, 99_999, (value) => (many = value)),
        ' events and ',
        amount('Percent deleted without asking', percent, 100, (value) => (percent = value)),
        ' % of them.',
      ),
    ),
    group(
      'Full comparison',
      h(
        'p',
        { class: 'inline' },
        'Every ',
        amount('Minutes between comparisons', minutes, 1440, (value) => (minutes = value)),
        ' minutes.',
      ),
      h('p', { class: 'hint' }, 'What Plane tells of is written at once; this is for the rest.'),
    ),
  );
  /** @returns {Care} */
  const wish = () => ({
    conflict,
    max_delete: `${many},${percent}%`,
    check_seconds: Math.max(1, minutes) * 60,
  });
  return { element, wish };
}
