/** @import { CalendarSource, Member, Project, SourceHours } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, h } from '../ui/dom.js';
import { validate, validated } from '../ui/errors.js';
import { check, group, line, picker } from '../ui/fields.js';
import { note } from '../ui/notice.js';

/** Whose hours a source contains, for the timesheet. */

const ADDRESS = /^[^\s@]+@[^\s@]+$/;
/** The longest e-mail address, as RFC 5321 limits it. */
const MAX_ADDRESS = 254;

/** @typedef {{ member: string, address: string | null, project: string | null, private: SourceHours['private'] }} HoursRequest member, project: ids */

/** The fields. @param {{ current?: CalendarSource | undefined, changed: () => void }} params */
export function hoursFields({ current, changed }) {
  const stored = current?.timesheet ?? null;
  /** @type {HoursRequest | null} */
  const initial = stored && {
    member: stored.member.id,
    address: stored.address,
    project: stored.project?.id ?? null,
    private: stored.private,
  };
  /** What was chosen; null for no hours. */
  let values = initial;
  let isEdited = false;
  const region = h('div', { class: 'fields' });
  /** @param {Partial<HoursRequest>} part */
  const set = (part) => {
    if (values === null) return;
    values = { ...values, ...part };
    isEdited = true;
    changed();
  };
  const own = check(
    'This calendar contains someone’s hours',
    stored !== null,
    (isOn) => {
      isEdited = true;
      changed();
      if (isOn) void show();
      else {
        values = null;
        fill(region);
      }
    },
    'Its events appear in the timesheet, matched to projects and work items.',
  );

  // While people are loading, or where they could not be loaded, the box alone would save no hours.
  const box = /** @type {HTMLInputElement} */ (own.querySelector('input'));
  const missing = validated(box, () =>
    box.checked && values === null ? 'People are not loaded, so the hours can’t be saved yet.' : '',
  );

  async function show() {
    try {
      const [members, projects] = await Promise.all([api.members(), api.projects()]);
      if (!box.checked) return;
      const people = withStored(members, stored);
      if (people.length === 0)
        return void fill(region, note('warn', 'Plane shows no people yet. Try again in a moment.'));
      // Nobody is chosen in advance: these hours would be billed to the wrong person.
      values ??= initial ?? { member: '', address: null, project: null, private: 'ignore' };
      fill(region, ...fieldsOf(values, { people, projects, stored, set }));
      validate(box);
    } catch {
      fill(region, note('warn', 'Couldn’t load people and projects. Clear the box and select it again.'));
    }
  }

  if (stored) void show();
  return {
    element: group('Hours', own, missing, region),
    /** Returns the part of the body to send; nothing while it is as it was. */
    toRequest: () => (isEdited && values?.member !== '' ? { timesheet: values } : {}),
  };
}

/** The members to choose from, with the one that is stored. @param {Member[]} members @param {SourceHours | null} stored @returns {Member[]} */
function withStored(members, stored) {
  if (stored === null || members.some(({ id }) => id === stored.member.id)) return members;
  return [{ id: stored.member.id, display_name: stored.member.name }, ...members];
}

/** @param {HoursRequest} values @param {{ people: Member[], projects: Project[], stored: SourceHours | null, set: (part: Partial<HoursRequest>) => void }} params */
function fieldsOf(values, { people, projects, stored, set }) {
  const known = stored?.project ?? null;
  const others = known === null || projects.some(({ id }) => id === known.id) ? [] : [known];
  let chosen = values.member;
  const person = picker({
    label: 'Whose hours',
    value: values.member,
    choices: [
      ...(values.member === '' ? [{ value: '', label: 'Choose a person' }] : []),
      ...people.map(({ id, display_name: name }) => ({ value: id, label: name })),
    ],
    changed: (member) => {
      // That of a person: another one's would be exported with these hours. What was typed before anyone was chosen stays.
      if (chosen !== '') address.input.value = (member === stored?.member.id && stored.address) || '';
      chosen = member;
      set({ member, address: addressIn(address.input.value) });
      validate(choice);
      validate(address.input);
    },
  });
  const choice = /** @type {HTMLSelectElement} */ (person.querySelector('select'));
  person.append(validated(choice, () => (choice.value === '' ? 'Choose whose hours these are.' : '')));
  const address = line({
    label: 'E-mail address of this person',
    value: values.address ?? '',
    hint: 'As in invitations, so that declined ones don’t count. Exports identify the person by it.',
    max: MAX_ADDRESS,
    check: (text) =>
      text.trim() === '' || ADDRESS.test(text.trim()) ? '' : 'Enter an e-mail address, such as ann@example.org.',
    changed: (text) => set({ address: addressIn(text) }),
  });
  address.input.setAttribute('inputmode', 'email');
  const project = picker({
    label: 'Default project',
    value: values.project ?? '',
    choices: [
      { value: '', label: 'None' },
      ...[...others, ...projects].map(({ id, name }) => ({ value: id, label: name })),
    ],
    changed: (id) => set({ project: id || null }),
  });
  project.append(h('p', { class: 'hint' }, 'For events that match nothing else.'));
  const isPrivate = picker({
    label: 'Private events',
    value: values.private,
    choices: [
      { value: 'ignore', label: 'Ignore' },
      { value: 'show', label: 'Count, as “Private” with their length only' },
    ],
    changed: (value) => set({ private: value === 'show' ? 'show' : 'ignore' }),
  });
  return [person, address.element, project, isPrivate];
}

/** @param {string} text */
function addressIn(text) {
  return text.trim().toLowerCase() || null;
}
