/** @import { Link, Project, Session } from '../../app/types.js' */
import { foreign, h, refresh } from '../../ui/dom.js';
import { actionMenu } from '../../ui/menu.js';
import { note } from '../../ui/notice.js';
import { count } from '../../ui/time.js';
import { capital, feedInWords, fetchInWords, lastFetchInWords } from '../../ui/words.js';
import { revoke } from '../revoke.js';
import { rotate } from '../rotate.js';
import { createdInWords, fullName, stateLabels } from '../state.js';

/**
 * A link in the list.
 *
 * @param {Link} link
 * @param {{ isNamesake: boolean, projects: Project[], session: Session, reload: () => unknown, removed: () => unknown }} params isNamesake: another link has the same name, for the same person
 */
export function linkCard(link, { isNamesake, projects, session, reload, removed }) {
  const path = `#/links/${encodeURIComponent(link.id)}`;
  const named = fullName(link, isNamesake);
  const labels = h('p', { class: 'labels' });
  const access = h('div', { class: 'access' });
  const warning = h('div', {});
  let current = link;

  /** @param {Link} next */
  function update(next) {
    current = next;
    const states = stateLabels(next);
    labels.hidden = states.length === 0;
    refresh(labels, ...states);
    refresh(access, lastFetchInWords(next), otherFetches(next, access.querySelector('details')?.open ?? false));
    refresh(warning, next.size?.warning ? note('warn', next.size.warning) : null);
  }

  update(link);
  const menu = actionMenu({
    label: 'More',
    name: `More for ${named}`,
    actions: [
      {
        label: 'New address…',
        name: `New address for ${named}`,
        run: () => rotate(current, { session, done: reload }),
      },
      { label: 'Revoke…', name: `Revoke ${named}`, danger: true, run: () => revoke(current, removed) },
    ],
  });
  const { name, for: person, owner } = link;
  const by = owner?.name && session.role !== 'member' ? [' by ', foreign(owner.name)] : [];
  const created = ['created ', createdInWords(link, isNamesake), ...by];
  const row = h(
    'li',
    { class: 'row link-card' },
    h(
      'div',
      { class: 'row-text' },
      h(
        'h2',
        { class: 'row-title' },
        h('a', { href: path }, foreign(name)),
        person === null ? null : h('span', { class: 'for-whom' }, 'for ', foreign(person)),
      ),
      labels,
      h(
        'p',
        { class: 'row-state' },
        foreign(capital(feedInWords(link, projects, session.defaults ?? {}))),
        ' · ',
        ...created,
      ),
      access,
      warning,
    ),
    h(
      'div',
      { class: 'row-actions' },
      h('a', { class: 'button', href: path, 'aria-label': `Edit ${named}` }, 'Edit'),
      menu,
    ),
  );
  return { row, update };
}

/** The fetches besides the last one. @param {Link} link @param {boolean} open */
function otherFetches({ fetches }, open) {
  const [, ...others] = fetches;
  if (others.length === 0) return null;
  return h(
    'details',
    { class: 'disclosure', open },
    h('summary', {}, count(others.length, 'more app')),
    h('ul', { class: 'plain' }, ...others.map((one) => h('li', {}, fetchInWords(one)))),
  );
}
