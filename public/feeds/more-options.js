/** @import { Options } from './options.js' */
/** @import { Changed } from './main-options.js' */
/** @import { Preview } from '../app/types.js' */
import { fill, h } from '../ui/dom.js';
import { validate, validated } from '../ui/errors.js';
import { check, group, line, radios, smallNumber } from '../ui/fields.js';
import { titleParts } from '../preview/popover.js';
import { durationOf, reminderOf } from './options.js';
import { shorten } from '../ui/truncate.js';
import { reminderInWords } from '../ui/words.js';

/** The less common options. */

const PLACEHOLDERS = ['key', 'number', 'name', 'project', 'state', 'priority', 'assignees'];
const TITLE_EXAMPLE = '[{key}] {name}';
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

/** The format of titles, with an example. @param {Options} options @param {Changed} changed */
export function titleField(options, changed) {
  const sample = h('p', { class: 'sample', 'aria-live': 'polite' });
  const field = line({
    label: 'Title format',
    value: options.title,
    max: 200,
    check: titleError,
    changed: (title) => changed({ title }),
  });
  const buttons = PLACEHOLDERS.map((one) => {
    const insert = () => {
      const { input } = field;
      input.setRangeText(
        `{${one}}`,
        input.selectionStart ?? input.value.length,
        input.selectionEnd ?? input.value.length,
        'end',
      );
      input.focus();
      validate(input);
      changed({ title: input.value });
    };
    return h(
      'button',
      { type: 'button', class: 'placeholder', 'aria-label': `Insert ${one}`, onclick: insert },
      `{${one}}`,
    );
  });
  field.element.append(h('div', { class: 'placeholders', role: 'group', 'aria-label': 'Insert' }, ...buttons), sample);
  /** @param {Preview} preview */
  const showSample = ({ events }) => {
    const now = new Date().toISOString().slice(0, 10);
    const event = events.find(({ uid, start }) => uid.startsWith('plane-issue') && (start ?? '') >= now) ?? events[0];
    fill(sample, event ? ['Example: ', h('bdi', { class: 'foreign', dir: 'auto' }, titleParts(event.title))] : null);
  };
  return { element: field.element, showSample };
}

/** Returns what is wrong with a title format, or an empty text. @param {string} format */
function titleError(format) {
  if (format.trim() === '') return `Enter a format, such as ${TITLE_EXAMPLE}.`;
  const rest = PLACEHOLDERS.reduce((text, one) => text.replaceAll(`{${one}}`, ''), format);
  const [invalid] = /\{[^{}\s]*\}?|\}/.exec(rest) ?? [];
  if (invalid === undefined) return '';
  return `“${shorten(invalid, 24)}” isn’t a placeholder. Insert one of those below.`;
}

/** Reminders: two common ones, and a custom one. @param {Options} options @param {Changed} changed */
export function reminderFields(options, changed) {
  const others = options.alarm.filter((one) => one !== DAY_BEFORE && one !== SAME_DAY);
  const [first = ''] = others;
  let { days, time } = reminderOf(first) ?? { days: 3, time: '09:00' };
  const isOn = {
    dayBefore: options.alarm.includes(DAY_BEFORE),
    sameDay: options.alarm.includes(SAME_DAY),
    custom: others.length > 0,
  };
  const report = () =>
    changed({
      alarm: [
        ...(isOn.dayBefore ? [DAY_BEFORE] : []),
        ...(isOn.sameDay ? [SAME_DAY] : []),
        ...(isOn.custom ? [durationOf(days, time), ...others.slice(1)] : []),
      ].filter((one, at, all) => all.indexOf(one) === at),
    });
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

/** How many days back and ahead. @param {Options} options @param {Changed} changed */
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
  return group(
    'Date range',
    h(
      'div',
      { class: 'two' },
      side('past', 'All past items', 'Only the last', 30),
      side('ahead', 'All future items', 'Only the next', 365),
    ),
    h('p', { class: 'hint' }, 'Overdue items are always included until they are completed.'),
  );
}
