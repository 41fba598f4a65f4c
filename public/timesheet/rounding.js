import { h, newId } from '../ui/dom.js';
import { ROUND_MINUTES } from './model/state.js';

/** How totals are rounded. */

/** @typedef {{ round: 'off' | 'up' | 'nearest', roundMinutes: number }} Rounding */

const MODES = /** @type {const} */ ([
  ['off', 'Not rounded'],
  ['up', 'Rounded up'],
  ['nearest', 'Rounded to the nearest'],
]);

/** Two lists: whether to round, and to how many minutes. @param {{ label: string, value: Rounding, changed: (value: Rounding) => void }} params */
export function roundingField({ label, value, changed }) {
  const id = newId('rounding');
  const mode = h('select', { id }, ...MODES.map(([one, text]) => h('option', { value: one }, text)));
  const minutes = h(
    'select',
    { 'aria-label': `${label}: minutes` },
    ...ROUND_MINUTES.map((one) => h('option', { value: String(one) }, `${one} minutes`)),
  );
  mode.value = value.round;
  minutes.value = String(value.roundMinutes);
  minutes.hidden = value.round === 'off';
  const report = () => {
    const round = MODES.find(([one]) => one === mode.value)?.[0] ?? 'off';
    minutes.hidden = round === 'off';
    changed({ round, roundMinutes: Number(minutes.value) });
  };
  for (const select of [mode, minutes]) select.addEventListener('change', report);
  return h('div', { class: 'field' }, h('label', { for: id }, label), h('div', { class: 'rounding' }, mode, minutes));
}
