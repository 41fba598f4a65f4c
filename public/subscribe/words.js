/** @import { Subscription } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { note } from '../ui/notice.js';
import { clockTime, count, number } from '../ui/time.js';

/** The state of a calendar, for people who know neither Plane nor plane-ics. */

/** Explains why nothing can be added here. @param {Subscription['state'] | 'unknown'} state */
export function endedNote(state) {
  const [title, text, next] = ENDED[state];
  return note('warn', h('p', {}, h('strong', {}, title)), h('p', {}, text), h('p', {}, next));
}

const ASK = 'Ask the person who sent you the link for a new one.';
const REMOVE = 'If the calendar is in your calendar app, you can remove it there.';

/** @type {Record<Subscription['state'] | 'unknown', [title: string, text: string, next: string]>} */
const ENDED = {
  active: ['', '', ''],
  unknown: [
    'There is no calendar at this address.',
    'The link may be incomplete: links copied from a message sometimes lose their end.',
    'Open it from the message again, or ask the person who sent it to you.',
  ],
  revoked: ['This calendar is no longer shared.', 'The link was switched off and no longer works.', `${REMOVE} ${ASK}`],
  expired: [
    'This link has expired.',
    'It had an end date, which has passed. If it is extended, the calendar comes back at the same address.',
    `To keep the calendar, ask the person who sent you the link to extend it. ${REMOVE}`,
  ],
  paused: [
    'This calendar is paused.',
    'The person who created the link has to sign in again. The calendar then comes back at the same address.',
    'If it is in your calendar app, leave it there. If the link is yours, sign in where you created it.',
  ],
  replaced: ['This link was replaced by a new one.', 'The old link no longer works.', `${ASK} ${REMOVE}`],
};

/** Says what is not as usual: a replaced address, an outage, an end date, an incomplete calendar. @param {Subscription} subscription */
export function stateNotes(subscription) {
  const { state, grace_until: until, expires, built, progress, plane } = subscription;
  const isOld = state === 'replaced' && until !== null;
  return [
    isOld ? replacedNote(until) : null,
    plane.ok || isOfOthers(subscription) ? null : outageNote(subscription),
    built && progress !== null ? missingNote(progress) : null,
    isOld || expires === null ? null : note('info', `This link works until ${clockTime(expires)}.`),
  ].filter((one) => one !== null);
}

/** @param {string} until */
function replacedNote(until) {
  return note(
    'warn',
    h('p', {}, h('strong', {}, 'There is a new link for this calendar.')),
    h('p', {}, `This one works until ${clockTime(until)}. Ask the person who sent it to you for the new one.`),
  );
}

/** @param {Subscription} subscription */
function outageNote({ built, plane }) {
  if (!built)
    return note('warn', 'Plane can’t be reached, so the calendar can’t be prepared now. This page keeps trying.');
  const copy =
    plane.last_good === null ? 'the last good copy' : `the last good copy from ${clockTime(plane.last_good)}`;
  return note(
    'warn',
    h('p', {}, h('strong', {}, 'Plane can’t be reached at the moment.')),
    h('p', {}, `The calendar shows ${copy}. You can add it now: it catches up by itself.`),
  );
}

/** @param {NonNullable<Subscription['progress']>} progress */
function missingNote({ read, total }) {
  return note(
    'warn',
    `${number(total - read)} of ${count(total, 'project')} can’t be shown yet. They appear by themselves.`,
  );
}

/** Describes how far a calendar is that is being built. @param {Subscription} subscription */
export function progressInWords({ progress, plane }) {
  if (!plane.ok || progress === null) return 'Getting the calendar ready…';
  const { read, total, seconds_left: left } = progress;
  const time = left === null ? '' : `, ${timeLeft(left)} left`;
  return `Getting the calendar ready: ${number(read)} of ${count(total, 'project')}${time}.`;
}

/** @param {number} seconds */
function timeLeft(seconds) {
  if (seconds < 50) return 'less than a minute';
  return `about ${count(Math.max(1, Math.round(seconds / 60)), 'minute')}`;
}

/** @param {Subscription} subscription @returns {[question: string, answer: string][]} */
function answersOfPlane({ webhook, plane }) {
  const soon = webhook && plane.ok ? 'within seconds' : 'within minutes';
  return [
    [
      'What is this?',
      'A calendar of work that a team plans in Plane, an online planning tool. You need no account for it. You see it beside your own events, and it updates itself.',
    ],
    [
      'How soon do I see changes?',
      `The calendar follows a change in Plane ${soon}. Your app shows it when it next refreshes, which takes as long as is written beside each app.`,
    ],
    [
      'Can I undo it?',
      'Yes. Delete the calendar in your app, or choose “Unsubscribe” there. Your own events stay, and nothing changes in Plane.',
    ],
    [
      'Can I change something in Plane with it?',
      'No. The calendar is read-only: whatever you do in your app, Plane stays as it is.',
    ],
  ];
}

/** @returns {[question: string, answer: string][]} */
function answersOfOthers() {
  return [
    [
      'What is this?',
      'A calendar that someone shares with you. You need no account for it. You see it beside your own events, and it updates itself.',
    ],
    [
      'How soon do I see changes?',
      'The calendar is read again regularly, as a rule every hour. Your app shows changes when it next refreshes, which takes as long as is written beside each app.',
    ],
    ['Can I undo it?', 'Yes. Delete the calendar in your app, or choose “Unsubscribe” there. Your own events stay.'],
    ['Can I change something with it?', 'No. The calendar is read-only.'],
  ];
}

/** Returns whether a calendar shows nothing of Plane: all its events have ids from elsewhere. @param {Subscription} subscription */
function isOfOthers({ preview }) {
  return preview !== null && preview.events.length > 0 && preview.events.every(({ uid }) => !uid.startsWith('plane-'));
}

/** Returns answers to what a recipient may ask. @param {Subscription} subscription */
export function answers(subscription) {
  const rows = [
    ...(isOfOthers(subscription) ? answersOfOthers() : answersOfPlane(subscription)),
    [
      'Who else can see it?',
      'Everyone who has this link, so don’t post or forward it. Google and Microsoft fetch the calendar with their own servers.',
    ],
  ];
  return h(
    'dl',
    { class: 'answers' },
    ...rows.map(([question, answer]) => h('div', {}, h('dt', {}, question), h('dd', {}, answer))),
  );
}
