/** @import { Mirror } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { radios } from '../ui/fields.js';
import { mirrors } from './api.js';
import { confirmed, say } from '../ui/notice.js';
import { count } from '../ui/time.js';

/** What ends a mirror, and the copy to take before. */

/** Asks what becomes of the events, and removes it. @param {Mirror} mirror @param {() => unknown} done */
export async function removeMirror(mirror, done) {
  const { id, name, from, calendar } = mirror;
  if (from === 'settings') {
    const body = [
      h(
        'p',
        {},
        'What this mirror made goes from ',
        foreign(calendar?.name ?? 'the calendar'),
        '. Your own events stay.',
      ),
      h('p', {}, 'When it goes on, it makes them again.'),
    ];
    if (!(await confirmed({ title: 'Remove its events?', body, confirm: 'Remove', danger: true }))) return;
    const { deleted, left } = await mirrors.purge(id);
    say(`${count(deleted, 'event')} removed.${left.length > 0 ? ` Left: ${left.join(' ')}` : ''}`);
    done();
    return;
  }
  let purge = false;
  const choice = radios({
    name: 'remains',
    value: 'keep',
    choices: [
      { value: 'keep', label: 'Keep the events', hint: 'They stay as they are now, and no longer follow Plane.' },
      { value: 'purge', label: 'Remove what it made', hint: 'Exactly that. Your own events stay.' },
    ],
    changed: (value) => (purge = value === 'purge'),
  });
  const body = [h('p', {}, foreign(name), ' stops. What becomes of its events in the calendar?'), choice];
  if (!(await confirmed({ title: 'Remove this mirror?', body, confirm: 'Remove', danger: true }))) return;
  await mirrors.remove(id, purge);
  say(purge ? 'The mirror is removed, with what it made.' : 'The mirror is removed. Its events stay.');
  done();
}

/** Saves the whole calendar as a file. @param {Mirror} mirror */
export async function saveBackup({ id, name }) {
  const text = JSON.stringify(await mirrors.backup(id));
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const file = `${name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'mirror'}-${new Date().toISOString().slice(0, 10)}.json`;
  h('a', { href: url, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  say(`Saved as ${file}.`);
}
