import { h } from '../ui/dom.js';

/** Where calendar services show the ICS address of a calendar. */

const SERVICES = [
  {
    name: 'Google Calendar',
    hint: 'On the web: Settings → the calendar → Integrate calendar → Secret address in iCal format.',
  },
  {
    name: 'Outlook, Microsoft 365',
    hint: 'On the web: Settings → Calendar → Shared calendars → Publish a calendar. Copy the ICS link.',
  },
  { name: 'iCloud', hint: 'Share the calendar as a public calendar, and copy its link.' },
  { name: 'Nextcloud', hint: 'Share the calendar with a link, and copy the subscription link.' },
  {
    name: 'Public holidays, school, sports…',
    hint: 'Copy the link to subscribe, or to the .ics file, from their page.',
  },
];

/** The list of services. */
export function icsHints() {
  const rows = SERVICES.map(({ name, hint }) => h('div', {}, h('dt', {}, name), h('dd', {}, hint)));
  return h(
    'details',
    { class: 'disclosure' },
    h('summary', {}, 'Where do I find the address?'),
    h('dl', { class: 'facts hints' }, ...rows),
  );
}
