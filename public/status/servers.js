/** @import { Health } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { ago } from '../ui/time.js';

/** A server writes every five seconds that it is there. */
const SILENT_MS = 15_000;

/** The servers over one database; null for the only one. @param {Health} health */
export function serverList({ replicas = [], timestamp }) {
  if (replicas.length === 0) return null;
  const rows = replicas.map(({ id, version, leader, last_seen: seen, differing_settings: differing }) => {
    const isThere = Date.parse(timestamp) - Date.parse(seen) < SILENT_MS;
    const role = leader ? 'Leader: reads Plane and makes changes' : 'Follower: serves calendars';
    return h(
      'div',
      {},
      h('dt', {}, foreign(id)),
      h(
        'dd',
        {},
        isThere ? `${role}, version ${version}` : h('span', {}, 'Last seen ', ago(seen)),
        differing.length > 0 && isThere
          ? h('p', { class: 'row-problem' }, `Settings differ: ${differing.join(', ')}.`)
          : null,
      ),
    );
  });
  return h('dl', { class: 'facts' }, ...rows);
}
