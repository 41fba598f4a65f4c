/** @import { Health, Link, Session, SyncStatus, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, foreign, h, poll } from '../ui/dom.js';
import { busy, load, note, say } from '../ui/notice.js';
import { ago, count, number } from '../ui/time.js';
import { webhookSection } from './webhook.js';

/** How it all is doing, in words. @param {ViewContext} context @returns {View} */
export function statusView({ session, signal }) {
  const region = h('div', { class: 'status' });
  const read = h('button', { type: 'button' }, 'Read everything again now');
  const element = h('div', { class: 'narrow' }, h('div', { class: 'title-row' }, h('h1', {}, 'Status'), read), region);
  const work = () => Promise.all([api.health(), api.syncStatus(), api.links().catch(() => [])]);
  void load(region, work, ([health, sync, links]) => draw(health, sync, links), signal);
  read.addEventListener('click', () =>
    busy(read, async () => {
      say((await api.sync()).message);
    }),
  );
  return { title: 'Status', element };

  /** @param {Health} first @param {SyncStatus} firstSync @param {Link[]} links */
  function draw(first, firstSync, links) {
    const overall = h('div', {});
    const plane = h('div', {});
    const projects = h('div', {});
    const sizes = h('div', {});
    const about = h('p', { class: 'hint about' });
    const webhook = webhookSection(session, first.webhook ?? session.webhook, () => void refresh());

    /** @param {Health} health @param {SyncStatus} sync @param {Link[]} latest */
    function tell(health, sync, latest) {
      fill(
        overall,
        overallNote(health, session, () => void refresh()),
      );
      fill(plane, planeFacts(health, sync));
      fill(projects, projectList(health));
      fill(sizes, sizeList(latest));
      fill(
        about,
        `plane-ics ${health.version}, started `,
        ago(Date.parse(health.timestamp) - health.uptime * 1000),
        '. Read ',
        ago(health.timestamp),
        '.',
      );
      webhook.tell(
        health.webhook ?? session.webhook,
        (health.problems ?? []).some(({ part }) => part === 'webhook'),
      );
    }

    async function refresh() {
      try {
        const [health, sync, latest] = await work();
        if (!signal.aborted) tell(health, sync, latest);
      } catch {
        fill(overall, note('bad', 'The server does not answer. What is below may be out of date.'));
      }
    }

    tell(first, firstSync, links);
    poll(refresh, 15_000, signal);
    return [
      overall,
      section('Plane', plane),
      section('Webhook', webhook.element),
      section('Projects', projects),
      section('Calendars by size', sizes),
      about,
    ];
  }
}

/** @param {string} name @param {HTMLElement} body */
function section(name, body) {
  return h('section', { class: 'panel' }, h('h2', {}, name), body);
}

/** @param {Health} health @param {Session} session @param {() => void} changed */
function overallNote({ status, last_error: problem, projects, problems = [], warnings }, session, changed) {
  const told = warnings ?? session.warnings ?? [];
  const failing = projects.filter((one) => one.last_error !== null).length;
  // A problem has a note of its own.
  const error = problems.some(({ message }) => message === problem) ? null : problem;
  const first =
    status === 'ok'
      ? note('good', 'All is well. Calendars follow Plane.')
      : note(
          'bad',
          error ??
            (failing > 0
              ? `${count(failing, 'project')} could not be read lately; see below. Subscribers keep the last good calendar.`
              : 'Something is not right; see below. Subscribers keep the last good calendar.'),
        );
  const notes = problems.map(({ part, message, since, until, removal }) =>
    note(
      'bad',
      message,
      h('p', { class: 'hint' }, 'Began ', ago(since), '. ', ...next(part, until, removal !== undefined)),
      removal ? applyButton(removal.project, changed) : null,
    ),
  );
  return h('div', { class: 'stack' }, first, ...notes, ...told.map((one) => note('warn', one)));
}

/**
 * What comes next by itself. Deliveries of the webhook are Plane's matter, and nothing is tried here.
 *
 * @param {string} part
 * @param {string | null} until
 * @param {boolean} isRemoval
 */
function next(part, until, isRemoval) {
  if (until === null || part === 'webhook') return [];
  return isRemoval ? ['It is applied ', ago(until), ', if Plane still says so.'] : ['Next try ', ago(until), '.'];
}

/** Accepts a large removal in Plane. @param {string} project @param {() => void} changed */
function applyButton(project, changed) {
  const button = h('button', { type: 'button' }, 'Apply now');
  button.addEventListener('click', () =>
    busy(button, async () => {
      const { identifier, items, last_error: error } = await api.applyRemoval(project);
      say(error ?? `Applied. ${identifier} has ${count(items, 'work item')} now.`);
      changed();
    }),
  );
  return button;
}

/** @param {Health} health @param {SyncStatus} sync */
function planeFacts({ metrics, budget }, sync) {
  const { paused_until: until } = sync;
  const connection = {
    ok: 'Reachable. It answered the last request.',
    error:
      'The last request failed. Check PLANE_URL and PLANE_API_KEY, or run “plane-ics doctor”, which says what to do.',
    unknown: 'No answer yet since the start.',
    off: 'Not set up.',
  }[metrics.plane_api_connection];
  const last = sync.last_sync;
  const state =
    sync.status === 'running'
      ? until
        ? 'Everything is read as soon as Plane takes requests again.'
        : 'Everything is being read right now.'
      : last === null
        ? 'Not since the start. Each project is read in full by itself, too.'
        : null;
  const minutes = budget.silent_change_minutes ?? null;
  const stretched = minutes === null ? '' : ` Silent changes take up to ${number(minutes)} minutes.`;
  const waiting = { 0: 'none wait', 1: '1 waits' }[budget.waiting] ?? `${number(budget.waiting)} wait`;
  return facts([
    [
      'Connection',
      h(
        'span',
        { class: `fetch ${{ ok: 'good', error: 'bad', unknown: '', off: '' }[metrics.plane_api_connection]}` },
        h('span', { class: 'dot', 'aria-hidden': 'true' }),
        until
          ? h('span', {}, 'Plane wants no requests for now. Next try ', ago(until), '.')
          : h('span', {}, connection),
      ),
    ],
    [
      'Read on request',
      state ??
        (last
          ? h(
              'span',
              {},
              ago(last.timestamp),
              `, ${count(last.events_processed, 'work item')} in ${number(last.duration_seconds)} s`,
              last.errors > 0 ? `, with ${count(last.errors, 'error')}` : '',
            )
          : ''),
    ],
    sync.next_sync
      ? ['Next full reading', Date.parse(sync.next_sync) > Date.now() ? ago(sync.next_sync) : 'due']
      : null,
    ['Budget', `At most ${number(budget.requests_per_minute)} requests a minute to Plane; ${waiting}.${stretched}`],
  ]);
}

/** @param {([string, Node | string] | null)[]} rows */
function facts(rows) {
  return h(
    'dl',
    { class: 'facts' },
    ...rows.map((row) => row && h('div', {}, h('dt', {}, row[0]), h('dd', {}, row[1]))),
  );
}

/** @param {Health} health */
function projectList({ projects, timestamp, problems = [] }) {
  if (projects.length === 0)
    return h(
      'p',
      { class: 'hint' },
      'None has been read yet. A project is read when a calendar of it is first asked for.',
    );
  const rows = projects.map((one) => {
    const checked =
      one.age_seconds === null
        ? 'not read yet'
        : h('span', {}, 'checked ', ago(Date.parse(timestamp) - one.age_seconds * 1000));
    const changed = one.last_change === null ? '' : h('span', {}, ', last change ', ago(one.last_change));
    const heard = one.last_webhook === null ? '' : h('span', {}, ', last webhook ', ago(one.last_webhook));
    // A problem has a note of its own.
    const isTold = problems.some(({ message }) => message === one.last_error);
    const told = isTold ? 'Could not be read lately; see above.' : one.last_error;
    const problem = told === null ? null : h('p', { class: 'row-problem' }, told);
    return h(
      'div',
      {},
      h('dt', {}, foreign(one.identifier)),
      h('dd', {}, `${count(one.items, 'work item')}, `, checked, changed, heard, problem),
    );
  });
  return h('dl', { class: 'facts' }, ...rows);
}

/** @param {Link[]} links */
function sizeList(links) {
  const sized = links
    .filter(({ revoked, size }) => revoked === null && size !== null)
    .sort((a, b) => (b.size?.bytes ?? 0) - (a.size?.bytes ?? 0));
  if (sized.length === 0)
    return h('p', { class: 'hint' }, 'No link’s calendar is in memory. They are made when they are fetched.');
  const rows = sized
    .slice(0, 5)
    .map(({ id, name, size }) =>
      h(
        'div',
        {},
        h('dt', {}, h('a', { href: `#/links/${encodeURIComponent(id)}` }, foreign(name))),
        h(
          'dd',
          {},
          `${count(size?.events ?? 0, 'entry').replace('entrys', 'entries')}, ${number(Math.round((size?.bytes ?? 0) / 1000))} kB`,
          size?.warning ? h('p', { class: 'row-problem' }, size.warning) : null,
        ),
      ),
    );
  return h('dl', { class: 'facts' }, ...rows);
}
