/** @import { Health } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { note } from '../ui/notice.js';

/** Why a member has nothing to choose from. */
export function noProjectsOfMember() {
  return note('warn', 'None of the projects you are in is published here. Ask the administrator of this page.');
}

/** Why there is nothing to choose from. @param {Health | null} health */
export function noProjects(health) {
  if (health?.last_error)
    return note('bad', h('p', {}, health.last_error), h('p', {}, h('a', { href: '#/status' }, 'View status')));
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, 'This API key can’t see any projects.'),
    h(
      'p',
      { class: 'hint' },
      'Add the key’s user to a project in Plane, or check ',
      h('code', {}, 'PLANE_PROJECTS'),
      '. Projects appear here within a minute.',
    ),
  );
}
