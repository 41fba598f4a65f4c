/** @import { Preview } from '../app/types.js' */
/** @import { Options } from '../feeds/options.js' */
import { remarks } from '../feeds/apps.js';
import { h } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { count, number } from '../ui/time.js';
import { sizeInWords } from '../ui/words.js';

/**
 * Returns the size of a calendar, and for a link how well each app shows it.
 *
 * @param {Preview} preview
 * @param {Options} options
 * @param {{ undated: number, isLink: boolean }} params
 */
export function previewFoot(preview, options, { undated, isLink }) {
  const { bytes, warn_bytes: limit } = preview;
  const amount = count(preview.count, options.as === 'todo' ? 'to-do' : 'event');
  const without = undated > 0 ? `, ${number(undated)} of them without a date` : '';
  if (!isLink) return [h('p', { class: 'size' }, h('span', {}, amount + without))];
  const lines = remarks(options, preview).map(({ name: client, fit, text }) =>
    h(
      'li',
      { class: `fit ${fit}` },
      icon({ ok: 'check', partly: 'minus', not: 'close' }[fit]),
      h('span', {}, h('strong', {}, client), ` ${text}`),
    ),
  );
  const meter = h('span', {
    class: `meter${bytes > limit ? ' over' : ''}`,
    'aria-hidden': 'true',
    vars: { '--part': Math.min(1, bytes / limit) },
  });
  return [
    h('p', { class: 'size' }, h('span', {}, `${amount}${without}, ${sizeInWords(bytes, limit)}`), meter),
    h('ul', { class: 'fits' }, ...lines),
  ];
}
