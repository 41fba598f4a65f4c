/** @import { Project, Member, Scope } from '../app/types.js' */
import { choiceField } from '../ui/choices.js';
import { dotVars } from '../ui/colors.js';
import { validate, validated } from '../ui/errors.js';
import { fill, foreign, h, newId } from '../ui/dom.js';
import { checks, group, segments } from '../ui/fields.js';
import { shorten } from '../ui/truncate.js';

/** What the calendar includes. The choice is remembered for each kind, so that switching back loses nothing. */
/** @typedef {{ kind: 'projects' | 'all' | 'person', projects: string[], person: string }} ScopeChoice */

/** With more projects than this, they are chosen by name. */
const MAX_CHIPS = 8;
/** The API's limit, in characters. */
const MAX_NAME = 100;

/** Returns the scope as the API takes it; null when nothing is chosen yet. @param {ScopeChoice} choice */
export function scopeRequest({ kind, projects, person }) {
  if (kind === 'all') return { all: true };
  if (kind === 'person') return person === '' ? null : { person };
  return projects.length === 0 ? null : { projects };
}

/** Returns the projects that a scope includes. A person's work items may be in any of them. @param {ScopeChoice} choice @param {Project[]} projects */
export function projectsIn({ kind, projects: ids }, projects) {
  return kind === 'projects' ? projects.filter(({ id }) => ids.includes(id)) : projects;
}

/** Returns what to choose before the scope is complete. @param {ScopeChoice} choice */
export function scopeError({ kind }) {
  return kind === 'person' ? 'Choose a person.' : 'Choose at least one project.';
}

/** Returns a default name for a scope. @param {ScopeChoice} choice @param {Project[]} projects @param {Member[]} members @param {boolean} isMember the person is the reader */
export function scopeName({ kind, projects: ids, person }, projects, members, isMember) {
  if (kind === 'all') return 'All projects';
  if (kind === 'person' && isMember) return 'My work';
  if (kind === 'person') return shorten(members.find(({ id }) => id === person)?.display_name ?? '', MAX_NAME);
  const names = ids.map((id) => projects.find((one) => one.id === id)?.name ?? id);
  return shorten(names.join(', '), MAX_NAME);
}

/** Returns the fields of the scope. @param {ScopeChoice} start @param {Project[]} projects @param {Member[]} members @param {boolean} isMember a member can choose projects and their own work; `members` are they alone @param {(choice: ScopeChoice) => void} changed */
export function scopeFields(start, projects, members, isMember, changed) {
  let choice = start;
  const which = h('div', { class: 'scope-which' });

  /** @param {Partial<ScopeChoice>} part */
  function set(part) {
    choice = { ...choice, ...part };
    if (isMember && choice.kind === 'person') choice.person = members[0]?.id ?? '';
    if (part.kind !== undefined) drawWhich();
    changed(choice);
  }

  function projectPicker() {
    const choose = (/** @type {string[]} */ ids) => set({ projects: ids });
    const required = scopeError(choice);
    if (projects.length <= MAX_CHIPS) {
      const choices = projects.map(({ id, name, color }) => ({
        value: id,
        label: name,
        node: h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(name)),
      }));
      return checks({ name: 'project', value: choice.projects, choices, changed: choose, asChips: true, required });
    }
    const choices = projects.map(({ id, name, identifier }) => ({ value: id, label: `${name} (${identifier})` }));
    const field = choiceField({
      label: 'Projects',
      placeholder: 'Type a name',
      without: '',
      value: { names: choice.projects, none: false },
      choices: async () => choices,
      changed: ({ names }) => choose(names),
      known: choices,
      required,
    });
    return field.element;
  }

  const draw = {
    projects: projectPicker,
    all: () => h('p', { class: 'hint' }, 'All published projects, including ones added later.'),
    person: () => (isMember ? ownWork() : personPicker(choice, members, (person) => set({ person }))),
  };
  function drawWhich() {
    fill(which, draw[choice.kind]());
  }

  drawWhich();
  const kinds = /** @type {const} */ ([
    { value: 'projects', label: 'Projects' },
    { value: 'all', label: 'Everything' },
    { value: 'person', label: isMember ? 'My work' : 'One person' },
  ]);
  const kind = segments({
    name: 'scope',
    label: 'What to include',
    value: choice.kind,
    choices: isMember ? kinds.filter(({ value }) => value !== 'all') : [...kinds],
    changed: (value) => set({ kind: /** @type {ScopeChoice['kind']} */ (value) }),
  });
  return group('What to include', kind, which);
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

/** Returns the scope in the page's URL, or everything when it names nothing that exists. @param {URLSearchParams} query @param {Project[]} projects @param {Member[]} members @param {boolean} [isMember] @returns {ScopeChoice} */
export function scopeOfQuery(query, projects, members, isMember = false) {
  const keys = query.getAll('project');
  const found = projects
    .filter(({ id, identifier }) => keys.includes(id) || keys.includes(identifier))
    .map(({ id }) => id);
  const person = members.find(({ id }) => id === query.get('person'))?.id ?? '';
  const kind = found.length > 0 ? 'projects' : query.has('person') ? 'person' : isMember ? 'projects' : 'all';
  return { kind, projects: found, person };
}

/** Parses a scope from the API into that of the form. @param {Scope} scope @param {Project[]} projects @param {Member[]} members @returns {ScopeChoice} */
export function scopeOf(scope, projects, members) {
  if ('all' in scope) return { kind: 'all', projects: [], person: '' };
  if ('person' in scope) {
    const person = scope.person_id ?? members.find((one) => one.display_name === scope.person)?.id ?? scope.person;
    return { kind: 'person', projects: [], person };
  }
  const ids =
    scope.project_ids ?? scope.projects.map((key) => projects.find((one) => one.identifier === key)?.id ?? key);
  return { kind: 'projects', projects: ids, person: '' };
}
