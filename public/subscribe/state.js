/** @import { Subscription } from '../app/types.js' */

/** What the server knows of the calendar at this address. */

/** The page's folder, whatever path it is served below. */
const BASE = new URL('..', import.meta.url);
/** How long to wait before the next request: while a calendar is being built, once it is ready, and after a failure. */
const POLL_MS = { building: 2000, ready: 30_000, failed: 5000 };
/** While a calendar takes longer than this, it is requested less often. */
const LONG_MS = 60_000;

/** @typedef {{ kind: 'known', subscription: Subscription } | { kind: 'unknown' } | { kind: 'unreachable' }} Answer */

/**
 * Returns the token in the address of this page, which chats and mail programs may have extended or broken into lines; null when there is none.
 */
export function tokenInAddress() {
  const [, token] = /\/s\/+([\w-]{22})(?![\w-])/i.exec(decoded(location.pathname).replace(/[\s\p{C}]+/gu, '')) ?? [];
  return token ?? null;
}

/** The clean address of this page, to be opened on another device. @param {string} token */
export function pageAddress(token) {
  return new URL(`s/${token}`, BASE).href;
}

/**
 * Calls `show` with each answer, until the signal aborts. Asks often while the calendar is being built, and only while the page is visible.
 *
 * @param {string} token
 * @param {(answer: Answer) => void} show
 * @param {AbortSignal} signal
 */
export function watchState(token, show, signal) {
  const startedAt = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isAsking = false;

  async function ask() {
    if (isAsking || signal.aborted) return;
    isAsking = true;
    clearTimeout(timer);
    const { answer, retryMs } = await requestState(token, signal);
    isAsking = false;
    if (signal.aborted) return;
    if (answer !== null) show(answer);
    timer = setTimeout(next, retryMs ?? pauseAfter(answer, Date.now() - startedAt));
  }

  function next() {
    if (document.visibilityState === 'visible') void ask();
  }

  document.addEventListener('visibilitychange', next, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  void ask();
}

/**
 * @param {string} token
 * @param {AbortSignal} signal
 * @returns {Promise<{ answer: Answer | null, retryMs?: number }>} no answer while there are too many requests
 */
async function requestState(token, signal) {
  try {
    const headers = { Accept: 'application/json' };
    const response = await fetch(new URL(`s/${token}/state`, BASE), { headers, cache: 'no-store', signal });
    if (response.ok) return { answer: { kind: 'known', subscription: await response.json() } };
    if (response.status === 404) return { answer: { kind: 'unknown' } };
    if (response.status === 429)
      return { answer: null, retryMs: 1000 * (Number(response.headers.get('Retry-After')) || 10) };
  } catch {
    // Offline, or an answer that is cut off.
  }
  return { answer: { kind: 'unreachable' } };
}

/** @param {Answer | null} answer @param {number} elapsedMs */
function pauseAfter(answer, elapsedMs) {
  if (answer?.kind !== 'known') return POLL_MS.failed;
  const { url, built, progress, plane, preview } = answer.subscription;
  const isSettled = url === null || (built && progress === null && preview !== null && plane.ok);
  if (isSettled) return POLL_MS.ready;
  return elapsedMs > LONG_MS ? POLL_MS.failed : POLL_MS.building;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
