/** @import { SourceTest } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { note } from '../ui/notice.js';
import { count, dayNumber, longDay, number } from '../ui/time.js';
import { joined } from '../ui/words.js';
import { droppedList } from './dropped.js';

/** Time zones that are named. */
const MAX_ZONES = 12;

/** What a calendar would have, before anything is stored. @param {SourceTest} test */
export function trialResult({ name, components, instances, recurring, first, last, zones, dropped }) {
  const verdict =
    components === 0
      ? note('warn', 'The calendar can be read, but it has no events now.')
      : note('good', h('p', {}, 'The calendar can be read. ', h('strong', {}, amounts(components, recurring)), '.'));
  /** @type {([string, Node | string] | null)[]} */
  const rows = [
    name === null ? null : ['Its own name', foreign(name)],
    first === null || last === null
      ? null
      : ['First and last day', `${longDay(dayNumber(first))} – ${longDay(dayNumber(last))}`],
    recurring === 0 ? null : ['With repetitions', `${count(instances, 'date')}, those of endless series for one year`],
    zones.known.length === 0 ? null : ['Time zones', foreign(zoneNames(zones.known))],
    zones.guessed.length === 0
      ? null
      : ['Guessed time zones', zoneWords(zones.guessed, 'By a similar name. Check one of their events.')],
    zones.unknown.length === 0
      ? null
      : [
          'Unknown time zones',
          zoneWords(
            zones.unknown,
            'The list below says what their times are read as. Choose the zone under “Time zone, color and more”.',
          ),
        ],
  ];
  return h(
    'div',
    { class: 'stack trial' },
    verdict,
    h('dl', { class: 'facts' }, ...rows.map((row) => row && h('div', {}, h('dt', {}, row[0]), h('dd', {}, row[1])))),
    droppedList(dropped, dropped.length <= 5),
  );
}

/** @param {number} components @param {number} recurring */
function amounts(components, recurring) {
  const total = count(components, 'event');
  return recurring === 0 ? total : `${total}, ${number(recurring)} of them recurring`;
}

/** @param {string[]} zones */
function zoneNames(zones) {
  const more = zones.length - MAX_ZONES;
  return joined(more > 0 ? [...zones.slice(0, MAX_ZONES), `${number(more)} more`] : zones);
}

/** @param {string[]} zones @param {string} hint */
function zoneWords(zones, hint) {
  return h('span', {}, foreign(zoneNames(zones)), h('span', { class: 'hint trial-hint' }, hint));
}
