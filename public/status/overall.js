/** @import { Health, Session } from '../app/types.js' */
import { api } from '../app/api.js';
import { queueMinutes } from '../app/health.js';
import { h } from '../ui/dom.js';
import { busy, confirmDialog, note, showToast } from '../ui/notice.js';
import { ago, count } from '../ui/time.js';

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
      h('p', { class: 'hint' }, 'Began ', ago(since), '. ', ...nextStep(part, until, removal !== undefined)),
      removal ? applyButton({ removal, message, changed }) : null,
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
 * @param {boolean} isRemoval
 */
function nextStep(part, until, isRemoval) {
  if (until === null || part === 'webhook') return [];
  return isRemoval
    ? ['It will be applied ', ago(until), ' if the next read still shows it.']
    : ['Next attempt ', ago(until), '.'];
}

/** The button that accepts a large removal without waiting. @param {{ removal: { project: string } | { source: string }, message: string, changed: () => void }} params message: the problem, which says how many items are missing */
function applyButton({ removal, message, changed }) {
  const where =
    'project' in removal
      ? 'of the project changes at once. Anything that reappears in Plane'
      : 'with this source changes at once. Anything that reappears there';
  const button = h('button', { type: 'button', class: 'risky' }, 'Apply now');
  button.addEventListener('click', () =>
    busy(button, async () => {
      const body = [h('p', {}, message), h('p', {}, `Every calendar ${where} will be shown again.`)];
      const question = {
        title: 'Apply this without a second check?',
        body,
        confirm: applyInWords(message),
        danger: true,
      };
      if (!(await confirmDialog(question))) return;
      showToast(await ('project' in removal ? applyInProject(removal.project) : applyInSource(removal.source)));
      changed();
    }),
  );
  return button;
}

/** Returns what to say. @param {string} project */
async function applyInProject(project) {
  const { identifier, items, last_error: error } = await api.applyRemoval(project);
  return error ?? `Applied. ${identifier} now has ${count(items, 'work item')}.`;
}

/** Returns what to say. @param {string} source */
async function applyInSource(source) {
  const { name, components, error } = await api.applySourceRemoval(source);
  return error ?? `Applied. ${name} now has ${count(components, 'event')}.`;
}

/** Names how many items disappear, which the API says in the message alone. @param {string} message */
function applyInWords(message) {
  const [, lost, things] = /(\d+) of \d+ ([^,.(]+?) are no longer listed/.exec(message) ?? [];
  return lost === undefined ? 'Apply now' : `Remove ${lost} ${things}`;
}
