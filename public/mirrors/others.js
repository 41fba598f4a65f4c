/** @import { Mirror } from '../app/types.js' */
import { fill, h } from '../ui/dom.js';
import { check, group } from '../ui/fields.js';
import { note } from '../ui/notice.js';

/** How a mirror treats what is not from Plane: past events of other calendars, and events that it didn't create. */

const WARNING =
  'Everything in that calendar that this mirror didn’t create is deleted. It is backed up first, listed in the plan, and deleted only after you have confirmed that. Servers that send invitations don’t allow it.';

/** @param {boolean} value @param {(isKept: boolean) => void} changed */
export function keepOthersField(value, changed) {
  const warning = h('div', {});
  const draw = (/** @type {boolean} */ isKept) => fill(warning, isKept ? null : note('warn', WARNING));
  draw(value);
  const field = check(
    'Keep others’ events',
    value,
    (isKept) => {
      draw(isKept);
      changed(isKept);
    },
    'Events in that calendar that this mirror didn’t create are never touched.',
  );
  return group('What others put into the calendar', field, warning);
}

/** Whether past events of other calendars are copied too. @param {Pick<Mirror, 'past_events'>} [start] @param {() => void} [changed] */
export function pastEventsField({ past_events: initial = false } = {}, changed = () => undefined) {
  let value = initial;
  const element = check(
    'Also past events',
    value,
    (isOn) => {
      value = isOn;
      changed();
    },
    'Without it, the copy begins today, or as far back as the date range says.',
  );
  return { element, toRequest: () => (value === initial ? {} : { past_events: value }) };
}
