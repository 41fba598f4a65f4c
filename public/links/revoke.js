/** @import { Link } from '../app/types.js' */
import { api } from '../app/api.js';
import { copy } from '../ui/clipboard.js';
import { foreign, h } from '../ui/dom.js';
import { confirmed, say, shown } from '../ui/notice.js';
import { linkResult } from './result.js';

/** What ends an address: asked about first. */

/** A new address for a link. @param {Link} link @param {() => unknown} done */
export async function rotate({ id, name }, done) {
  const yes = await confirmed({
    title: 'Make a new address?',
    body: [
      h('p', {}, 'The old address of ', foreign(name), ' stops working.'),
      h(
        'p',
        {},
        'Whoever subscribed to it sees one entry, “This calendar link was disabled”, for 30 days. After that their program reports an error. Give them the new address.',
      ),
    ],
    confirm: 'Make a new address',
  });
  if (!yes) return;
  const made = api.rotateLink(id);
  const [link, copied] = await Promise.all([made, copy(made.then(({ url }) => url))]);
  done();
  const { element } = linkResult({
    url: link.url,
    name: link.name,
    copied,
    title: copied ? 'New address, copied' : 'New address',
  });
  const close = h('button', { type: 'button', onclick: () => dialog.close('') }, 'Done');
  const dialog = h(
    'dialog',
    { class: 'wide', 'aria-label': 'New address' },
    element,
    h('div', { class: 'actions' }, close),
  );
  await shown(dialog);
}

/** The end of a link. @param {Link} link @param {() => unknown} done */
export async function revoke({ id, name, last_fetch: last }, done) {
  const yes = await confirmed({
    title: 'Revoke this link?',
    body: [
      h('p', {}, foreign(name), ' can’t be brought back.', last ? ` ${last.client} fetched it lately.` : ''),
      h(
        'p',
        {},
        'Whoever subscribed to it sees one entry, “This calendar link was disabled”, for 30 days. After that their program reports an error.',
      ),
    ],
    confirm: 'Revoke',
    danger: true,
  });
  if (!yes) return;
  await api.revokeLink(id);
  say('The link is revoked.');
  done();
}
