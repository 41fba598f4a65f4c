/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Child | Child[]} Children */

const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = new Set(['value', 'checked', 'disabled', 'open', 'hidden', 'indeterminate']);

/**
 * Creates an HTML element. `on…` adds a listener, `vars` sets custom properties; null, undefined and false omit an attribute.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown> | null} [attributes]
 * @param {...Children} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  fill(element, ...children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {unknown} value
 */
function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === 'function') element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  else if (name === 'class') element.className = String(value);
  else if (name === 'vars') {
    for (const [key, one] of Object.entries(value)) element.style.setProperty(key, String(one));
  } else if (PROPERTIES.has(name)) Reflect.set(element, name, value);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/**
 * Creates an SVG element.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Replaces the children of an element. Returns the element.
 *
 * @template {Element} T
 * @param {T} element
 * @param {...Children} children
 * @returns {T}
 */
export function fill(element, ...children) {
  const nodes = children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === 'number' ? String(child) : child));
  element.replaceChildren(.../** @type {(Node | string)[]} */ (nodes));
  return element;
}

/** Replaces the children of an element unless one of them has the focus, which would be lost. @param {Element} element @param {...Children} children */
export function refresh(element, ...children) {
  if (!element.contains(document.activeElement)) fill(element, ...children);
}

/** Moves the focus to the heading of the view, for example because the focused element was removed. */
export function focusHeading() {
  const heading = document.querySelector('main h1');
  if (!(heading instanceof HTMLElement)) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

let lastId = 0;

/** Returns a unique id for an element. @param {string} prefix */
export function newId(prefix) {
  return `${prefix}-${++lastId}`;
}

/** Returns an element for text from outside, isolated in its own direction and wrapped where necessary. @param {string} text @param {string} [name] a class */
export function foreign(text, name = '') {
  return h('bdi', { class: `foreign ${name}`.trim(), dir: 'auto' }, text);
}

/** Returns a function that calls `work` once, `ms` after its last call; `cancel` prevents it. @param {() => void} work @param {number} ms */
export function debounced(work, ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const cancel = () => clearTimeout(timer);
  const call = () => {
    cancel();
    timer = setTimeout(work, ms);
  };
  return Object.assign(call, { cancel });
}

/** Calls `work` every `ms` while the page is visible, until the signal aborts. @param {() => unknown} work @param {number} ms @param {AbortSignal} signal */
export function poll(work, ms, signal) {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') work();
  }, ms);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && work(), { signal });
  signal.addEventListener('abort', () => clearInterval(timer));
}
