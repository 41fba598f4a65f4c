/** @import { Preview } from '../app/types.js' */
/** @import { Placed } from './lanes.js' */
import { dotVars } from '../ui/colors.js';
import { fill, foreign, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { note } from '../ui/notice.js';
import { firstOfMonth, monthName, number, today } from '../ui/time.js';

/** Projects that the legend names. */
const MAX_LEGEND = 8;

/**
 * The elements around the month or agenda.
 *
 * @param {{ bar: HTMLElement, popover: HTMLElement, switchTo: (mode: string) => void }} params
 */
export function previewFrame({ bar, popover, switchTo }) {
  const name = h('h2', { class: 'preview-name', id: 'preview-name', tabindex: '-1' }, 'Preview');
  const tabs = ['Month', 'Agenda'].map((mode) => {
    const tab = h('button', { type: 'button', 'aria-pressed': 'false' }, mode);
    tab.addEventListener('click', () => switchTo(mode));
    return tab;
  });
  const head = h(
    'div',
    { class: 'preview-head' },
    name,
    h('div', { class: 'segmented', role: 'group', 'aria-label': 'Preview as' }, ...tabs),
  );
  const progress = h('div', { class: 'progress', 'aria-hidden': 'true' });
  const problem = h('div', { class: 'preview-problem' });
  const partial = h('div', { class: 'preview-problem', role: 'status' });
  const legend = h('ul', { class: 'legend', 'aria-label': 'Projects', hidden: true });
  const body = h('div', { class: 'preview-body' });
  const foot = h('div', { class: 'preview-foot' });
  const attributes = { class: 'preview', 'aria-labelledby': 'preview-name' };
  const element = h('section', attributes, progress, head, bar, problem, partial, legend, body, foot, popover);

  /** @param {Preview} preview @param {{ name: string, color: string }[]} projects */
  function showHead(preview, projects) {
    element.style.setProperty('--calendar', preview.color ?? 'var(--accent)');
    fill(name, foreign(preview.name));
    fill(problem, truncationNote(preview));
    drawLegend(legend, projects);
  }

  /** Shows no calendar. */
  function clear() {
    name.textContent = 'Preview';
    drawLegend(legend, []);
    fill(partial);
    fill(foot);
  }

  /** @param {string} mode @param {HTMLElement} content */
  function showMode(mode, content) {
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.textContent === mode)));
    if (body.firstElementChild !== content) fill(body, content);
    body.classList.toggle('is-agenda', mode === 'Agenda');
  }

  /** Scrolls to the preview and moves the focus there. */
  function reveal() {
    const isReduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.scrollIntoView({ behavior: isReduced ? 'auto' : 'smooth', block: 'start' });
    name.focus({ preventScroll: true });
  }

  return { element, problem, partial, foot, clear, showHead, showMode, reveal };
}

/**
 * The bar above the calendar: the month's name, a jump to the nearest events, and buttons to move.
 *
 * @param {{ day: () => number, goTo: (day: number) => void }} params
 */
export function monthBar({ day, goTo }) {
  const label = h('p', { class: 'month-label', 'aria-live': 'polite' });
  const elsewhere = h('div', { class: 'elsewhere' });
  const todayButton = h('button', { type: 'button', class: 'small', onclick: () => goTo(today()) }, 'Today');
  /** @param {string} name @param {string} shape @param {number} months */
  const move = (name, shape, months) => {
    const onclick = () => goTo(firstOfMonth(day(), months));
    return h('button', { type: 'button', class: 'icon-button', 'aria-label': name, onclick }, icon(shape));
  };
  const steps = h(
    'div',
    { class: 'month-steps' },
    move('Previous month', 'left', -1),
    todayButton,
    move('Next month', 'right', 1),
  );

  /** @param {{ isMonth: boolean, dated: Placed[], total: number | null }} params total: null before the first preview */
  function draw({ isMonth, dated, total }) {
    label.textContent = isMonth ? monthName(day()) : 'From today on';
    steps.classList.toggle('is-away', !isMonth);
    const [first, end] = [firstOfMonth(day()), firstOfMonth(day(), 1)];
    const isEmpty = isMonth && total !== null && !dated.some(({ start, last }) => start < end && last >= first);
    const other = dated.find(({ start }) => start >= end) ?? dated.findLast(({ start }) => start < first);
    fill(
      elsewhere,
      total === 0 ? 'No events match these choices.' : isEmpty && other ? ['No events, ', jump(other.start)] : null,
    );
  }

  /** @param {number} to */
  function jump(to) {
    return h('button', { type: 'button', class: 'link', onclick: () => goTo(to) }, `go to ${monthName(to)}`);
  }

  return { element: h('div', { class: 'month-bar' }, label, elsewhere, steps), draw };
}

/** @param {HTMLElement} legend @param {{ name: string, color: string }[]} entries */
function drawLegend(legend, entries) {
  const more = entries.length - MAX_LEGEND;
  const rows = entries
    .slice(0, more > 1 ? MAX_LEGEND : undefined)
    .map(({ name, color }) => h('li', { class: 'with-dot', vars: dotVars(color) }, foreign(name)));
  fill(legend, ...rows, more > 1 ? h('li', { class: 'hint' }, `and ${more} more`) : null);
  legend.hidden = entries.length === 0;
}

/** @param {Preview} preview */
function truncationNote({ more, events }) {
  if (!more) return null;
  const shown =
    events.length === 0
      ? 'no events, as none are within a year of today'
      : `the ${number(events.length)} events nearest to today`;
  return note('info', `The preview shows ${shown}; the calendar contains more.`);
}
