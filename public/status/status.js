/** @import { Health, Lag, Link, SyncStatus, View, ViewContext } from '../app/types.js' */
import { api } from '../app/api.js';
import { fill, focusHeading, foreign, h, poll, refresh } from '../ui/dom.js';
import { busy, load, note, showToast } from '../ui/notice.js';
import { ago, count, durationInWords, number } from '../ui/time.js';
import { overallNote } from './overall.js';
import { serverList } from './servers.js';
import { webhookSection } from './webhook.js';

/** The status of the server, of Plane and of each project. @param {ViewContext} context @returns {View} */
export function statusView({ session, signal }) {
  const region = h('div', { class: 'status' });
  const resync = h('button', { type: 'button' }, 'Resync now');
  const title = h('div', { class: 'title-row' }, h('h1', {}, 'Status'), resync);
  const element = h('div', { class: 'narrow' }, title, region);
  const loadAll = () => Promise.all([api.health(), api.syncStatus(), api.links().catch(() => [])]);
  void load(region, loadAll, ([health, sync, links]) => draw(health, sync, links), signal, 'panels');
  resync.addEventListener('click', () =>
    busy(resync, async () => {
      showToast((await api.sync()).message);
    }),
  );
  return { title: 'Status', element };

  /** @param {Health} first @param {SyncStatus} firstSync @param {Link[]} links */
  function draw(first, firstSync, links) {
    const overall = h('div', {});
    const plane = h('div', {});
    const projects = h('div', {});
    const sizes = h('div', {});
    const servers = h('div', {});
    const serverSection = section('Servers', servers);
    const about = h('p', { class: 'hint about' });
    const webhook = webhookSection(session, first.webhook ?? session.webhook, () => void reload());

    /** @param {Health} health @param {SyncStatus} sync @param {Link[]} latest */
    function update(health, sync, latest) {
      refresh(
        overall,
        overallNote(health, session, () => void reloadOverall()),
      );
      refresh(plane, planeFacts(health, sync));
      refresh(projects, projectList(health));
      refresh(sizes, sizeList(latest, health));
      const list = serverList(health);
      serverSection.hidden = list === null;
      refresh(servers, list);
      refresh(about, ...aboutWords(health));
      const isFailing = (health.problems ?? []).some(({ part }) => part === 'webhook');
      webhook.update(health.webhook ?? session.webhook, isFailing);
    }

    async function reload() {
      try {
        const [health, sync, latest] = await loadAll();
        if (!signal.aborted) update(health, sync, latest);
      } catch {
        refresh(overall, note('bad', 'Can’t reach the server. The information below may be out of date.'));
      }
    }

    /** Redraws the problems after one of them was solved here, although its button has the focus. */
    function reloadOverall() {
      fill(overall);
      focusHeading();
      return reload();
    }

    update(first, firstSync, links);
    poll(reload, 15_000, signal);
    return [
      overall,
      section('Plane', plane),
      section('Webhook', webhook.element),
      section('Projects', projects),
      section('Calendars by size', sizes),
      serverSection,
      about,
    ];
  }
}

/** @param {Health} health */
function aboutWords({ version, uptime, timestamp }) {
  const text = `plane-ics ${version}, up for ${durationInWords(uptime)}. Updated `;
  return [text, ago(timestamp), '. ', h('a', { href: 'docs' }, 'API documentation')];
}

/** @param {string} name @param {HTMLElement} body */
function section(name, body) {
  return h('section', { class: 'panel' }, h('h2', {}, name), body);
}

const CONNECTIONS = {
  ok: { tone: 'good', text: 'Reachable. The last request succeeded.' },
  error: { tone: 'bad', text: 'The last request failed; see above. For help, run “plane-ics doctor”.' },
  unknown: { tone: '', text: 'No response since the server started.' },
  off: { tone: '', text: 'Not configured.' },
};

/** @param {Health} health @param {SyncStatus} sync */
function planeFacts({ metrics, budget, lag = null }, sync) {
  const { paused_until: until } = sync;
  const { tone, text } = CONNECTIONS[metrics.plane_api_connection];
  const minutes = budget.silent_change_minutes ?? null;
  const delay = minutes === null ? '' : ` Changes without a webhook take up to ${number(minutes)} minutes to show.`;
  const queued = budget.waiting === 0 ? 'none queued' : `${number(budget.waiting)} queued`;
  const next = sync.next_sync;
  return facts([
    [
      'Connection',
      h(
        'span',
        { class: `fetch ${tone}` },
        h('span', { class: 'dot', 'aria-hidden': 'true' }),
        until ? h('span', {}, 'Plane asked to pause requests. Next attempt ', ago(until), '.') : h('span', {}, text),
      ),
    ],
    lag && ['Changes', `First fetched by an app: ${lagInWords(lag)} (${count(lag.changes, 'change')} in 7 days).`],
    ['Last resync', lastSyncWords(sync)],
    next ? ['Next full sync', Date.parse(next) > Date.now() ? ago(next) : 'due'] : null,
    ['Request limit', `${number(budget.requests_per_minute)} requests to Plane per minute; ${queued}.${delay}`],
  ]);
}

/** How soon apps fetched changes. @param {Lag} lag */
function lagInWords({ changes, p50_seconds, p99_seconds }) {
  const half = `within ${durationInWords(p50_seconds, Math.ceil)}`;
  const most = `within ${durationInWords(p99_seconds, Math.ceil)}`;
  if (changes === 1) return most;
  return half === most ? `99% ${most}` : `half ${half}, 99% ${most}`;
}

/** @param {SyncStatus} sync */
function lastSyncWords({ status, last_sync: last, paused_until: until }) {
  if (status === 'running') return until ? 'Starts as soon as Plane accepts requests again.' : 'Running now.';
  if (last === null) return 'None since the server started. Each project is also synced in full on a schedule.';
  return h(
    'span',
    {},
    ago(last.timestamp),
    `, ${count(last.events_processed, 'work item')} in ${number(last.duration_seconds)} s`,
    last.errors > 0 ? `, with ${count(last.errors, 'error')}` : '',
  );
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
      'None loaded yet. A project is loaded when one of its calendars is first requested.',
    );
  const rows = projects.map((one) => {
    const checked =
      one.age_seconds === null
        ? 'not loaded yet'
        : h('span', {}, 'checked ', ago(Date.parse(timestamp) - one.age_seconds * 1000));
    const changed = one.last_change === null ? '' : h('span', {}, ', last change ', ago(one.last_change));
    const delivered = one.last_webhook === null ? '' : h('span', {}, ', last webhook ', ago(one.last_webhook));
    // A problem is shown in full above.
    const isShown = problems.some(({ message }) => message === one.last_error);
    const error = isShown ? 'Couldn’t be loaded; see above.' : one.last_error;
    const problem = error === null ? null : h('p', { class: 'row-problem' }, error);
    return h(
      'div',
      {},
      h('dt', {}, foreign(one.identifier)),
      h('dd', {}, `${count(one.items, 'work item')}, `, checked, changed, delivered, problem),
    );
  });
  return h('dl', { class: 'facts' }, ...rows);
}

/** @param {Link[]} links @param {Health} health */
function sizeList(links, { feeds }) {
  const lags = new Map(feeds.map(({ feed, lag }) => [feed, lag ?? null]));
  const sized = links
    .filter(({ revoked, size }) => revoked === null && size !== null)
    .sort((a, b) => (b.size?.bytes ?? 0) - (a.size?.bytes ?? 0));
  if (sized.length === 0)
    return h('p', { class: 'hint' }, 'No calendar of a link is in memory. It is built when an app first fetches it.');
  const lagOf = (/** @type {string} */ id) => {
    const lag = lags.get(`link:${id}`) ?? null;
    return lag && `; changes first fetched: ${lagInWords(lag)}`;
  };
  const rows = sized
    .slice(0, 5)
    .map(({ id, name, for: person, size }) =>
      h(
        'div',
        {},
        h(
          'dt',
          {},
          h('a', { href: `#/links/${encodeURIComponent(id)}` }, foreign(name)),
          person === null ? null : [' for ', foreign(person)],
        ),
        h(
          'dd',
          {},
          `${count(size?.events ?? 0, 'event')}, ${number(Math.round((size?.bytes ?? 0) / 1000))} kB`,
          lagOf(id),
          size?.warning ? h('p', { class: 'row-problem' }, size.warning) : null,
        ),
      ),
    );
  return h('dl', { class: 'facts' }, ...rows);
}
