import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { readConfig } from '../config/config.ts';
import { controlPath } from '../store/control-path.ts';
import { CommandError, type Io } from './io.ts';

/** What a container's health check runs. It starts nothing: it asks the running server, and ends. */

/** For both ways together: with the start of this process it stays under three seconds. */
const PATIENCE_MS = 2_000;
/** The address to ask where the server listens on every one. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where a server listens: a socket, or an address. IPv6 addresses may name their interface, which no URL can. */
type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/**
 * Prints one line when the server answers; else rejects with a CommandError, so that the process ends with code 1.
 *
 * Whether it answers is all that counts: who starts a container anew for an outage of Plane, or a full disk, ends nothing of that.
 * What is wrong is printed besides.
 */
export async function health(io: Io): Promise<void> {
  const { dataDir, host, port } = readConfig(io.environment(), io.readText);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const place = await controlPath(dataDir, 'control.sock').catch(() => null);
  try {
    const socket = place && { socketPath: place.path };
    if (socket && (await answer(socket, '/health', signal)) !== null) {
      io.out(`plane-ics answers.\n${problemsIn(await answer(socket, '/api/v1/health', signal))}`);
      return;
    }
  } finally {
    await place?.release();
  }
  // Some file systems that are mounted into containers hold no sockets; the server runs there too, and warns.
  if ((await answer({ host: LOOPBACK[host] ?? host, port }, '/health', signal)) === null)
    throw new CommandError(
      `No plane-ics answers within ${PATIENCE_MS / 1000} seconds, neither at its socket in ${dataDir} nor on port ${port}. ` +
        'Its log may say why.',
    );
  io.out('plane-ics answers.\n');
}

/** The body of an answer of status 200; null for any other, or none. */
function answer(place: Place, path: string, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const none = (): void => {
      resolve(null);
    };
    get({ ...place, path, signal, agent: false }, (response) => {
      if (response.statusCode !== 200) none();
      text(response).then(resolve, none);
    }).on('error', none);
  });
}

/** A line for each thing that the server reports as wrong. */
function problemsIn(report: string | null): string {
  try {
    const { status, problems, last_error: last, projects } = JSON.parse(report ?? '{}') as Report;
    if (status === undefined || status === 'ok') return '';
    const errors = [last, ...(projects ?? []).map((project) => project.last_error)];
    // What keeps Plane from being read is no problem of its own, and one error is often that of all projects.
    const told = new Set([...(problems ?? []).map(({ message }) => message), ...errors]);
    const lines = [...told].flatMap((message) => (message ? [`  ${message}\n`] : []));
    return `Its state is "${status}"; plane-ics doctor says more.\n${lines.join('')}`;
  } catch {
    return '';
  }
}

/** Of the server's report, what is shown here. */
interface Report {
  readonly status?: string;
  readonly problems?: readonly { readonly message: string }[];
  readonly last_error?: string | null;
  readonly projects?: readonly { readonly last_error: string | null }[];
}
