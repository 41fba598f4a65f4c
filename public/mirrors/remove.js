/** @import { Mirror } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { radios } from '../ui/fields.js';
import { mirrors } from './api.js';
import { confirmDialog, showToast } from '../ui/notice.js';
import { count } from '../ui/time.js';

/** Removing a mirror, and saving a backup first. */

/** Asks what to do with the events, then removes the mirror, or only its events when it comes from the settings. @param {Mirror} mirror @param {() => unknown} done */
export async function removeMirror(mirror, done) {
  const { id, name, from, calendar } = mirror;
  if (from === 'settings') {
    const body = [
      h(
        'p',
        {},
        'Every event that this mirror created will be removed from ',
        foreign(calendar?.name ?? 'the calendar'),
        '. Your own events stay.',
      ),
      h('p', {}, 'If you resume the mirror, it creates them again.'),
    ];
    if (!(await confirmDialog({ title: 'Remove this mirror’s events?', body, confirm: 'Remove', danger: true })))
      return;
    const { deleted, left } = await mirrors.purge(id);
    showToast(`${count(deleted, 'event')} removed.${left.length > 0 ? ` Not removed: ${left.join(' ')}` : ''}`);
    done();
    return;
  }
  let purge = false;
  const choice = radios({
    name: 'remains',
    value: 'keep',
    choices: [
      { value: 'keep', label: 'Keep the events', hint: 'They stay as they are and are no longer updated.' },
      {
        value: 'purge',
        label: 'Remove the events',
        hint: 'Only events that this mirror created. Your own events stay.',
      },
    ],
    changed: (value) => (purge = value === 'purge'),
  });
  const body = [h('p', {}, 'What should happen to the events that ', foreign(name), ' created?'), choice];
  if (!(await confirmDialog({ title: 'Remove this mirror?', body, confirm: 'Remove', danger: true }))) return;
  await mirrors.remove(id, purge);
  showToast(purge ? 'Mirror and events removed.' : 'Mirror removed. Its events stay in the calendar.');
  done();
}

/** Downloads the whole calendar as a JSON file. @param {Mirror} mirror */
export async function saveBackup({ id, name }) {
  const text = JSON.stringify(await mirrors.backup(id));
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const file = `${name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'mirror'}-${new Date().toISOString().slice(0, 10)}.json`;
  h('a', { href: url, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  showToast(`Saved as ${file}.`);
}
