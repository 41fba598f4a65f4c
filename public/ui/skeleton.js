import { h } from './dom.js';

/** @typedef {'rows' | 'form' | 'panels'} Shape */

/** Placeholders in the shape of what is being loaded. @param {Shape} shape */
export function skeleton(shape) {
  const status = h('p', { class: 'visually-hidden', role: 'status' }, 'Loading…');
  return h('div', { class: `skeleton skeleton-${shape}` }, status, ...PARTS[shape]());
}

const PARTS = {
  rows: () => blocks(3, 'skeleton-row'),
  panels: () => blocks(3, 'skeleton-panel'),
  form: () => [
    h('div', { class: 'skeleton-fields' }, ...blocks(6, 'skeleton-field')),
    h('div', { class: 'skeleton-preview' }),
  ],
};

/** @param {number} amount @param {string} name a class */
function blocks(amount, name) {
  return Array.from({ length: amount }, () => h('div', { class: name }));
}
