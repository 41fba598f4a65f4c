/** Where the database is, and how connections to it are encrypted. */

/**
 * What the connection is protected against, as `sslmode` in libpq: `disable` is not encrypted, `require` is encrypted without checking
 * whose certificate it is, `verify-ca` checks who issued it, and `verify-full` its host name too.
 */
export const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
/** One of them. */
export type TlsMode = (typeof TLS_MODES)[number];

/** A parsed DATABASE_URL. */
export interface DatabaseAddress {
  /** A name, an IP address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** null: not given, which means `disable`. */
  readonly tls: TlsMode | null;
}

const EXAMPLE = 'postgres://user:password@db.example.com:5432/plane_ics';
const PARAMETERS = ['sslmode', 'host'];

/** Parses DATABASE_URL. Throws a RangeError whose message continues the setting's name, and never includes the value. */
export function parseDatabaseAddress(text: string): DatabaseAddress {
  const wrong = `must be an address such as ${EXAMPLE}, with special characters of the password percent-encoded`;
  if (!/^postgres(?:ql)?:\/\//i.test(text) || !URL.canParse(text)) throw new RangeError(wrong);
  const { hostname, port, username, password, pathname, searchParams, hash } = new URL(text);
  const unknown = [...searchParams.keys()].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0)
    throw new RangeError(
      `has parameters that plane-ics does not have: only ${PARAMETERS.join(' and ')} are known (a certificate authority goes into CA_FILE)`,
    );
  const address = {
    host: searchParams.get('host') ?? hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 5432 : Number(port),
    user: decode(username, wrong),
    password: decode(password, wrong),
    database: decode(pathname.slice(1), wrong),
    tls: tlsMode(searchParams.get('sslmode')),
  };
  const isComplete = address.host !== '' && address.user !== '' && address.database !== '';
  if (!isComplete || address.host.includes(',') || address.database.includes('/') || hash !== '')
    throw new RangeError(wrong);
  return address;
}

function decode(text: string, wrong: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RangeError(wrong);
  }
}

function tlsMode(given: string | null): TlsMode | null {
  const mode = TLS_MODES.find((one) => one === given);
  if (given !== null && !mode) throw new RangeError(`must have an sslmode that is one of: ${TLS_MODES.join(', ')}`);
  return mode ?? null;
}

/** The address for people, without user and password. */
export function nameOfDatabase({ host, port, database }: DatabaseAddress): string {
  if (host.startsWith('/')) return `${database} at ${host}`;
  return `${database} at ${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** True where others could read what is sent, and nobody decided that. */
export function isUnprotected({ host, tls }: DatabaseAddress): boolean {
  return tls === null && !/^(?:\/|127\.|localhost$|::1$)/.test(host);
}
