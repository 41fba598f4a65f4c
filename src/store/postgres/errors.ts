import { AppError } from '../../domain/errors.ts';
import { conflictError } from '../../lib/record-version.ts';
import { StoreError } from '../storage-error.ts';

/** What errors of PostgreSQL, its driver and the network mean. */

/** The SQLSTATE that the function in `schema.ts` raises for a write of an epoch that has ended. */
export const LEASE_LOST = 'PI001';
/** The same where a record does not have the version that a change expects. */
export const CONFLICT = 'PI002';
/** The same for a change that only the server with the lease may make. */
export const UNCHECKED = 'PI003';

/** The code of an error: an SQLSTATE, or the system's such as ECONNREFUSED; '' for none. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The driver has no codes for its own errors. */
const TIMED_OUT = /^(?:Query read timeout|timeout e\w+|Connection terminated due to connection timeout)/;
const CUT_OFF = /^(?:Connection terminated|Client (?:has encountered|was closed)|server conn crashed)/;

/** True for a statement that was not answered in time, which may still be executed. */
export function isTimeout(error: unknown): boolean {
  return TIMED_OUT.test(messageOf(error));
}

/** True where the connection ended: the statement may have been executed, and a new connection may work at once. */
export function isCutOff(error: unknown): boolean {
  const code = codeOf(error);
  // 57P01 and 57P02: the server is stopping or has crashed. 08: connection exceptions, also those of poolers.
  return /^(?:ECONNRESET|EPIPE|57P0[12]|08...)$/.test(code) || (!isTimeout(error) && CUT_OFF.test(messageOf(error)));
}

/** True where the server undid the statement because of concurrent ones: serialization failure, deadlock, a lock that took too long. */
export function isUndone(error: unknown): boolean {
  return /^(?:40(?:001|P01)|55P03)$/.test(codeOf(error));
}

/** True where the next try may succeed without anyone's help: the database is starting, busy or out of reach. */
export function isTransient(error: unknown): boolean {
  return (
    isTimeout(error) ||
    isCutOff(error) ||
    /^(?:E(?:CONNREFUSED|HOSTUNREACH|NETUNREACH|TIMEDOUT|AI_AGAIN|NOTFOUND)|57P03|53300)$/.test(codeOf(error))
  );
}

const SENTENCES: readonly (readonly [code: RegExp, sentence: (database: string) => string])[] = [
  [/^28/, (name) => `The database ${name} refuses the user or password. Check DATABASE_URL.`],
  [/^3D000$/, (name) => `The database ${name} does not exist. Run: createdb --owner=USER --encoding=UTF8 NAME`],
  [
    /^42501$/,
    (name) =>
      `The user of DATABASE_URL has not the permissions it needs in ${name}. Run: ALTER DATABASE name OWNER TO user; ` +
      'What is in its schema plane_ics must belong to that user too.',
  ],
  [/^25006$/, (name) => `The database ${name} is read-only: set DATABASE_URL to the primary server.`],
  [/^53300$/, (name) => `The database ${name} accepts no more connections. Raise max_connections, or use PgBouncer.`],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, (name) => `The host of the database ${name} is not known. Check DATABASE_URL.`],
  [
    /^(?:.*CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_TLS)/,
    (name) =>
      `The certificate of the database ${name} is not trusted. Add its authority to CA_FILE, and check the host name.`,
  ],
];

/** The error as callers of a store know it: `conflict`, or a StoreError that names the database and never has a secret. */
export function toDatabaseError(error: unknown, name: string): Error {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const because = (sentence: string): StoreError => new StoreError(sentence, error);
  if (code === CONFLICT) return conflictError();
  if (code === LEASE_LOST) return because(`Another plane-ics has taken over the database ${name}.`);
  if (code === '53100')
    return new StoreError(`The disk of the database ${name} is full. Free space there.`, error, 'storage_full');
  if (isTimeout(error)) return because(`The database ${name} does not answer.`);
  if (error instanceof TypeError || error instanceof RangeError) return error;
  const known = SENTENCES.find(([pattern]) => pattern.test(code));
  return because(known ? known[1](name) : otherSentence(error, name));
}

function otherSentence(error: unknown, name: string): string {
  const code = codeOf(error);
  if (messageOf(error) === 'The server does not support SSL connections')
    return `The database ${name} does not encrypt connections. Turn TLS on there, or remove sslmode.`;
  if (isTransient(error)) return `The database ${name} can't be reached.`;
  return `The database ${name} failed: ${messageOf(error).replace(/\.$/, '')}${code === '' ? '' : ` (${code})`}.`;
}
