import { createHash } from 'node:crypto';

/** HTTP Digest authentication (RFC 7616): the challenge, and the answer to it. Pure functions. */

const HASHES: ReadonlyMap<string, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
  ['SHA-512-256', 'sha512-256'],
]);
const MAX_HEADER = 8_192;

/** One challenge of a WWW-Authenticate header; the scheme and the parameters' names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A Digest challenge that can be answered. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the server wrote it; undefined means MD5. */
  readonly algorithm: string | undefined;
  /** Whether it offers qop=auth; without, the older form of RFC 2069. */
  readonly qop: boolean;
  readonly stale: boolean;
  readonly userhash: boolean;
}

/** Reads WWW-Authenticate: several challenges in one list, as servers write them (RFC 9110 section 11.6.1). */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const words = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s,"]*)))?/g;
  for (const [whole, name = '', quoted, plain] of header.slice(0, MAX_HEADER).matchAll(words)) {
    if (whole === name) {
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
      continue;
    }
    const value = quoted?.replace(/\\([^])/g, '$1') ?? plain ?? '';
    challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}

/** The strongest Digest challenge we can answer: SHA-2 before MD5. */
export function pickDigest(challenges: readonly Challenge[]): DigestChallenge | null {
  const usable = challenges
    .filter(({ scheme }) => scheme === 'digest')
    .flatMap(({ parameters }) => usableOf(parameters));
  return usable.find(({ algorithm }) => hashOf(algorithm).name !== 'md5') ?? usable[0] ?? null;
}

function usableOf(parameters: Challenge['parameters']): DigestChallenge[] {
  const [nonce, algorithm] = [parameters.get('nonce'), parameters.get('algorithm')];
  const offered = (parameters.get('qop') ?? '').toLowerCase().split(/[\s,]+/);
  const qop = offered.includes('auth');
  if (nonce === undefined || hashOf(algorithm).name === undefined || (parameters.has('qop') && !qop)) return [];
  return [
    {
      realm: parameters.get('realm') ?? '',
      nonce,
      opaque: parameters.get('opaque'),
      algorithm,
      qop,
      stale: parameters.get('stale')?.toLowerCase() === 'true',
      userhash: parameters.get('userhash')?.toLowerCase() === 'true',
    },
  ];
}

function hashOf(algorithm = 'MD5'): { name: string | undefined; session: boolean } {
  const session = /-sess$/i.test(algorithm);
  return { name: HASHES.get(algorithm.toUpperCase().replace(/-SESS$/, '')), session };
}

/** The input of a Digest header. */
export interface DigestRequest {
  readonly challenge: DigestChallenge;
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly uri: string;
  /** How often the nonce was used, including this time. */
  readonly count: number;
  readonly cnonce: string;
}

/** The value of an Authorization header (RFC 7616 section 3.4). */
export function digestHeader({ challenge, username, password, method, uri, count, cnonce }: DigestRequest): string {
  const { realm, nonce, opaque, algorithm, qop, userhash } = challenge;
  const { name = 'md5', session } = hashOf(algorithm);
  const hash = (text: string): string => createHash(name).update(text, 'utf8').digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const secret = hash(`${username}:${realm}:${password}`);
  const a1 = session ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(`${method}:${uri}`);
  const response = hash(qop ? `${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}` : `${a1}:${nonce}:${a2}`);
  const parts = [
    `username=${quote(userhash ? hash(`${username}:${realm}`) : username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop ? ['qop=auth', `nc=${nc}`] : []),
    ...(qop || session ? [`cnonce="${cnonce}"`] : []),
    ...(userhash ? ['userhash=true'] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}

/** A quoted string of UTF-8 bytes, each of which Node writes as one character of a header. */
function quote(text: string): string {
  return `"${Buffer.from(text.replace(/["\\]/g, '\\$&'), 'utf8').toString('latin1')}"`;
}
