/** @import { Member, Mirror, Project, Run, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h } from '../ui/dom.js';
import { mirrorEditor } from './edit.js';
import { mirrors } from './api.js';
import { hostOf, ofTotal, runWords, stateLine } from './words.js';
import { announce, busy, load, note, say } from '../ui/notice.js';
import { planPanel, withheldNote } from './plan.js';
import { removeMirror, saveBackup } from './remove.js';
import { ago } from '../ui/time.js';
import { optionsInWords, scopeInWords } from '../ui/words.js';

const LOOK_MS = 1500;
/** While nothing runs, only each so many looks asks. */
const CALM = 6;
const SHOWN = 10;

/** One mirror: how it is doing, what it did, and what can be done with it. @param {ViewContext} context @returns {View} */
export function mirrorView({ session, id, signal }) {
  const heading = h('h1', {}, 'Mirror');
  const region = h('div', {});
  const crumb = h('p', { class: 'crumb' }, h('a', { href: '#/mirrors' }, 'Mirrors'));
  const element = h('div', {}, h('div', { class: 'narrow' }, crumb, heading), region);
  const work = () =>
    Promise.all([mirrors.get(id), mirrors.runs(id).catch(() => []), api.projects(), api.members().catch(() => [])]);
  const again = () =>
    load(region, work, ([mirror, runs, projects, members]) => draw(mirror, runs, projects, members), signal);
  void again();
  return { title: 'Mirror', element };

  /** @param {Mirror} first @param {Run[]} firstRuns @param {Project[]} projects @param {Member[]} members */
  function draw(first, firstRuns, projects, members) {
    let mirror = first;
    const state = h('div', { class: 'stack' });
    const history = h('div', {});
    const plan = h('div', { 'aria-live': 'polite' });
    const actions = makeActions();

    /** @param {Mirror} next @param {Run[]} runs */
    function tell(next, runs) {
      if (mirror.state === 'running' && next.state !== 'running') announce(stateLine(next).textContent ?? '');
      mirror = next;
      fill(heading, foreign(next.name));
      document.title = `${next.name} · plane-ics`;
      fill(state, stateLine(next), progressBar(next), withheldNote(next, refresh), problems(next), facts(next));
      actions.tell(next);
      fill(history, historyList(runs));
    }

    async function refresh() {
      const [next, runs] = await Promise.all([mirrors.get(id).catch(() => null), mirrors.runs(id).catch(() => [])]);
      if (next === null || signal.aborted) return;
      // Who is on a button there keeps it, unless it means something else now.
      if (next.state !== mirror.state || !state.contains(document.activeElement)) tell(next, runs);
    }

    let looks = 0;
    const timer = setInterval(() => {
      looks++;
      if (document.visibilityState !== 'visible') return;
      if (mirror.state === 'running' || looks % CALM === 0) void refresh();
    }, LOOK_MS);
    signal.addEventListener('abort', () => clearInterval(timer));

    function makeActions() {
      const run = h('button', { type: 'button' }, 'Run now');
      run.addEventListener('click', () =>
        busy(run, async () => {
          await mirrors.run(id);
          fill(plan);
          await refresh();
        }),
      );
      const pause = h('button', { type: 'button' });
      pause.addEventListener('click', () =>
        busy(pause, async () => {
          const next = await mirrors.edit(id, { paused: !mirror.paused });
          say(next.paused ? 'Paused.' : 'It goes on.');
          await refresh();
        }),
      );
      const look = h('button', { type: 'button' }, 'Show plan');
      look.addEventListener('click', () => busy(look, () => load(plan, () => mirrors.plan(id), planPanel, signal)));
      const back = h('button', { type: 'button' }, 'Back up');
      back.addEventListener('click', () => busy(back, () => saveBackup(mirror)));
      const remove = h('button', { type: 'button' }, first.from === 'api' ? 'Remove' : 'Remove its events');
      remove.addEventListener('click', () =>
        busy(remove, () => removeMirror(mirror, () => (first.from === 'api' ? gone() : refresh()))),
      );
      return {
        element: h('div', { class: 'row-actions' }, run, pause, look, back, remove),
        tell: (/** @type {Mirror} */ { paused, state: now, from }) => {
          run.hidden = paused || now === 'running';
          pause.textContent = paused ? 'Resume' : 'Pause';
          // Those of the settings would only be made again.
          remove.hidden = from === 'settings' && !paused;
        },
      };
    }

    /** @param {Mirror} next */
    function facts({ scope, options, calendar, server, last_run: last, next_run: nextRun, from, conflict }) {
      const words = [scopeInWords(scope, projects), ...optionsInWords(options, session.defaults ?? {})];
      const conflictWords = conflict === 'keep' ? 'an edit there stays' : 'Plane wins over edits there';
      /** @type {([string, Node | string] | null)[]} */
      const rows = [
        ['Shows', h('span', { dir: 'auto' }, words.join(' · '))],
        [
          'Calendar',
          calendar
            ? h('span', {}, foreign(calendar.name), ` at ${hostOf(server.url)}; ${conflictWords}`)
            : hostOf(server.url),
        ],
        ['Last run', last ? h('span', {}, ago(last.at), '. ', runWords(last)) : 'None yet'],
        nextRun ? ['Next run', ago(nextRun)] : null,
        from === 'settings' ? ['Set up', 'By MIRROR_… in the settings; change it there.'] : null,
      ];
      return h(
        'dl',
        { class: 'facts' },
        ...rows.map((row) => row && h('div', {}, h('dt', {}, row[0]), h('dd', {}, row[1]))),
      );
    }

    tell(first, firstRuns);
    const editor =
      first.from === 'api' ? mirrorEditor({ mirror: first, projects, members, session, signal, saved: refresh }) : null;
    return [
      h(
        'div',
        { class: 'mirror narrow' },
        section('How it is doing', state, actions.element, plan),
        section('History', history),
      ),
      editor,
    ];
  }

  function gone() {
    location.hash = '#/mirrors';
  }
}

/** @param {string} name @param {...HTMLElement} children */
function section(name, ...children) {
  return h('section', { class: 'panel' }, h('h2', {}, name), ...children);
}

/** @param {Mirror} mirror */
function progressBar({ state, progress }) {
  if (state !== 'running') return null;
  const { done, total } = progress ?? { done: 0, total: 0 };
  const value = total > 0 ? { value: done, max: total, 'aria-valuetext': ofTotal({ done, total }) } : {};
  const bar = h('progress', { class: 'run-progress', 'aria-label': 'Progress of the run' });
  for (const [name, one] of Object.entries(value)) bar.setAttribute(name, String(one));
  return bar;
}

/** What went wrong besides what the state tells. @param {Mirror} mirror */
function problems({ state, last_run: last, server }) {
  const errors = (last?.errors ?? []).slice(state === 'error' ? 1 : 0);
  const list = errors.length === 0 ? null : note('bad', h('ul', {}, ...errors.map((one) => h('li', {}, one))));
  const open = server.tls_verify ? null : note('warn', 'The server’s certificate is not checked.');
  return list || open ? h('div', { class: 'stack' }, list, open) : null;
}

/** @param {Run[]} runs */
function historyList(runs) {
  if (runs.length === 0) return h('p', { class: 'hint' }, 'No run yet.');
  const rows = runs.map((run) =>
    h(
      'li',
      { class: `fetch ${run.ok ? (run.held_back > 0 ? 'warn' : 'good') : 'bad'}` },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h(
        'div',
        {},
        h('p', {}, h('strong', {}, ago(run.at)), run.ok ? ' ' : ' failed. ', runWords(run)),
        ...run.errors.map((one) => h('p', { class: 'row-problem' }, one)),
      ),
    ),
  );
  const older = rows.slice(SHOWN);
  return h(
    'div',
    {},
    h('ul', { class: 'plain' }, ...rows.slice(0, SHOWN)),
    older.length === 0
      ? null
      : h(
          'details',
          { class: 'disclosure' },
          h('summary', {}, `Older (${older.length})`),
          h('ul', { class: 'plain' }, ...older),
        ),
  );
}
