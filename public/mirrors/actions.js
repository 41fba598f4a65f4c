/** @import { Mirror } from '../app/types.js' */
import { fill, h } from '../ui/dom.js';
import { mirrors } from './api.js';
import { busy, load, showToast } from '../ui/notice.js';
import { planPanel } from './plan.js';
import { removeMirror, saveBackup } from './remove.js';

/**
 * The buttons of a mirror; `update` adapts them to its state.
 *
 * @param {object} params
 * @param {() => Mirror} params.mirror as last loaded
 * @param {HTMLElement} params.plan the region for its plan
 * @param {() => Promise<void>} params.refresh
 * @param {AbortSignal} params.signal
 */
export function mirrorActions({ mirror, plan, refresh, signal }) {
  const { id, from } = mirror();
  const isFromApi = from === 'api';
  const run = h('button', { type: 'button' }, 'Run now');
  run.addEventListener('click', () =>
    busy(run, async () => {
      await mirrors.run(id);
      fill(plan);
      await refresh();
    }),
  );
  const pause = h('button', { type: 'button' });
  pause.addEventListener('click', () =>
    busy(pause, async () => {
      const next = await mirrors.edit(id, { paused: !mirror().paused });
      showToast(next.paused ? 'Paused.' : 'Resumed.');
      await refresh();
    }),
  );
  const showPlan = h('button', { type: 'button' }, 'Show plan');
  showPlan.addEventListener('click', () => busy(showPlan, () => load(plan, () => mirrors.plan(id), planPanel, signal)));
  const backup = h('button', { type: 'button' }, 'Back up');
  backup.addEventListener('click', () => busy(backup, () => saveBackup(mirror())));
  const remove = h('button', { type: 'button', class: 'risky' }, isFromApi ? 'Remove' : 'Remove its events');
  const removed = () => (isFromApi ? (location.hash = '#/mirrors') : refresh());
  remove.addEventListener('click', () => busy(remove, () => removeMirror(mirror(), removed)));
  return {
    element: h('div', { class: 'row-actions' }, run, pause, showPlan, backup, remove),
    update: (/** @type {Mirror} */ next) => {
      run.hidden = next.paused || next.state === 'running';
      pause.textContent = next.paused ? 'Resume' : 'Pause';
      // A running mirror from the settings would create its events again.
      remove.hidden = !isFromApi && !next.paused;
    },
  };
}
