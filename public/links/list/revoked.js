/** @import { Link, Project } from '../../app/types.js' */
import { foreign, h } from '../../ui/dom.js';
import { ago, number } from '../../ui/time.js';
import { scopeInWords } from '../../ui/words.js';
import { moreButton, PAGE } from './more.js';

/** The links that were revoked, drawn when it is opened. @param {Link[]} links @param {Project[]} projects */
export function revokedList(links, projects) {
  if (links.length === 0) return null;
  const rows = h('ul', { class: 'rows' });
  const section = h('details', { class: 'disclosure' }, h('summary', {}, `Revoked (${number(links.length)})`), rows);
  const draw = () => {
    const { length } = rows.children;
    rows.append(...links.slice(length, length + PAGE).map((link) => revokedRow(link, projects)));
    more.update(links.length - rows.children.length);
  };
  const more = moreButton(draw);
  section.append(more.element);
  section.addEventListener('toggle', () => rows.children.length === 0 && draw());
  return section;
}

/** @param {Link} link @param {Project[]} projects */
function revokedRow({ name, for: person, scope, revoked }, projects) {
  return h(
    'li',
    { class: 'row' },
    h(
      'div',
      { class: 'row-text' },
      h(
        'h3',
        { class: 'row-title' },
        foreign(name),
        person === null ? null : h('span', { class: 'for-whom' }, 'for ', foreign(person)),
      ),
      h('p', { class: 'row-state', dir: 'auto' }, `${scopeInWords(scope, projects)} · revoked `, ago(revoked ?? '')),
    ),
  );
}
