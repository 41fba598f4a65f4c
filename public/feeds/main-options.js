/** @import { Options } from './options.js' */
import { fill, h } from '../ui/dom.js';
import { validate } from '../ui/errors.js';
import { check, checks, group, radios, smallNumber } from '../ui/fields.js';

/** The options that most people set. */

/** @typedef {(part: Partial<Options>) => void} Changed */

/** What the calendar contains. @param {Options} options @param {Changed} changed */
export function showField(options, changed) {
  return group(
    'Show',
    checks({
      name: 'show',
      value: options.show,
      choices: [
        { value: 'items', label: 'Work items' },
        { value: 'cycles', label: 'Cycles' },
        { value: 'modules', label: 'Modules' },
      ],
      changed: (show) => changed({ show }),
      asChips: true,
      required: 'Choose at least one.',
    }),
    h('p', { class: 'hint' }, 'Cycles and modules appear as bars across their days.'),
  );
}

/** On which days a work item appears. @param {Options} options @param {Changed} changed */
export function modeField(options, changed) {
  return group(
    'Show each work item',
    radios({
      name: 'mode',
      value: options.mode,
      choices: [
        { value: 'due', label: 'On its due date' },
        { value: 'span', label: 'From start to due date', hint: 'As a bar across the days.' },
        { value: 'both', label: 'On both dates', hint: 'One event when it starts, one when it is due.' },
      ],
      changed: (mode) => changed({ mode }),
    }),
  );
}

/** How long completed work items are shown. @param {Options} options @param {Changed} changed */
export function doneField(options, changed) {
  const isDays = options.done !== 'hide' && options.done !== 'keep';
  let days = isDays ? Number.parseInt(options.done, 10) : 30;
  let choice = isDays ? 'days' : options.done;
  const report = () => changed({ done: choice === 'days' ? `${days}d` : choice });
  const { input, error } = smallNumber({
    label: 'Days to keep completed work',
    value: days,
    max: 99_999,
    isUsed: () => choice === 'days',
    changed: (value) => {
      days = value;
      if (choice === 'days') report();
    },
  });
  return group(
    'Completed work',
    radios({
      name: 'done',
      value: choice,
      choices: [
        { value: 'days', label: 'Keep for', extra: h('span', { class: 'inline' }, input, ' days, marked ✓'), error },
        { value: 'keep', label: 'Keep forever' },
        { value: 'hide', label: 'Hide immediately' },
      ],
      changed: (value) => {
        choice = value;
        validate(input);
        report();
      },
    }),
  );
}

/** How much an event says; `adapt` names what a private event is called. @param {Options} options @param {Changed} changed */
export function detailField(options, changed) {
  let value = options.detail;
  const body = h('div', {});
  let shown = '';
  /** @param {boolean} hasPlane @param {boolean} hasCalendars */
  const adapt = (hasPlane, hasCalendars) => {
    const titles = [hasPlane ? '“Planned”' : '', hasCalendars ? '“Busy”' : ''].filter(Boolean).join(' or ');
    if (titles === shown) return;
    shown = titles;
    const choices = [
      { value: 'full', label: 'Everything' },
      {
        value: 'brief',
        label: 'No descriptions',
        ...(hasCalendars && { hint: 'And no attendees, attachments and call links.' }),
      },
      {
        value: 'private',
        label: `Only ${titles}`,
        hint: hasCalendars
          ? 'Times and nothing else, for sharing outside your team.'
          : 'Dates and nothing else, for sharing outside your team.',
      },
    ];
    fill(
      body,
      radios({
        name: 'detail',
        value,
        choices,
        changed: (detail) => {
          value = detail;
          changed({ detail });
        },
      }),
    );
  };
  return { element: group('Details', body), adapt };
}

/** Events or to-dos; `undated` applies to to-dos alone. @param {Options} options @param {Changed} changed */
export function kindField(options, changed) {
  const undated = check('Include to-dos without a date', options.undated === 'keep', (isOn) =>
    changed({ undated: isOn ? 'keep' : 'hide' }),
  );
  const element = group(
    'Publish as',
    radios({
      name: 'as',
      value: options.as,
      choices: [
        { value: 'event', label: 'Events', hint: 'Work in every calendar app.' },
        {
          value: 'todo',
          label: 'To-dos',
          hint: 'For Thunderbird, Evolution and task apps. Google, Outlook and Apple Calendar don’t show them.',
        },
      ],
      changed: (as) => changed({ as }),
    }),
    undated,
  );
  return { element, undated };
}
