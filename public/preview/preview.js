/** @import { OtherCalendar, Preview, CalendarEvent, Project } from '../app/types.js' */
/** @import { Options } from '../feeds/options.js' */
import { api, messageOf } from '../app/api.js';
import { NO_EVENTS, createCalendar } from './calendar.js';
import { colorsOfProjects } from '../ui/colors.js';
import { debounced, fill, h } from '../ui/dom.js';
import { placed } from './lanes.js';
import { partialMark } from './partial.js';
import { eventKey } from './popover.js';
import { note, showToast } from '../ui/notice.js';
import { previewFoot } from './preview-foot.js';

const DEBOUNCE_MS = 250;
/** After this, a progress bar appears. */
const SLOW_MS = 300;

/**
 * The calendar of a form, kept up to date with it.
 *
 * @param {object} params
 * @param {() => unknown} params.feed what the form describes, as the API takes it
 * @param {() => Options} params.options
 * @param {Project[]} params.projects
 * @param {OtherCalendar[]} params.calendars
 * @param {() => Project[]} params.included the projects that the calendar includes
 * @param {boolean} params.isLink
 * @param {(preview: Preview) => void} params.shown called with each new preview
 * @param {AbortSignal} params.signal
 */
export function createPreview({ feed, options, projects, calendars, included, isLink, shown, signal }) {
  const calendar = createCalendar();
  const { frame } = calendar;
  const { element, problem } = frame;
  const others = calendars.map(({ name, color }) => ({ identifier: name, name, color }));
  const otherNames = new Set(calendars.map(({ name }) => name));
  /** @type {Preview | null} */
  let current = null;

  /** Work items are their own origin. @param {CalendarEvent} event */
  const isOther = ({ uid, project }) => otherNames.has(project ?? '') && !uid.startsWith('plane-');

  /** @param {Preview} preview @param {boolean} mark whether to highlight what changed */
  function showPreview(preview, mark) {
    const changed = changedEvents(current, preview);
    current = preview;
    const colors = colorsOfProjects(preview.events, [...projects, ...others]);
    const events = preview.events.map((event) => ({
      ...event,
      color: colors.get(event.project ?? '')?.color ?? event.color,
      ...(isOther(event) && { from: event.project ?? '' }),
    }));
    frame.showHead(preview, [...colors.values()]);
    calendar.show(placed(events), preview.count);
    fill(frame.foot, previewFoot(preview, options(), { undated: calendar.hiddenUndated(), isLink }));
    shown(preview);
    void partial.check();
    if (!mark) return;
    const [first] = placed(changed.slice(0, 1)).dated;
    if (first) calendar.showMonthOf(first.start);
    showChanges(element, changed);
  }

  const partial = partialMark({
    region: frame.partial,
    included: () => (current === null ? [] : included()),
    reload: () => void loader.refresh(false),
    signal,
  });
  const loader = createLoader({
    load: (loadSignal) => api.preview(feed(), loadSignal),
    loaded: showPreview,
    failed: (error) => showNone(note('bad', messageOf(error))),
    element,
    signal,
  });

  /** Shows a note and no events: those of an earlier choice would be wrong. @param {HTMLElement} reason */
  function showNone(reason) {
    current = null;
    frame.clear();
    calendar.show(NO_EVENTS, null);
    fill(problem, reason);
  }

  /** Shows what to correct instead of a preview. @param {string} text */
  function showHint(text) {
    refreshSoon.cancel();
    loader.cancel();
    showNone(note('info', h('strong', {}, 'No preview yet.'), ` ${text}`));
  }

  document.addEventListener('plane-changed', () => loader.refresh(true), { signal });
  const refresh = () => void loader.refresh(false);
  const refreshSoon = debounced(refresh, DEBOUNCE_MS);
  return { element, refresh, refreshSoon, showHint, reveal: frame.reveal };
}

/**
 * Loads previews one at a time: a new one cancels the last. After a while without an answer, `element` gets the class `is-slow`.
 *
 * @param {object} params
 * @param {(signal: AbortSignal) => Promise<Preview>} params.load
 * @param {(preview: Preview, mark: boolean) => void} params.loaded
 * @param {(error: unknown) => void} params.failed
 * @param {HTMLElement} params.element
 * @param {AbortSignal} params.signal
 */
function createLoader({ load, loaded, failed, element, signal }) {
  let controller = new AbortController();
  const cancel = () => controller.abort();
  signal.addEventListener('abort', cancel);

  /** @param {boolean} mark whether to highlight what changed */
  async function refresh(mark) {
    cancel();
    if (signal.aborted) return;
    controller = new AbortController();
    const own = controller;
    const slow = setTimeout(() => element.classList.add('is-slow'), SLOW_MS);
    try {
      const preview = await load(own.signal);
      if (!own.signal.aborted) loaded(preview, mark);
    } catch (error) {
      if (!own.signal.aborted) failed(error);
    } finally {
      clearTimeout(slow);
      if (own === controller) element.classList.remove('is-slow');
    }
  }

  return { refresh, cancel };
}

/** Highlights events, or the days that hide them, and names the first one. @param {HTMLElement} element @param {CalendarEvent[]} changed */
function showChanges(element, changed) {
  for (const { event, start } of placed(changed).dated) {
    const own = element.querySelectorAll(`[data-event="${CSS.escape(eventKey(event))}"]`);
    const inDay = element.querySelectorAll(`[data-day="${start}"] .more`);
    for (const one of own.length > 0 ? own : inDay) one.classList.add('has-changed');
  }
  const [first] = changed;
  showToast(first ? `Updated: ${first.title}` : 'The changed work item is not in this calendar.');
}

/** Returns the events whose contents differ from an earlier preview. @param {Preview | null} before @param {Preview} after */
function changedEvents(before, after) {
  const texts = new Map(before?.events.map((event) => [eventKey(event), JSON.stringify(event)]));
  return after.events.filter((event) => texts.get(eventKey(event)) !== JSON.stringify(event));
}
