import { h } from '../../ui/dom.js';
import { number } from '../../ui/time.js';

/** Rows of a long list that are drawn at once. */
export const PAGE = 50;

/** A button below a list that draws its next page. @param {() => void} draw */
export function moreButton(draw) {
  const button = h('button', { type: 'button', onclick: draw });
  const element = h('div', { class: 'actions start', hidden: true }, button);
  /** @param {number} rest rows that are not drawn yet */
  const update = (rest) => {
    element.hidden = rest <= 0;
    button.textContent = `Show ${number(Math.min(rest, PAGE))} more of ${number(rest)}`;
  };
  return { element, update };
}
