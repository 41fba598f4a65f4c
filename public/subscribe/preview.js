/** @import { SubscriptionPreview } from '../app/types.js' */
import { createCalendar } from '../preview/calendar.js';
import { placed } from '../preview/lanes.js';
import { colorsOfProjects } from '../ui/colors.js';
import { fill, h } from '../ui/dom.js';
import { note } from '../ui/notice.js';
import { count, number } from '../ui/time.js';

/** Events of a phone's list at first; more come at a press. */
const SHORT_LIST = 12;

/** What the calendar contains, as it is now. @param {boolean} isPhone on which a month has no room for titles */
export function createContents(isPhone) {
  const calendar = createCalendar(isPhone ? { initial: 'Agenda', step: SHORT_LIST } : {});
  const { frame } = calendar;
  let shown = '';

  /** @param {SubscriptionPreview} preview */
  function show(preview) {
    const key = JSON.stringify(preview);
    if (key === shown) return;
    shown = key;
    const { events, count: total, color, partial } = preview;
    // The list of what is overdue belongs to no project.
    const ofProjects = events.filter(({ project }) => Boolean(project));
    const colors = colorsOfProjects(ofProjects, []);
    const colored = events.map((event) => ({ ...event, color: colors.get(event.project ?? '')?.color ?? event.color }));
    const head = { ...preview, name: 'Contents', description: '', color, count: events.length };
    frame.showHead(head, [...colors.values()]);
    calendar.show(placed(colored), total);
    fill(
      frame.partial,
      partial ? note('warn', 'Some projects are missing: they are still being read from Plane.') : null,
    );
    fill(frame.foot, h('p', { class: 'hint' }, sizeInWords(preview, calendar.hiddenUndated())));
  }

  return { element: frame.element, show };
}

/** @param {SubscriptionPreview} preview @param {number} undated the number of events that the month can't show */
function sizeInWords({ count: total, events }, undated) {
  const noun = events.length > 0 && events.every(({ kind }) => kind === 'todo') ? 'to-do' : 'event';
  const without = undated === 0 ? '' : `, ${number(undated)} of them without a date`;
  const part = events.length < total ? ` Shown here: the ${number(events.length)} nearest to today.` : '';
  return `${count(total, noun)}${without}.${part}`;
}
