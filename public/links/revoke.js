/** @import { Link } from '../app/types.js' */
import { api } from '../app/api.js';
import { foreign, h } from '../ui/dom.js';
import { confirmDialog, showToast } from '../ui/notice.js';
import { capital } from '../ui/words.js';

/** What happens to the subscribers of an address that ends. */
export const CONSEQUENCE =
  'Subscribers see one event, “This calendar link was disabled”, for 30 days. After that, their app reports an error.';

/** Revokes a link after a confirmation. @param {Link} link @param {() => unknown} done */
export async function revoke({ id, name, for: person, last_fetch: last }, done) {
  const yes = await confirmDialog({
    title: 'Revoke this link?',
    body: [
      h(
        'p',
        {},
        '“',
        foreign(name),
        '”',
        person === null ? null : [' for ', foreign(person)],
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
