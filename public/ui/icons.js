import { svg } from './dom.js';

/** @type {Record<string, string>} */
const PATHS = {
  copy: 'M8 8V5a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-3M5 8h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  left: 'm14.5 6-6 6 6 6',
  right: 'm9.5 6 6 6-6 6',
  close: 'M6 6l12 12M18 6 6 18',
  warn: 'M12 9v4.5M12 17h.01M10.6 4.6 2.9 18a1.6 1.6 0 0 0 1.4 2.4h15.4a1.6 1.6 0 0 0 1.4-2.4L13.4 4.6a1.6 1.6 0 0 0-2.8 0Z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 1 0 13 5.300l-1.200 1.200M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 1 0 11 18.700l1.200-1.200',
  out: 'M14 5h5v5M19 5l-8 8M17 14v4a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h4',
  minus: 'M6 12h12',
};

/** A decorative line icon, hidden from screen readers. @param {string} name */
export function icon(name) {
  const path = svg('path', { d: PATHS[name] ?? '' });
  return svg('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, path);
}

/** The logo: a calendar sheet with two bars. */
export function mark() {
  return svg(
    'svg',
    { class: 'mark', viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    svg('rect', { class: 'mark-leaf', x: 2, y: 3, width: 28, height: 26, rx: 7 }),
    svg('path', { class: 'mark-line', d: 'M2 11h28' }),
    svg('rect', { class: 'mark-bar', x: 7, y: 15, width: 12, height: 3.5, rx: 1.75 }),
    svg('rect', { class: 'mark-bar two', x: 14, y: 21, width: 11, height: 3.5, rx: 1.75 }),
  );
}
