/** @import { Health, Session } from '../app/types.js' */
import { api } from '../app/api.js';
import { queueMinutes } from '../app/health.js';
import { h } from '../ui/dom.js';
import { busy, confirmDialog, note, showToast } from '../ui/notice.js';
import { ago, count } from '../ui/time.js';

/** @typedef {{ project: string } | { source: string }} Removal */

/** Whether everything works, and what doesn't. @param {Health} health @param {Session} session @param {() => void} changed */
export function overallNote(health, session, changed) {
  const { status, last_error: problem, projects, problems = [], warnings } = health;
  const allWarnings = warnings ?? session.warnings ?? [];
  const failing = projects.filter((one) => one.last_error !== null).length;
  // Problems are listed separately below.
  const error = problems.some(({ message }) => message === problem) ? null : problem;
  const first =
    status === 'ok'
      ? fineNote(health)
      : note(
          'bad',
          error ??
            (failing > 0
              ? `${count(failing, 'project')} couldn’t be loaded from Plane; see below. Subscribers still get the last good calendar.`
              : 'There is a problem; see below. Subscribers still get the last good calendar.'),
        );
  const notes = problems.map(({ part, message, since, until, removal }) =>
    note(
      'bad',
      message,
      h('p', { class: 'hint' }, 'Began ', ago(since), '. ', ...nextStep(part, until, removal)),
      removal ? removalAction(removal, message, changed) : null,
    ),
  );
  return h('div', { class: 'stack' }, first, ...notes, ...allWarnings.map((warning) => note('warn', warning)));
}

/** Says no more than is known: that requests wait, or that Plane has not responded yet. @param {Health} health */
function fineNote(health) {
  const minutes = queueMinutes(health);
  if (minutes > 0) {
    const text = `Nothing has failed, but ${count(health.budget.waiting, 'request')} to Plane are queued.`;
    return note('info', `${text} Calendars are up to date in about ${count(minutes, 'minute')}.`);
  }
  if (health.metrics.plane_api_connection !== 'ok')
    return note('info', 'Nothing has failed. Plane has not responded yet since the server started.');
  return health.projects.length === 0
    ? note('good', 'Everything works. Projects are read when their calendars are first opened.')
    : note('good', 'Everything works. Calendars are up to date with Plane.');
}

/**
 * What happens next without anyone's help. Deliveries are sent by Plane, so nothing is retried here.
 *
 * @param {string} part
 * @param {string | null} until
 * @param {Removal | undefined} removal
 */
function nextStep(part, until, removal) {
  if (until === null || part === 'webhook') return [];
  if (removal === undefined) return ['Next attempt ', ago(until), '.'];
  return ['It will be applied ', ago(until), `, if ${'source' in removal ? 'the calendar' : 'Plane'} still shows it.`];
}

/** Accepts a large removal, or leads to where that can be done. @param {Removal} removal @param {string} message @param {() => void} changed */
function removalAction(removal, message, changed) {
  if ('project' in removal) return applyButton({ project: removal.project, message, changed });
  return h('a', { href: `#/sources/${encodeURIComponent(removal.source)}` }, 'Open the source');
}

/** The button that accepts a large removal in Plane without waiting. @param {{ project: string, message: string, changed: () => void }} params message: the problem, which says how many items are missing */
function applyButton({ project, message, changed }) {
  const button = h('button', { type: 'button', class: 'risky' }, 'Apply now');
  button.addEventListener('click', () =>
    busy(button, async () => {
      const body = [
        h('p', {}, message),
        h(
          'p',
          {},
          'Every calendar of the project changes at once. Anything that reappears in Plane will be shown again.',
        ),
      ];
      const question = {
        title: 'Apply this without a second check?',
        body,
        confirm: applyInWords(message),
        danger: true,
      };
      if (!(await confirmDialog(question))) return;
      const { identifier, items, last_error: error } = await api.applyRemoval(project);
      showToast(error ?? `Applied. ${identifier} now has ${count(items, 'work item')}.`);
      changed();
    }),
  );
  return button;
}

/** Names how many items disappear, which the API says in the message alone. @param {string} message */
function applyInWords(message) {
  const [, lost, things] = /(\d+) of \d+ ([^,.(]+?) are no longer listed/.exec(message) ?? [];
  return lost === undefined ? 'Apply now' : `Remove ${lost} ${things}`;
}
