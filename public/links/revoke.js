/** @import { Link, Project, Session } from '../app/types.js' */
import { api } from '../app/api.js';
import { copy } from '../ui/clipboard.js';
import { foreign, h } from '../ui/dom.js';
import { confirmDialog, showDialog, showToast } from '../ui/notice.js';
import { projectsIn, scopeOf } from '../feeds/scope.js';
import { linkResult } from './result.js';
import { capital } from '../ui/words.js';

/** Actions that disable an address, each after a confirmation. */

const CONSEQUENCE =
  'Subscribers see one event, “This calendar link was disabled”, for 30 days. After that, their app reports an error.';

/** Replaces the address of a link. @param {Link} link @param {{ session: Session, projects: Project[], done: () => unknown }} params */
export async function rotate({ id, name, scope }, { session, projects, done }) {
  const yes = await confirmDialog({
    title: 'Create a new address?',
    body: [
      h('p', {}, 'The old address of ', foreign(name), ' stops working.'),
      h('p', {}, `${CONSEQUENCE} Give them the new address.`),
    ],
    confirm: 'Create new address',
    danger: true,
  });
  if (!yes) return;
  const created = api.rotateLink(id);
  const [link, copied] = await Promise.all([created, copy(created.then(({ url }) => url))]);
  done();
  const lifetime = new AbortController();
  const { element } = linkResult({
    url: link.url,
    name: link.name,
    copied,
    title: copied ? 'New address created and copied' : 'New address created',
    session,
    projects: projectsIn(scopeOf(scope, projects, []), projects),
    signal: lifetime.signal,
  });
  const close = h('button', { type: 'button', onclick: () => dialog.close('') }, 'Done');
  const dialog = h(
    'dialog',
    { class: 'wide', 'aria-label': 'New address' },
    element,
    h('div', { class: 'actions' }, close),
  );
  await showDialog(dialog);
  lifetime.abort();
}

/** Revokes a link. @param {Link} link @param {() => unknown} done */
export async function revoke({ id, name, last_fetch: last }, done) {
  const yes = await confirmDialog({
    title: 'Revoke this link?',
    body: [
      h(
        'p',
        {},
        foreign(name),
        ' stops working and can’t be restored.',
        last ? ` ${capital(last.client)} fetched it recently.` : '',
      ),
      h('p', {}, CONSEQUENCE),
    ],
    confirm: 'Revoke',
    danger: true,
  });
  if (!yes) return;
  await api.revokeLink(id);
  showToast('Link revoked.');
  done();
}
