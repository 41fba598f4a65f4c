/** When a link ends, as people and programs write it. */

const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Later years have six digits, which few can read. */
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Milliseconds since the epoch: of an instant (RFC 3339), or of the last millisecond of a day (UTC), so that it is shown as the day that was
 * given. null for anything else.
 */
export function parseExpiry(text: string): number | null {
  if (DATE.test(text)) return isDay(text) ? Date.parse(`${text}T23:59:59.999Z`) : null;
  const day = INSTANT.exec(text)?.[1];
  const at = day !== undefined && isDay(day) ? Date.parse(text) : NaN;
  return at <= LATEST ? at : null;
}

/** False for a day that no calendar has, such as 30 February, which Date takes for 2 March. */
function isDay(date: string): boolean {
  const at = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}
