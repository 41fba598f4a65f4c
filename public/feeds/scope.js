/** @import { Project, Member } from '../app/types.js' */
/** @import { Offer, ScopeChoice } from './scope-choice.js' */
import { choiceField } from '../ui/choices.js';
import { dotVars } from '../ui/colors.js';
import { validate, validated } from '../ui/errors.js';
import { fill, foreign, h, newId } from '../ui/dom.js';
import { checks, group, segments } from '../ui/fields.js';
import { calendarPicker, noCalendars } from './calendar-choice.js';
import { scopeError } from './scope-choice.js';

/** With more projects than this, they are chosen by name. */
const MAX_CHIPS = 8;

/** Returns the fields of the scope. @param {ScopeChoice} start @param {Offer} offer @param {(choice: ScopeChoice) => void} changed */
export function scopeFields(start, offer, changed) {
  const { members, isMember } = offer;
  let choice = start;
  const which = h('div', { class: 'scope-which' });
  const others = h('div', { class: 'scope-others' });
  const isEmpty = offer.calendars.length === 0 && start.calendars.length === 0;

  /** @param {Partial<ScopeChoice>} part */
  function set(part) {
    choice = { ...choice, ...part };
    if (isMember && choice.kind === 'person') choice.person = members[0]?.id ?? '';
    if (part.kind !== undefined) draw();
    changed(choice);
  }

  const planePart = {
    projects: () => projectPicker(choice, offer.projects, (projects) => set({ projects })),
    all: () => h('p', { class: 'hint' }, 'All published projects, including ones added later.'),
    person: () => (isMember ? ownWork() : personPicker(choice, members, (person) => set({ person }))),
    none: () => h('p', { class: 'hint' }, 'Nothing from Plane, only the calendars below.'),
  };

  function draw() {
    fill(which, planePart[choice.kind]());
    if (isMember) return;
    const required = choice.kind === 'none' ? scopeError(choice) : '';
    const choose = (/** @type {string[]} */ calendars) => set({ calendars });
    fill(
      others,
      isEmpty
        ? noCalendars()
        : calendarPicker({ value: choice.calendars, calendars: offer.calendars, required, changed: choose }),
    );
  }

  draw();
  const legend = isEmpty ? 'What to include' : 'From Plane';
  const kind = segments({
    name: 'scope',
    label: legend,
    value: choice.kind,
    choices: kindsOf(isMember, isEmpty),
    changed: (value) => set({ kind: /** @type {ScopeChoice['kind']} */ (value) }),
  });
  return h('div', { class: 'form' }, group(legend, kind, which, isEmpty ? others : null), isEmpty ? null : others);
}

/** @param {boolean} isMember @param {boolean} isPlaneOnly there are no other calendars */
function kindsOf(isMember, isPlaneOnly) {
  return [
    { value: 'projects', label: 'Projects' },
    ...(isMember ? [] : [{ value: 'all', label: 'Everything' }]),
    { value: 'person', label: isMember ? 'My work' : 'One person' },
    ...(isMember || isPlaneOnly ? [] : [{ value: 'none', label: 'Nothing' }]),
  ];
}

/** @param {ScopeChoice} choice @param {Project[]} projects @param {(ids: string[]) => void} changed */
function projectPicker(choice, projects, changed) {
  const required = scopeError(choice);
  if (projects.length <= MAX_CHIPS) {
    const choices = projects.map(({ id, name, color }) => ({
      value: id,
      label: name,
      node: h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(name)),
    }));
    return checks({ name: 'project', value: choice.projects, choices, changed, asChips: true, required });
  }
  const choices = projects.map(({ id, name, identifier }) => ({ value: id, label: `${name} (${identifier})` }));
  const field = choiceField({
    label: 'Projects',
    placeholder: 'Type a name',
    without: '',
    value: { names: choice.projects, none: false },
    choices: async () => choices,
    changed: ({ names }) => changed(names),
    known: choices,
    required,
  });
  return field.element;
}

/** Chooses the person whose work the calendar includes. @param {ScopeChoice} choice @param {Member[]} members @param {(person: string) => void} changed */
function personPicker(choice, members, changed) {
  const id = newId('person');
  const options = members.map((one) => h('option', { value: one.id }, one.display_name));
  const select = h('select', { id }, h('option', { value: '' }, 'Choose a person'), ...options);
  select.value = choice.person;
  const error = validated(select, () => (select.value === '' ? scopeError(choice) : ''));
  select.addEventListener('change', () => {
    validate(select);
    changed(select.value);
  });
  const hint = h('p', { class: 'hint' }, 'Everything assigned to them, in all projects.');
  return h('div', { class: 'field' }, h('label', { for: id }, 'Person'), select, error, hint);
}

/** A member's own work, in place of a person to choose. */
function ownWork() {
  return h('p', { class: 'hint' }, 'Everything assigned to you, in all projects you are in.');
}
