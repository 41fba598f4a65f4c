/** @import { Project, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { noProjectsOfMember } from '../feeds/no-projects.js';
import { dotVars } from '../ui/colors.js';
import { foreign, h } from '../ui/dom.js';
import { load } from '../ui/notice.js';
import { count, dateInWords } from '../ui/time.js';

/** What a member can make links of: the projects they are in, and their own work. @param {ViewContext} context @returns {View} */
export function memberCalendarsView({ session, signal }) {
  const region = h('div', { class: 'stack' });
  const element = h(
    'div',
    { class: 'narrow' },
    h('h1', {}, 'Calendars'),
    h('p', { class: 'lead' }, 'Choose a project to preview its calendar and get a link for your calendar app.'),
    expiry(session.member),
    region,
  );
  void load(region, api.projects, (projects) => draw(projects, session.member?.id ?? ''), signal);
  return { title: 'Calendars', element };
}

/** @param {{ name: string, until: string } | null | undefined} member */
function expiry(member) {
  if (!member) return null;
  const day = h('time', { datetime: member.until }, dateInWords(member.until));
  return h(
    'p',
    { class: 'hint' },
    'Signed in as ',
    foreign(member.name),
    '. Your links work until ',
    day,
    '; then they pause until you sign in again.',
  );
}

/** @param {Project[]} projects @param {string} memberId */
function draw(projects, memberId) {
  if (projects.length === 0) return [noProjectsOfMember()];
  const mine = h(
    'li',
    { class: 'row' },
    h(
      'div',
      { class: 'row-text' },
      h('h2', { class: 'row-title' }, 'My work'),
      h('p', { class: 'row-state' }, 'Everything assigned to you, in all of these projects'),
    ),
    getLink(`#/new?person=${encodeURIComponent(memberId)}`, 'my work'),
  );
  return [h('ul', { class: 'rows' }, mine, ...projects.map(projectRow))];
}

/** @param {Project} project */
function projectRow({ identifier, name, color, items, archived }) {
  const title = h(
    'h2',
    { class: 'row-title' },
    h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(name)),
    h('span', { class: 'key' }, identifier),
  );
  const state = `${items === null ? 'Not loaded yet' : count(items, 'work item')}${archived ? ' · archived in Plane' : ''}`;
  const text = h('div', { class: 'row-text' }, title, h('p', { class: 'row-state' }, state));
  return h('li', { class: 'row' }, text, getLink(`#/new?project=${encodeURIComponent(identifier)}`, name));
}

/** @param {string} href @param {string} what */
function getLink(href, what) {
  return h('a', { class: 'button', href, 'aria-label': `Get link: ${what}` }, 'Get link');
}
