/** @import { Mirror, Project, Run } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { hostOf, ofTotal, runWords } from './words.js';
import { note } from '../ui/notice.js';
import { ago } from '../ui/time.js';
import { feedInWords } from '../ui/words.js';

/** What is known about a mirror and its runs. */

/** Runs in the history that are shown without expanding it. */
const RECENT_RUNS = 10;

/** @param {Mirror} mirror @param {{ projects: Project[], defaults: Record<string, string> }} params */
export function mirrorFacts(mirror, { projects, defaults }) {
  const { calendar, server, last_run: last, next_run: nextRun, from, conflict } = mirror;
  const conflictWords = conflict === 'keep' ? 'edits there are kept' : 'edits there are overwritten';
  /** @type {([string, Node | string] | null)[]} */
  const rows = [
    ['Shows', h('span', { dir: 'auto' }, feedInWords(mirror, projects, defaults))],
    [
      'Calendar',
      calendar
        ? h('span', {}, foreign(calendar.name), ` at ${hostOf(server.url)}; ${conflictWords}`)
        : hostOf(server.url),
    ],
    ['Last run', last ? h('span', {}, ago(last.at), '. ', runWords(last)) : 'None yet'],
    nextRun ? ['Next run', ago(nextRun)] : null,
    from === 'settings' ? ['Configured', 'By the MIRROR_… settings. Change it there.'] : null,
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...rows.map((row) => row && h('div', {}, h('dt', {}, row[0]), h('dd', {}, row[1]))),
  );
}

/** The progress of a run; null when there is none. @param {Mirror} mirror */
export function progressBar({ state, progress }) {
  if (state !== 'running') return null;
  const { done, total } = progress ?? { done: 0, total: 0 };
  const attributes = total > 0 ? { value: done, max: total, 'aria-valuetext': ofTotal({ done, total }) } : {};
  const bar = h('progress', { class: 'run-progress', 'aria-label': 'Progress of the run' });
  for (const [name, value] of Object.entries(attributes)) bar.setAttribute(name, String(value));
  return bar;
}

/** Problems that the state line doesn't mention. @param {Mirror} mirror */
export function mirrorProblems({ state, last_run: last, server }) {
  const errors = (last?.errors ?? []).slice(state === 'error' ? 1 : 0);
  const list = errors.length === 0 ? null : note('bad', h('ul', {}, ...errors.map((error) => h('li', {}, error))));
  const insecure = server.tls_verify ? null : note('warn', 'The server’s certificate is not verified.');
  return list || insecure ? h('div', { class: 'stack' }, list, insecure) : null;
}

/** @param {Run[]} runs */
export function runHistory(runs) {
  if (runs.length === 0) return h('p', { class: 'hint' }, 'No runs yet.');
  const rows = runs.map((run) =>
    h(
      'li',
      { class: `fetch ${run.ok ? (run.held_back > 0 ? 'warn' : 'good') : 'bad'}` },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h(
        'div',
        {},
        h('p', {}, h('strong', {}, ago(run.at)), run.ok ? ' ' : ' failed. ', runWords(run)),
        ...run.errors.map((error) => h('p', { class: 'row-problem' }, error)),
      ),
    ),
  );
  const older = rows.slice(RECENT_RUNS);
  const disclosure = h(
    'details',
    { class: 'disclosure' },
    h('summary', {}, `Older (${older.length})`),
    h('ul', { class: 'plain' }, ...older),
  );
  const recent = h('ul', { class: 'plain' }, ...rows.slice(0, RECENT_RUNS));
  return h('div', {}, recent, older.length === 0 ? null : disclosure);
}
