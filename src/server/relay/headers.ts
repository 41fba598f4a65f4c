/** The headers of relayed requests and answers: names and values in turn. */

/** Headers that belong to a connection or to the framing of a body, which each connection has of its own (RFC 9110 section 7.6.1). */
const OF_CONNECTION: readonly string[] = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Names and values in turn, as pairs. */
function* headerPairs(raw: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at] ?? '', raw[at + 1] ?? ''];
}

/** The headers of a request that are passed on: not those of the connection, and none that `Connection` names. */
export function requestHeaders(raw: readonly string[]): string[] {
  return without(raw, [...OF_CONNECTION, ...namedIn(raw)]);
}

/** The headers of an answer that are passed on: with the length, which an answer to HEAD has too, and without the date, since each server adds its own. */
export function answerHeaders(raw: readonly string[]): string[] {
  return without(
    raw,
    [...OF_CONNECTION, ...namedIn(raw), 'date'].filter((name) => name !== 'content-length'),
  );
}

function without(raw: readonly string[], names: readonly string[]): string[] {
  return [...headerPairs(raw)].filter(([name]) => !names.includes(name.toLowerCase())).flat();
}

function namedIn(raw: readonly string[]): string[] {
  return valuesOf(raw, 'connection')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase());
}

/** Each value of a header, whose name is in lower case. */
export function valuesOf(raw: readonly string[], header: string): string[] {
  return [...headerPairs(raw)].filter(([name]) => name.toLowerCase() === header).map(([, value]) => value);
}

/**
 * Returns the headers with the address that a follower found in place of X-Forwarded-For. A leader then finds that address too, whether it trusts that
 * header or not, and however many proxies it counts. Where there was none, there is none: the visitor is who has the connection.
 */
export function withAddress(headers: readonly string[], address: string): string[] {
  const rest = without(headers, ['x-forwarded-for']);
  return rest.length < headers.length ? [...rest, 'X-Forwarded-For', address] : rest;
}
