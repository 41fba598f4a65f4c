import { AppError, errorMessage } from '../../../domain/errors.ts';
import { truncate } from '../../../lib/truncate.ts';

/**
 * Errors for answers of Plane that are no success, each with a sentence that an operator can act on.
 * Source: Plane, apps/api/plane/api/views/base.py and authentication/adapter/exception.py for the bodies that distinguish errors.
 */

/** The pause after a 429 that does not say how long to wait. */
const DEFAULT_PAUSE_MS = 60_000;
/** The longest pause, whatever Plane asks for: one wrong answer must not stop all reading for a day. */
const MAX_PAUSE_MS = 300_000;

/** For 429 and 5xx. `retryAfterMs` is how long Plane asks to wait; null if it does not. */
export function unavailable(url: URL, status: number, retryAfterMs: number | null): AppError {
  const wait = (ms: number): { retryAfterSeconds: number } => ({
    retryAfterSeconds: Math.min(ms, MAX_PAUSE_MS) / 1000,
  });
  if (status === 429) {
    const message = "Plane's rate limit is reached. If other software uses the same API key, give it a key of its own.";
    return new AppError('plane_limit', message, wait(retryAfterMs ?? DEFAULT_PAUSE_MS));
  }
  const asksToWait = status === 503 && retryAfterMs !== null;
  const message = `Plane answers with status ${status} (${url.origin}).`;
  return new AppError('plane_unavailable', message, asksToWait ? wait(retryAfterMs) : {});
}

/** For a request without a complete answer. */
export function unreachable(url: URL, cause: unknown): AppError {
  // If a name has several addresses, the errors of each are in an AggregateError without a message.
  const reason = errorMessage(cause) || ((cause as { code?: string }).code ?? 'no reason given');
  return new AppError(
    'plane_unavailable',
    `Plane can't be reached at ${url.origin} (${reason}). Is PLANE_URL right, and Plane up?`,
    { cause },
  );
}

/** For 3xx. */
export function redirected(url: URL, location: string): AppError {
  const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  const hint =
    target && target.origin !== url.origin ? ` Set PLANE_URL to ${target.origin} if that is your Plane.` : '';
  return new AppError('plane_not_json', `${url.origin}${url.pathname} redirects instead of answering.${hint}`);
}

/** For an answer of another content type. */
export function notJson(url: URL, status: number, contentType: string, apiKey: string): AppError {
  const type = withoutKey(contentType, apiKey);
  return new AppError(
    'plane_not_json',
    `${url.origin}${url.pathname} answers with ${typeInWords(type)} and status ${status}, not with Plane's API. ` +
      "Check PLANE_URL: it is the address of Plane's API (Cloud: https://api.plane.so), with or without /api/v1.",
  );
}

function typeInWords(type: string): string {
  if (/^\s*text\/html\b/i.test(type)) return 'a web page';
  return type === '' ? 'no content type' : `"${truncate(type, 60)}"`;
}

/** For JSON that can't be parsed. */
export function brokenJson(url: URL, text: string, cause: unknown): AppError {
  const what = text === '' ? 'empty' : 'broken JSON';
  return new AppError('plane_not_json', `The answer of ${url.origin}${url.pathname} is ${what}.`, { cause });
}

/** For an answer longer than `maxBytes`. `part`, which was read, shows how many items would have fitted on a page; 0 for other lists. */
export function tooLarge(part: string, maxBytes: number, address: string): AppError {
  const items = part.split('"sequence_id":').length - 1;
  return new AppError(
    'plane_too_large',
    `An answer of ${address} is larger than ${maxBytes} bytes, which is all that is read at once.`,
    { pageSize: Math.floor(items * 0.7) },
  );
}

/** For 4xx, and every other status but 200. `json` is the body; null if it has none. */
export function refused(url: URL, status: number, json: unknown, apiKey: string): AppError {
  const detail = detailOf(json);
  if (status === 401 || (status === 403 && detail.includes('token is not valid'))) return keyRefused();
  if (status === 403)
    return new AppError(
      'plane_permission',
      `Plane does not let the user of PLANE_API_KEY see ${url.pathname}: not a member, or PLANE_WORKSPACE is not the workspace's slug.`,
    );
  if (status === 404) return notFound(url, detail);
  const limit = status === 400 ? /Cannot exceed (\d+)/.exec(detail)?.[1] : undefined;
  if (limit !== undefined)
    return new AppError('plane_page_size', `Plane gives at most ${limit} results a page.`, {
      pageSize: Number(limit),
    });
  const reason = truncate(withoutKey(detail, apiKey), 200);
  return new AppError(
    'plane_unexpected_status',
    `Plane refuses ${url.pathname} with status ${status}${reason === '' ? '.' : `: ${reason}`}`,
  );
}

function keyRefused(): AppError {
  return new AppError(
    'plane_key',
    'Plane does not accept the API key: it is wrong, expired or disabled. Make a new one in Plane (profile settings, API tokens) and set PLANE_API_KEY.',
  );
}

function notFound(url: URL, detail: string): AppError {
  if (detail !== 'Page not found.') return new AppError('plane_not_found', `Plane has nothing at ${url.pathname}.`);
  return new AppError(
    'plane_no_route',
    `Plane at ${url.origin} has no address ${url.pathname}: the path in PLANE_URL is wrong, or it is an older version.`,
  );
}

/** What Plane says about an error, in either of its two forms. */
function detailOf(json: unknown): string {
  const { detail, error } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  if (typeof detail === 'string') return detail;
  return typeof error === 'string' ? error : '';
}

/** Some servers repeat what they were sent. */
function withoutKey(text: string, apiKey: string): string {
  return text.replaceAll(apiKey, '…').replaceAll(encodeURIComponent(apiKey), '…');
}
