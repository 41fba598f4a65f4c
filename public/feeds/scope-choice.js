/** @import { OtherCalendar, Project, Member, Scope } from '../app/types.js' */
import { shorten } from '../ui/truncate.js';

/** What the calendar includes. The choice is remembered for each kind, so that switching back loses nothing. */
/** @typedef {{ kind: 'projects' | 'all' | 'person' | 'none', projects: string[], person: string, calendars: string[] }} ScopeChoice kind: what it has of Plane */
/** @typedef {{ projects: Project[], members: Member[], calendars: OtherCalendar[], isMember: boolean }} Offer what can be chosen. A member can choose projects and their own work; `members` are they alone */

/** The API's limit, in characters. */
const MAX_NAME = 100;

/** Returns the scope as the API takes it; null when nothing is chosen yet. @param {ScopeChoice} choice */
export function scopeRequest(choice) {
  const { calendars } = choice;
  if (choice.kind === 'none') return calendars.length === 0 ? null : { calendars };
  const part = planeRequest(choice);
  return part === null || calendars.length === 0 ? part : { ...part, calendars };
}

/** @param {ScopeChoice} choice */
function planeRequest({ kind, projects, person }) {
  if (kind === 'all') return { all: true };
  if (kind === 'person') return person === '' ? null : { person };
  return projects.length === 0 ? null : { projects };
}

/** Returns the projects that a scope includes. A person's work items may be in any of them. @param {ScopeChoice} choice @param {Project[]} projects */
export function projectsIn({ kind, projects: ids }, projects) {
  if (kind === 'none') return [];
  return kind === 'projects' ? projects.filter(({ id }) => ids.includes(id)) : projects;
}

/** Returns what to choose before the scope is complete. @param {ScopeChoice} choice */
export function scopeError({ kind }) {
  if (kind === 'none') return 'Choose at least one calendar.';
  return kind === 'person' ? 'Choose a person.' : 'Choose at least one project.';
}

/** Returns a default name for a scope. @param {ScopeChoice} choice @param {Offer} offer */
export function scopeName(choice, offer) {
  const others = choice.calendars.map((id) => calendarName(id, offer.calendars));
  return shorten([planeName(choice, offer), ...others].filter((name) => name !== '').join(', '), MAX_NAME);
}

/** @param {ScopeChoice} choice @param {Offer} offer */
function planeName({ kind, projects: ids, person }, { projects, members, isMember }) {
  if (kind === 'none') return '';
  if (kind === 'all') return 'All projects';
  if (kind === 'person' && isMember) return 'My work';
  if (kind === 'person') return members.find(({ id }) => id === person)?.display_name ?? '';
  return ids.map((id) => projects.find((one) => one.id === id)?.name ?? id).join(', ');
}

/** Returns the name of a calendar, also of one that was removed. @param {string} id @param {OtherCalendar[]} calendars */
export function calendarName(id, calendars) {
  return calendars.find((one) => one.id === id)?.name ?? 'Removed calendar';
}

/** Returns the scope in the page's URL, or everything when it names nothing that exists. @param {URLSearchParams} query @param {Offer} offer @returns {ScopeChoice} */
export function scopeOfQuery(query, { projects, members, calendars: offered, isMember }) {
  const keys = query.getAll('project');
  const found = projects
    .filter(({ id, identifier }) => keys.includes(id) || keys.includes(identifier))
    .map(({ id }) => id);
  const person = members.find(({ id }) => id === query.get('person'))?.id ?? '';
  const ids = query.getAll('calendar');
  const calendars = offered.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  const rest = calendars.length > 0 ? 'none' : isMember ? 'projects' : 'all';
  const kind = found.length > 0 ? 'projects' : query.has('person') ? 'person' : rest;
  return { kind, projects: found, person, calendars };
}

/** Parses a scope from the API into that of the form. @param {Scope} scope @param {Offer} offer @returns {ScopeChoice} */
export function scopeOf(scope, { projects, members }) {
  const calendars = scope.calendar_ids ?? scope.calendars ?? [];
  const none = { projects: [], person: '', calendars };
  if ('all' in scope) return { ...none, kind: 'all' };
  if ('person' in scope) {
    const person = scope.person_id ?? members.find((one) => one.display_name === scope.person)?.id ?? scope.person;
    return { ...none, kind: 'person', person };
  }
  if (!('projects' in scope)) return { ...none, kind: 'none' };
  const ids =
    scope.project_ids ?? scope.projects.map((key) => projects.find((one) => one.identifier === key)?.id ?? key);
  const kind = ids.length === 0 && calendars.length > 0 ? 'none' : 'projects';
  return { ...none, kind, projects: ids };
}
