import { h } from '../../ui/dom.js';

/** @param {number} number @param {string} name */
export function stepName(number, name) {
  return h('h2', { class: 'step-name', tabindex: '-1' }, h('span', { class: 'step-number' }, number), name);
}

/** A numbered step of the form for a new mirror. @param {number} number @param {string} name @param {...HTMLElement} children */
export function step(number, name, ...children) {
  return h('section', { class: 'panel step' }, stepName(number, name), ...children);
}
