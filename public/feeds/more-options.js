/** @import { Options } from './options.js' */
/** @import { Preview } from '../app/types.js' */
import { fill, foreign, h } from '../ui/dom.js';
import { check, group, line, radios, smallNumber } from '../ui/fields.js';
import { durationOf, reminderOf } from './options.js';
import { reminderInWords } from '../ui/words.js';

/** The options that are used now and then. */

const PLACEHOLDERS = ['key', 'number', 'name', 'project', 'state', 'priority', 'assignees'];
const DAY_BEFORE = '-PT15H';
const THAT_DAY = 'PT9H';

/** @typedef {(part: Partial<Options>) => void} Changed */

/** How titles read, with the effect on one of them. @param {Options} options @param {Changed} changed */
export function titleField(options, changed) {
  const sample = h('p', { class: 'sample', 'aria-live': 'polite' });
  const field = line({ label: 'Titles read', value: options.title, max: 200, changed: (title) => changed({ title }) });
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
  const drawn = ({ events }) => {
    const now = new Date().toISOString().slice(0, 10);
    const one = events.find(({ uid, start }) => uid.startsWith('plane-issue') && (start ?? '') >= now) ?? events[0];
    fill(sample, one ? ['Such as ', foreign(one.title)] : null);
  };
  return { element: field.element, drawn };
}

/** Reminders: two usual ones, and any other. @param {Options} options @param {Changed} changed */
export function reminderFields(options, changed) {
  const others = options.alarm.filter((one) => one !== DAY_BEFORE && one !== THAT_DAY);
  const [first = ''] = others;
  const isOther = others.length > 0;
  let { days, time } = reminderOf(first) ?? { days: 3, time: '09:00' };
  const on = { before: options.alarm.includes(DAY_BEFORE), that: options.alarm.includes(THAT_DAY), other: isOther };
  const tell = () =>
    changed({
      alarm: [
        ...(on.before ? [DAY_BEFORE] : []),
        ...(on.that ? [THAT_DAY] : []),
        ...(on.other ? [durationOf(days, time), ...others.slice(1)] : []),
      ].filter((one, at, all) => all.indexOf(one) === at),
    });
  const clock = h('input', { type: 'time', value: time, 'aria-label': 'Time of the reminder', class: 'small-time' });
  clock.addEventListener('change', () => {
    if (clock.value === '') return;
    time = clock.value;
    tell();
  });
  const count = smallNumber({
    label: 'Days before',
    value: days,
    max: 365,
    changed: (value) => {
      days = value;
      tell();
    },
  });
  const custom = h('div', { class: 'inline custom-reminder', hidden: !isOther }, count, ' days before, at ', clock);
  const more = others.slice(1).map(reminderInWords);
  return group(
    'Reminders',
    h(
      'div',
      { class: 'options' },
      check('At 09:00 the day before', on.before, (value) => {
        on.before = value;
        tell();
      }),
      check('At 09:00 that day', on.that, (value) => {
        on.that = value;
        tell();
      }),
      check('Another time', on.other, (value) => {
        on.other = value;
        custom.hidden = !value;
        tell();
      }),
      custom,
    ),
    h(
      'p',
      { class: 'hint' },
      more.length > 0 ? `Also ${more.join(', ')}. ` : '',
      'Google and Outlook ignore reminders of subscribed calendars.',
    ),
  );
}

/** How far back and ahead. @param {Options} options @param {Changed} changed */
export function windowFields(options, changed) {
  /** @param {'past' | 'ahead'} name @param {string} all @param {string} only @param {number} usual */
  const side = (name, all, only, usual) => {
    const value = options[name];
    let days = value === 'all' ? usual : Number(value);
    let isLimited = value !== 'all';
    const tell = () => changed({ [name]: isLimited ? String(days) : 'all' });
    const input = smallNumber({
      label: name === 'past' ? 'Days back' : 'Days ahead',
      value: days,
      max: 99_999,
      changed: (next) => {
        days = next;
        if (isLimited) tell();
      },
    });
    return radios({
      name,
      value: isLimited ? 'days' : 'all',
      choices: [
        { value: 'all', label: all },
        { value: 'days', label: only, extra: h('span', { class: 'inline' }, input, ' days') },
      ],
      changed: (next) => {
        isLimited = next === 'days';
        tell();
      },
    });
  };
  return group(
    'How far',
    h(
      'div',
      { class: 'two' },
      side('past', 'All of the past', 'Only the last', 30),
      side('ahead', 'All that is to come', 'Only the next', 365),
    ),
    h('p', { class: 'hint' }, 'Open items stay, however long they are overdue.'),
  );
}
