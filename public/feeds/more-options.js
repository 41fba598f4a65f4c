/** @import { Options } from './options.js' */
/** @import { Changed } from './main-options.js' */
import { h, newId } from '../ui/dom.js';
import { validate, validated } from '../ui/errors.js';
import { check, group, radios, smallNumber } from '../ui/fields.js';
import { durationOf, reminderOf } from './options.js';
import { reminderInWords } from '../ui/words.js';

/** The less common options. */

const DAY_BEFORE = '-PT15H';
const SAME_DAY = 'PT9H';

/** @param {Options} options @param {Changed} changed */
export function cancelledField(options, changed) {
  return group(
    'Cancelled work',
    check('Show cancelled items, marked ✗', options.cancelled === 'keep', (isOn) =>
      changed({ cancelled: isOn ? 'keep' : 'hide' }),
    ),
  );
}

/** Whether overdue items are also listed today; to-dos can't have that. @param {Options} options @param {Changed} changed */
export function overdueField(options, changed) {
  const reason = h('p', { class: 'hint', id: newId('overdue-reason') });
  const element = group(
    'Overdue work',
    radios({
      name: 'overdue',
      value: options.overdue,
      choices: [
        { value: 'keep', label: 'Leave on its due date' },
        { value: 'today', label: 'Also list in one event today', hint: 'It disappears when nothing is overdue.' },
      ],
      changed: (overdue) => changed({ overdue }),
    }),
    reason,
  );
  /** @param {boolean} isTodo */
  const adapt = (isTodo) => {
    element.toggleAttribute('disabled', isTodo);
    reason.hidden = !isTodo;
    reason.textContent = isTodo ? 'Not available for to-dos: task apps show overdue to-dos themselves.' : '';
    if (isTodo) element.setAttribute('aria-describedby', reason.id);
    else element.removeAttribute('aria-describedby');
  };
  return { element, adapt };
}

/** Reminders: two common ones, and a custom one. @param {Options} options @param {Changed} changed */
export function reminderFields(options, changed) {
  const alarms = options.alarm ?? [];
  const others = alarms.filter((one) => one !== DAY_BEFORE && one !== SAME_DAY);
  const [first = ''] = others;
  let { days, time } = reminderOf(first) ?? { days: 3, time: '09:00' };
  const isOn = {
    dayBefore: alarms.includes(DAY_BEFORE),
    sameDay: alarms.includes(SAME_DAY),
    custom: others.length > 0,
  };
  const report = () => {
    const alarm = [
      ...(isOn.dayBefore ? [DAY_BEFORE] : []),
      ...(isOn.sameDay ? [SAME_DAY] : []),
      ...(isOn.custom ? [durationOf(days, time), ...others.slice(1)] : []),
    ].filter((one, at, all) => all.indexOf(one) === at);
    changed({ alarm: alarm.length === 0 ? null : alarm });
  };
  const clock = h('input', { type: 'time', value: time, 'aria-label': 'Time of the reminder', class: 'small-time' });
  const clockError = validated(clock, () => (isOn.custom && clock.value === '' ? 'Enter a time.' : ''));
  clock.addEventListener('change', () => {
    if (!validate(clock)) return;
    time = clock.value;
    report();
  });
  const count = smallNumber({
    label: 'Days before',
    value: days,
    max: 365,
    isUsed: () => isOn.custom,
    changed: (value) => {
      days = value;
      report();
    },
  });
  const words = h('span', { class: 'inline' }, count.input, ' days before, at ', clock);
  const custom = h('div', { class: 'custom-reminder', hidden: !isOn.custom }, words, count.error, clockError);
  const more = others.slice(1).map(reminderInWords);
  return group(
    'Reminders',
    h(
      'div',
      { class: 'options' },
      check('At 09:00 the day before', isOn.dayBefore, (value) => {
        isOn.dayBefore = value;
        report();
      }),
      check('At 09:00 on the day', isOn.sameDay, (value) => {
        isOn.sameDay = value;
        report();
      }),
      check('At another time', isOn.custom, (value) => {
        isOn.custom = value;
        custom.hidden = !value;
        report();
      }),
      custom,
    ),
    h(
      'p',
      { class: 'hint' },
      more.length > 0 ? `Also ${more.join(', ')}. ` : '',
      'Google and Outlook ignore reminders in subscribed calendars.',
    ),
  );
}

/** How many days back and ahead; `adapt` follows whether there are work items. @param {Options} options @param {Changed} changed */
export function windowFields(options, changed) {
  /** @param {'past' | 'ahead'} name @param {string} all @param {string} only @param {number} usual */
  const side = (name, all, only, usual) => {
    const value = options[name];
    let days = value === 'all' ? usual : Number(value);
    let isLimited = value !== 'all';
    const report = () => changed({ [name]: isLimited ? String(days) : 'all' });
    const { input, error } = smallNumber({
      label: name === 'past' ? 'Days back' : 'Days ahead',
      value: days,
      max: 99_999,
      isUsed: () => isLimited,
      changed: (next) => {
        days = next;
        if (isLimited) report();
      },
    });
    return radios({
      name,
      value: isLimited ? 'days' : 'all',
      choices: [
        { value: 'all', label: all },
        { value: 'days', label: only, extra: h('span', { class: 'inline' }, input, ' days'), error },
      ],
      changed: (next) => {
        isLimited = next === 'days';
        validate(input);
        report();
      },
    });
  };
  const hint = h('p', { class: 'hint' }, 'Overdue items are always included until they are completed.');
  const element = group(
    'Date range',
    h(
      'div',
      { class: 'two' },
      side('past', 'All past items', 'Only the last', 30),
      side('ahead', 'All future items', 'Only the next', 365),
    ),
    hint,
  );
  return { element, adapt: (/** @type {boolean} */ hasPlane) => (hint.hidden = !hasPlane) };
}
