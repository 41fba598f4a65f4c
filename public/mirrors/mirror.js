/** @import { Member, Mirror, OtherCalendar, Project, Run, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h } from '../ui/dom.js';
import { mirrorActions } from './actions.js';
import { mirrorEditor } from './edit.js';
import { mirrors } from './api.js';
import { mirrorFacts, mirrorProblems, progressBar, runHistory } from './details.js';
import { stateLine } from './words.js';
import { announce, load } from '../ui/notice.js';
import { heldBackNote } from './plan.js';
import { otherCalendars } from '../sources/api.js';

const POLL_MS = 1500;
/** Without a run in progress, only every sixth poll sends requests. */
const IDLE_POLLS = 6;

/** One mirror: its status, history and actions. @param {ViewContext} context @returns {View} */
export function mirrorView(context) {
  const { id, signal } = context;
  const heading = h('h1', {}, 'Mirror');
  const region = h('div', {});
  const crumb = h('p', { class: 'crumb' }, h('a', { href: '#/mirrors' }, 'Mirrors'));
  const element = h('div', {}, h('div', { class: 'narrow' }, crumb, heading), region);
  const loadAll = () =>
    Promise.all([
      mirrors.get(id),
      mirrors.runs(id).catch(() => []),
      api.projects(),
      api.members().catch(() => []),
      otherCalendars(context.session),
    ]);
  void load(region, loadAll, (loaded) => draw(...loaded), signal, 'panels');
  return { title: 'Mirror', element };

  /** @param {Mirror} mirror @param {Run[]} runs @param {Project[]} projects @param {Member[]} members @param {OtherCalendar[]} calendars */
  function draw(mirror, runs, projects, members, calendars) {
    const panels = mirrorPanels(mirror, { heading, projects, context });
    panels.update(mirror, runs);
    const saved = panels.refresh;
    const offer = { projects, members, calendars, isMember: false };
    const editor =
      mirror.from === 'api' ? mirrorEditor({ mirror, offer, session: context.session, signal, saved }) : null;
    return [panels.element, editor];
  }
}

/**
 * The panels of a mirror, which follow its state until the signal aborts.
 *
 * @param {Mirror} first
 * @param {{ heading: HTMLElement, projects: Project[], context: ViewContext }} params
 */
function mirrorPanels(first, { heading, projects, context: { session, id, signal } }) {
  let mirror = first;
  const state = h('div', { class: 'stack' });
  const history = h('div', {});
  const plan = h('div', { 'aria-live': 'polite' });
  const actions = mirrorActions({ mirror: () => mirror, plan, refresh, signal });

  /** @param {Mirror} next @param {Run[]} runs */
  function update(next, runs) {
    if (mirror.state === 'running' && next.state !== 'running') announce(stateLine(next).textContent ?? '');
    mirror = next;
    fill(heading, foreign(next.name));
    document.title = `${next.name} · plane-ics`;
    fill(
      state,
      stateLine(next),
      progressBar(next),
      heldBackNote(next, refresh),
      mirrorProblems(next),
      mirrorFacts(next, { projects, defaults: session.defaults ?? {} }),
    );
    actions.update(next);
    fill(history, runHistory(runs));
  }

  async function refresh() {
    const [next, runs] = await Promise.all([mirrors.get(id).catch(() => null), mirrors.runs(id).catch(() => [])]);
    if (next === null || signal.aborted) return;
    // Redrawing would take the focus from a button, so it waits, unless the button now means something else.
    if (next.state !== mirror.state || !state.contains(document.activeElement)) update(next, runs);
  }

  let polls = 0;
  const timer = setInterval(() => {
    polls++;
    if (document.visibilityState !== 'visible') return;
    if (mirror.state === 'running' || polls % IDLE_POLLS === 0) void refresh();
  }, POLL_MS);
  signal.addEventListener('abort', () => clearInterval(timer));

  const element = h(
    'div',
    { class: 'mirror narrow' },
    section('Status', state, actions.element, plan),
    section('History', history),
  );
  return { element, update, refresh };
}

/** @param {string} name @param {...HTMLElement} children */
function section(name, ...children) {
  return h('section', { class: 'panel' }, h('h2', {}, name), ...children);
}
