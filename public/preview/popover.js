/** @import { CalendarEvent } from '../app/types.js' */
/** @import { Placed } from './lanes.js' */
import { fill, foreign, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { count, hourInWords, longDay, relativeDay, shortDay, spanInWords } from '../ui/time.js';
import { placed } from './lanes.js';

/** The popover of the preview: the list of a day, or one event. */

const GAP = 8;

/** Returns the custom property for the colour of an event. @param {CalendarEvent} event @returns {Record<string, string>} */
export function colorVars({ color }) {
  return color === null ? {} : { '--event': color };
}

/**
 * Returns a title with its key isolated, so that the direction of the title is that of its name (`dir="auto"` skips isolated text).
 *
 * @param {string} title
 */
export function titleParts(title) {
  const [, mark = '', key, rest = ''] = /^([✓✗]?\s*)(\[?\p{Lu}[\p{Lu}\d_]*-\d+\]?:?)(\s.+)$/su.exec(title) ?? [];
  return key === undefined ? [title] : [mark, h('bdi', {}, key), rest];
}

/** Returns what distinguishes an event from all others: a series has one UID. @param {CalendarEvent} event */
export function eventKey({ uid, start, starts_at: at }) {
  return `${uid} ${at ?? start ?? ''}`;
}

/** Returns the time of an event on a day, such as "09:00–10:30" or "until 10:30"; null where it takes the whole day. @param {Placed} placed @param {number} day */
export function timeInWords({ event, start, last }, day) {
  const { starts_at: from, ends_at: to = from } = event;
  if (from === undefined || to === undefined) return null;
  if (start === last) return rangeInWords(from, to);
  if (day === start) return `from ${hourInWords(from)}`;
  return day === last ? `until ${hourInWords(to)}` : null;
}

/** @param {string} from @param {string} to */
function rangeInWords(from, to) {
  return from === to ? hourInWords(from) : `${hourInWords(from)}–${hourInWords(to)}`;
}

/** A line in a list of events. @param {CalendarEvent} event @param {string | null} when @param {(event: CalendarEvent, anchor: Element) => void} open */
export function eventLine(event, when, open) {
  const button = h(
    'button',
    { type: 'button', class: `event-line${doneClass(event)}`, vars: colorVars(event), 'data-event': eventKey(event) },
    h('span', { class: 'event-title', dir: 'auto' }, titleParts(event.title)),
    when === null ? null : h('span', { class: 'event-when' }, when),
  );
  button.addEventListener('click', () => open(event, button));
  return button;
}

/** Returns the class for completed and cancelled events. @param {CalendarEvent} event */
export function doneClass({ title, status }) {
  return /^[✓✗]/.test(title) || status === 'COMPLETED' || status === 'CANCELLED' ? ' is-done' : '';
}

/** Creates the popover. Escape or a click outside closes it. */
export function createPopover() {
  const title = h('h3', { class: 'popover-title', tabindex: '-1', id: 'popover-title' });
  const body = h('div', { class: 'popover-body' });
  const close = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close' }, icon('close'));
  const element = h(
    'div',
    { class: 'popover', popover: 'auto', role: 'dialog', 'aria-labelledby': 'popover-title' },
    h('div', { class: 'popover-head' }, title, close),
    body,
  );
  /** @type {Element | null} */
  let opener = null;
  close.addEventListener('click', () => element.hidePopover());
  element.addEventListener('toggle', (event) => {
    const isClosed = /** @type {ToggleEvent} */ (event).newState === 'closed';
    if (isClosed && opener instanceof HTMLElement && document.activeElement === document.body) opener.focus();
  });

  /** @param {Element} anchor */
  function open(anchor) {
    if (!element.contains(anchor)) opener = anchor;
    element.showPopover();
    if (opener) place(element, opener);
    title.focus({ preventScroll: true });
  }

  /** @param {CalendarEvent} event @param {Element} anchor @param {(() => void) | null} [back] */
  function showEvent(event, anchor, back = null) {
    fill(title, titleParts(event.title));
    title.dir = 'auto';
    fill(body, ...eventDetails(event));
    if (back)
      body.append(
        h('p', {}, h('button', { type: 'button', class: 'small', onclick: back }, icon('left'), 'Back to the day')),
      );
    open(anchor);
  }

  /** @param {number} day @param {Placed[]} list @param {Element} anchor */
  function showDay(day, list, anchor) {
    fill(title, longDay(day));
    const lines = list.map((one) => {
      const part = one.start === one.last ? null : `day ${day - one.start + 1} of ${one.last - one.start + 1}`;
      const when = [timeInWords(one, day), part].filter((words) => words !== null).join(', ') || null;
      return h(
        'li',
        {},
        eventLine(one.event, when, (event, line) => showEvent(event, line, () => showDay(day, list, anchor))),
      );
    });
    const total = list.length === 0 ? 'Nothing on this day.' : count(list.length, 'item');
    fill(body, h('p', { class: 'hint' }, `${total} · ${relativeDay(day)}`), h('ul', { class: 'event-list' }, ...lines));
    open(anchor);
  }

  return { element, showEvent, showDay };
}

/** @param {CalendarEvent} event */
function whenInWords(event) {
  const [dated] = placed([event]).dated;
  if (!dated) return 'Without a date';
  const days = spanInWords(dated.start, dated.last);
  const { starts_at: from, ends_at: to = from } = event;
  if (from === undefined || to === undefined) return days;
  if (dated.start === dated.last) return `${days}, ${rangeInWords(from, to)}`;
  return `${shortDay(dated.start)}, ${hourInWords(from)} – ${shortDay(dated.last)}, ${hourInWords(to)}`;
}

/** @param {CalendarEvent} event */
function eventDetails(event) {
  const { description, url, status, kind } = event;
  const text = [(description ?? '').trim()].map((one) =>
    url && one.endsWith(url) ? one.slice(0, -url.length).trim() : one,
  )[0];
  const kinds = kind === 'todo' ? `To-do${status ? ` · ${status.toLowerCase().replace('-', ' ')}` : ''}` : null;
  const isLink = url !== null && /^https?:/.test(url);
  return [
    h('p', { class: 'popover-when', vars: colorVars(event) }, whenInWords(event), kinds ? ` · ${kinds}` : ''),
    text ? h('p', { class: 'popover-text', dir: 'auto' }, text) : null,
    text || url === null ? null : h('p', { class: 'hint' }, 'No description.'),
    event.from === undefined ? null : h('p', { class: 'hint' }, 'From the calendar ', foreign(event.from), '.'),
    event.categories.length > 0
      ? h('p', { class: 'chips' }, ...event.categories.map((one) => foreign(one, 'chip')))
      : null,
    isLink
      ? h('p', {}, h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, 'Open in Plane', icon('out')))
      : null,
  ];
}

/** Places the popover next to its anchor, or at the bottom of a narrow screen. @param {HTMLElement} element @param {Element} anchor */
function place(element, anchor) {
  const isNarrow = innerWidth < 600;
  element.classList.toggle('sheet', isNarrow);
  if (isNarrow) {
    element.style.removeProperty('left');
    element.style.removeProperty('top');
    return;
  }
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = Math.min(Math.max(GAP, box.left), innerWidth - width - GAP);
  const below = box.bottom + GAP;
  const top = below + height < innerHeight ? below : Math.max(GAP, box.top - height - GAP);
  element.style.setProperty('left', `${left}px`);
  element.style.setProperty('top', `${top}px`);
}
