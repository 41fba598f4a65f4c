/** @import { Preview, CalendarEvent, Project } from '../app/types.js' */
/** @import { Options } from '../feeds/options.js' */
/** @import { Placed } from './lanes.js' */
import { api, messageOf } from '../app/api.js';
import { createAgenda } from './agenda.js';
import { colorsOfProjects, dotVars } from '../ui/colors.js';
import { debounced, fill, foreign, h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { placed } from './lanes.js';
import { createMonth } from './month.js';
import { note, say } from '../ui/notice.js';
import { createPeek } from './popover.js';
import { previewFoot } from './preview-foot.js';
import { firstOfMonth, monthName, number, today } from '../ui/time.js';

const WAIT_MS = 250;
const SLOW_MS = 300;
const KEY = 'plane-ics-preview';
/** As many projects as the legend names. */
const TOLD = 8;

/**
 * The calendar as it will be, kept up to date with the form.
 *
 * @param {{ wish: () => unknown, options: () => Options, projects: Project[], isLink: boolean, drawn: (preview: Preview) => void, signal: AbortSignal }} how
 */
export function createPreview({ wish, options, projects, isLink, drawn, signal }) {
  const peek = createPeek();
  const month = createMonth({ openEvent: peek.showEvent, openDay: peek.showDay, moved: (day) => goTo(day) });
  const agenda = createAgenda(peek.showEvent);
  const name = h('h2', { class: 'preview-name', id: 'preview-name', tabindex: '-1' }, 'Preview');
  const label = h('p', { class: 'month-label', 'aria-live': 'polite' });
  const previous = h(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': 'Previous month',
      onclick: () => goTo(firstOfMonth(day, -1)),
    },
    icon('left'),
  );
  const next = h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': 'Next month', onclick: () => goTo(firstOfMonth(day, 1)) },
    icon('right'),
  );
  const now = h('button', { type: 'button', class: 'small', onclick: () => goTo(today()) }, 'Today');
  const steps = h('div', { class: 'month-steps' }, previous, now, next);
  const elsewhere = h('div', { class: 'elsewhere' });
  const problem = h('div', { class: 'preview-problem' });
  const legend = h('ul', { class: 'legend', 'aria-label': 'Projects', hidden: true });
  const foot = h('div', { class: 'preview-foot' });
  const stage = h('div', { class: 'stage' });
  const tabs = ['Month', 'Agenda'].map((one) => {
    const tab = h('button', { type: 'button', 'aria-pressed': 'false' }, one);
    tab.addEventListener('click', () => switchTo(one));
    return tab;
  });
  const head = h(
    'div',
    { class: 'preview-head' },
    name,
    h('div', { class: 'segmented', role: 'group', 'aria-label': 'Preview as' }, ...tabs),
  );
  const bar = h('div', { class: 'month-bar' }, label, elsewhere, steps);
  const progress = h('div', { class: 'progress', 'aria-hidden': 'true' });
  const element = h(
    'section',
    { class: 'preview', 'aria-labelledby': 'preview-name' },
    progress,
    head,
    bar,
    problem,
    legend,
    stage,
    foot,
    peek.element,
  );

  let day = today();
  let mode = sessionStorage.getItem(KEY) === 'Agenda' ? 'Agenda' : 'Month';
  /** @type {Preview | null} */
  let held = null;
  /** @type {{ dated: Placed[], undated: CalendarEvent[] }} */
  let events = { dated: [], undated: [] };
  let asking = new AbortController();

  /** @param {number} to */
  function goTo(to) {
    const isOtherMonth = firstOfMonth(to) !== firstOfMonth(day);
    day = to;
    month.draw(events.dated, day);
    if (isOtherMonth) drawBar();
  }

  /** @param {string} to */
  function switchTo(to) {
    mode = to;
    sessionStorage.setItem(KEY, to);
    draw();
  }

  function drawBar() {
    label.textContent = mode === 'Month' ? monthName(day) : 'From today on';
    steps.classList.toggle('is-away', mode !== 'Month');
    const [first, end] = [firstOfMonth(day), firstOfMonth(day, 1)];
    const isEmpty =
      mode === 'Month' && held !== null && !events.dated.some(({ start, last }) => start < end && last >= first);
    const other = events.dated.find(({ start }) => start >= end) ?? events.dated.findLast(({ start }) => start < first);
    const jump = (/** @type {number} */ to) =>
      h('button', { type: 'button', class: 'link', onclick: () => goTo(to) }, `go to ${monthName(to)}`);
    const isVoid = held?.count === 0;
    fill(
      elsewhere,
      isVoid ? 'Nothing to show with these choices.' : isEmpty && other ? ['Nothing here, ', jump(other.start)] : null,
    );
  }

  function draw() {
    tabs.forEach((tab) => tab.setAttribute('aria-pressed', String(tab.textContent === mode)));
    drawBar();
    if (mode === 'Month') month.draw(events.dated, day);
    else agenda.draw(events.dated, events.undated);
    const inner = mode === 'Month' ? month.element : agenda.element;
    if (stage.firstElementChild !== inner) fill(stage, inner);
    stage.classList.toggle('is-agenda', mode === 'Agenda');
  }

  function drawFoot() {
    if (!held) return;
    const undated = mode === 'Month' ? events.undated.length : 0;
    fill(foot, previewFoot(held, options(), { undated, isLink }));
  }

  /** @param {{ name: string, color: string }[]} entries */
  function drawLegend(entries) {
    const more = entries.length - TOLD;
    const told = entries
      .slice(0, more > 1 ? TOLD : undefined)
      .map(({ name: one, color }) => h('li', { class: 'with-dot', vars: dotVars(color) }, foreign(one)));
    fill(legend, ...told, more > 1 ? h('li', { class: 'hint' }, `and ${more} more`) : null);
    legend.hidden = entries.length === 0;
  }

  /** @param {Preview} preview @param {boolean} mark */
  function take(preview, mark) {
    const before = new Map(held?.events.map((event) => [event.uid, JSON.stringify(event)]));
    held = preview;
    const colors = colorsOfProjects(preview.events, projects);
    events = placed(
      preview.events.map((event) => ({ ...event, color: colors.get(event.project ?? '')?.color ?? event.color })),
    );
    drawLegend([...colors.values()]);
    element.style.setProperty('--calendar', preview.color ?? 'var(--accent)');
    fill(name, foreign(preview.name));
    fill(
      problem,
      preview.count > preview.events.length
        ? note(
            'info',
            `Only the first ${number(preview.events.length)} are drawn here; the calendar holds all ${number(preview.count)}.`,
          )
        : null,
    );
    draw();
    drawFoot();
    drawn(preview);
    if (mark) markChanged(preview.events.filter((event) => before.get(event.uid) !== JSON.stringify(event)));
  }

  /** @param {CalendarEvent[]} changed */
  function markChanged(changed) {
    const [first] = changed;
    if (first?.start) {
      const { start } = placed([first]).dated[0] ?? { start: day };
      if (mode === 'Month' && firstOfMonth(start) !== firstOfMonth(day)) goTo(start);
    }
    for (const { event, start } of placed(changed).dated) {
      const own = element.querySelectorAll(`[data-uid="${CSS.escape(event.uid)}"]`);
      const inDay = element.querySelectorAll(`[data-day="${start}"] .more`);
      for (const one of own.length > 0 ? own : inDay) one.classList.add('has-changed');
    }
    say(first ? `Here it is: ${first.title}` : 'What was changed is not in this calendar.');
  }

  async function refresh(mark = false) {
    asking.abort();
    if (signal.aborted) return;
    asking = new AbortController();
    const mine = asking;
    const slow = setTimeout(() => element.classList.add('is-slow'), SLOW_MS);
    try {
      const preview = await api.preview(wish(), mine.signal);
      if (!mine.signal.aborted) take(preview, mark);
    } catch (error) {
      if (!mine.signal.aborted) fill(problem, note('bad', messageOf(error)));
    } finally {
      clearTimeout(slow);
      if (mine === asking) element.classList.remove('is-slow');
    }
  }

  /** @param {string} text */
  function setAside(text) {
    asking.abort();
    fill(problem, note('info', text));
  }

  function reveal() {
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth', block: 'start' });
    name.focus({ preventScroll: true });
  }

  signal.addEventListener('abort', () => asking.abort());
  document.addEventListener('plane-changed', () => refresh(true), { signal });
  draw();
  return { element, refresh: () => void refresh(), later: debounced(() => void refresh(), WAIT_MS), setAside, reveal };
}
