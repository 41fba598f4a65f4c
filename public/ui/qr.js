import { svg } from './dom.js';

/** Width of the blank border, in modules. */
const QUIET = 3;

/** Returns a QR code of a text. @param {string} text @param {string} label read by screen readers @returns {Promise<SVGElement>} */
export async function qrCode(text, label) {
  const path = '../vendor/qrcode.js';
  const { default: qrcode } = await import(path);
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  let dark = '';
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (code.isDark(row, column)) dark += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  const side = size + 2 * QUIET;
  return svg(
    'svg',
    { class: 'qr', viewBox: `0 0 ${side} ${side}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    svg('rect', { class: 'qr-paper', width: side, height: side }),
    svg('path', { class: 'qr-ink', d: dark }),
  );
}
