/** @import { NewLink } from '../app/types.js' */
import { copy } from '../ui/clipboard.js';
import { h } from '../ui/dom.js';
import { hasPlanePart } from '../ui/words.js';

/** The invitation to a calendar: a short message for the person who will subscribe. */

const WHAT = 'You can follow this calendar from your own calendar app.';
const OF_PLANE = 'It shows work planned in Plane and updates itself.';
const OF_OTHERS = 'It updates itself.';
const HOW = 'Open the page to see it and to add it:';
const SECRET = 'The address is for you alone: anyone who has it can read the calendar.';

/**
 * Copies an invitation, as plain text and as HTML. It has the address of the subscribe page, never that of the calendar: a calendar that is
 * opened in a browser becomes a copy that never changes.
 *
 * @param {Pick<NewLink, 'name' | 'scope' | 'subscribe_url'>} link
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
export function copyInvitation({ name, scope, subscribe_url: subscribeUrl }) {
  const what = `${WHAT} ${hasPlanePart(scope) ? OF_PLANE : OF_OTHERS}`;
  const text = [name, '', what, `${HOW} ${subscribeUrl}`, '', SECRET, ''].join('\n');
  const link = h('a', { href: subscribeUrl }, subscribeUrl);
  const html = h(
    'div',
    {},
    h('p', {}, h('strong', { dir: 'auto' }, name)),
    h('p', {}, what),
    h('p', {}, `${HOW} `, link),
    h('p', {}, SECRET),
  );
  return copy(text, html.outerHTML);
}
