/** @import { Session, Project, Member, Preview } from '../app/types.js' */
/** @import { Options } from './options.js' */
/** @import { ScopeChoice } from './scope.js' */
import { h } from '../ui/dom.js';
import { check, checks, group, line, radios, smallNumber } from '../ui/fields.js';
import { filterFields } from './filters.js';
import { say } from '../ui/notice.js';
import { changedOptions, optionWish } from './options.js';
import { createPreview } from '../preview/preview.js';
import { reminderFields, titleField, windowFields } from './more-options.js';
import { scopeFields, scopeName, scopeWish } from './scope.js';

const LINK_HINT = 'Calendar programs show it, and it tells your links apart.';
const RARE = ['as', 'undated', 'cancelled', 'cycle', 'module', 'past', 'ahead', 'title', 'alarm'];

/**
 * The form that a link is made or changed with, and the preview beside it.
 *
 * @param {object} how
 * @param {ScopeChoice} how.scope
 * @param {string} how.name empty for one that follows the scope
 * @param {Options} how.options
 * @param {Project[]} how.projects
 * @param {Member[]} how.members
 * @param {Session} how.session
 * @param {AbortSignal} how.signal
 * @param {(options: Options) => void} [how.changed] told of every change of the options
 * @param {string} [how.hint] what the name is for, when it is not of a link
 */
export function createForm({ scope: startScope, name: startName, options: start, ...how }) {
  const { projects, members, session, signal, changed: tell = () => undefined, hint = LINK_HINT } = how;
  const defaults = session.defaults ?? {};
  let scope = startScope;
  let options = start;
  let hasOwnName = startName !== '';

  const preview = createPreview({
    wish: () => ({
      name: name.input.value.trim() || 'Calendar',
      scope: scopeWish(scope),
      options: optionWish(options, defaults, false),
    }),
    options: () => options,
    projects,
    isLink: hint === LINK_HINT,
    drawn: (/** @type {Preview} */ one) => title.drawn(one),
    signal,
  });

  const refresh = () => (scopeWish(scope) === null ? preview.setAside('Choose whose work to show.') : preview.later());
  const change = (/** @type {Partial<Options>} */ part) => {
    options = { ...options, ...part };
    adapt();
    tell(options);
    refresh();
  };

  const name = line({
    label: 'Name',
    value: startName || scopeName(scope, projects, members),
    hint,
    max: 100,
    changed: (value) => {
      hasOwnName = value.trim() !== '';
      name.input.removeAttribute('aria-invalid');
      refresh();
    },
  });

  const filters = filterFields(options, () => scopeWish(scope), change);
  const whose = scopeFields(scope, projects, members, (next) => {
    scope = next;
    if (!hasOwnName) name.input.value = scopeName(scope, projects, members);
    filters.forget();
    refresh();
  });

  const show = group(
    'Show',
    checks({
      name: 'show',
      value: options.show,
      choices: [
        { value: 'items', label: 'Work items' },
        { value: 'cycles', label: 'Cycles' },
        { value: 'modules', label: 'Modules' },
      ],
      changed: (value) => change({ show: value }),
      asChips: true,
      atLeastOne: true,
    }),
    h('p', { class: 'hint' }, 'Cycles and modules are bars across their days.'),
  );
  const mode = group(
    'A work item stands',
    radios({
      name: 'mode',
      value: options.mode,
      choices: [
        { value: 'due', label: 'On its due date' },
        { value: 'span', label: 'From start to due', hint: 'A bar across the days.' },
        { value: 'both', label: 'On both days', hint: 'One entry when it starts, one when it is due.' },
      ],
      changed: (value) => change({ mode: value }),
    }),
  );
  const done = doneField(options, change);
  const detail = group(
    'How much to tell',
    radios({
      name: 'detail',
      value: options.detail,
      choices: [
        { value: 'full', label: 'Everything' },
        { value: 'brief', label: 'No descriptions' },
        { value: 'private', label: 'Only “Planned”', hint: 'The days and nothing else. For sharing outside.' },
      ],
      changed: (value) => change({ detail: value }),
    }),
  );
  const only = group(
    'Only',
    filters.assignee.element,
    filters.label.element,
    filters.state.element,
    filters.priority.element,
  );
  const title = titleField(options, change);
  const undated = check('Also those without a date', options.undated === 'keep', (value) =>
    change({ undated: value ? 'keep' : 'hide' }),
  );
  const kind = group(
    'Kind of entry',
    radios({
      name: 'as',
      value: options.as,
      choices: [
        { value: 'event', label: 'Events', hint: 'Every calendar program shows them.' },
        {
          value: 'todo',
          label: 'To-dos',
          hint: 'Thunderbird, Evolution and other task programs. Not Google, Outlook or Apple Calendar.',
        },
      ],
      changed: (value) => change({ as: value }),
    }),
    undated,
  );
  const cancelled = check('Show cancelled ones too, marked ✗', options.cancelled === 'keep', (value) =>
    change({ cancelled: value ? 'keep' : 'hide' }),
  );
  const rareCount = h('span', { class: 'hint' });
  const rare = h(
    'details',
    { class: 'disclosure', open: changedOptions(options, defaults).some((one) => RARE.includes(one)) },
    h('summary', {}, 'More options ', rareCount),
    h(
      'div',
      { class: 'form' },
      kind,
      group('Cancelled work', cancelled),
      group('Only, further', filters.cycle.element, filters.module.element),
      windowFields(options, change),
      group('Titles', title.element),
      reminderFields(options, change),
    ),
  );

  function adapt() {
    const isTodo = options.as === 'todo';
    mode.hidden = isTodo || !options.show.includes('items');
    show.hidden = isTodo;
    undated.hidden = !isTodo;
    const changed = changedOptions(options, defaults).filter((one) => RARE.includes(one)).length;
    rareCount.textContent = changed === 0 ? '' : `${changed} set`;
  }

  adapt();
  if (scopeWish(scope) === null) refresh();
  else preview.refresh();

  /** What to send; null when something is missing, which then has the focus. @param {boolean} clear */
  function wish(clear) {
    const wanted = scopeWish(scope);
    if (wanted === null) {
      refresh();
      whose.querySelector('input')?.focus();
      return null;
    }
    if (name.input.value.trim() === '') {
      name.input.setAttribute('aria-invalid', 'true');
      name.input.focus();
      say('Give it a name.', 'bad');
      return null;
    }
    return { name: name.input.value.trim(), scope: wanted, options: optionWish(options, defaults, clear) };
  }

  const state = () => JSON.stringify([name.input.value.trim(), scopeWish(scope), optionWish(options, defaults, true)]);
  let settled = state();
  /** What is there now is kept: leaving loses nothing. */
  const settle = () => (settled = state());
  const isEdited = () => state() !== settled;

  const fields = h('div', { class: 'form' }, whose, name.element, show, mode, done, only, detail, rare);
  const toPreview = h('button', { type: 'button', class: 'large to-preview', onclick: preview.reveal }, 'Preview');
  return { fields, preview: preview.element, toPreview, wish, isEdited, settle };
}

/** How long finished work stays. @param {Options} options @param {(part: Partial<Options>) => void} change */
function doneField(options, change) {
  const isDays = options.done !== 'hide' && options.done !== 'keep';
  let days = isDays ? Number.parseInt(options.done, 10) : 30;
  let held = isDays ? 'days' : options.done;
  const tell = () => change({ done: held === 'days' ? `${days}d` : held });
  const input = smallNumber({
    label: 'Days that finished work stays',
    value: days,
    max: 99_999,
    changed: (value) => {
      days = value;
      if (held === 'days') tell();
    },
  });
  return group(
    'Finished work',
    radios({
      name: 'done',
      value: held,
      choices: [
        { value: 'days', label: 'Stays', extra: h('span', { class: 'inline' }, input, ' days, marked ✓') },
        { value: 'keep', label: 'Stays for good' },
        { value: 'hide', label: 'Goes at once' },
      ],
      changed: (value) => {
        held = value;
        tell();
      },
    }),
  );
}
