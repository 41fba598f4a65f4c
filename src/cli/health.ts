import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { readConfig } from '../config/config.ts';
import { controlPath } from '../store/control-path.ts';
import { CommandError, type Io } from './io.ts';

/** `health`, for a container's health check: asks the running server, and starts nothing. */

/** For both attempts together, so that the process ends within three seconds. */
const TIMEOUT_MS = 2_000;
/** The address to use where the server listens on all of them. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where a server listens: a socket, or an address. An IPv6 address may have a zone, which a URL can't. */
type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/**
 * Prints a line when the server answers; else rejects with a CommandError, so that the process exits with code 1.
 *
 * Problems are printed, but don't fail the check: restarting the container fixes neither an outage of Plane nor a full disk.
 */
export async function health(io: Io): Promise<void> {
  const { dataDir, host, port } = readConfig(io.environment(), io.readText);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
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
  // Some file systems that are mounted into containers don't support sockets; the server runs there too, and warns.
  if ((await answer({ host: LOOPBACK[host] ?? host, port }, '/health', signal)) === null)
    throw new CommandError(
      `plane-ics did not answer, neither at its socket in ${dataDir} nor on port ${port}. Check whether it runs, and its log.`,
    );
  io.out('plane-ics answers.\n');
}

/** The body of a response with status 200; null for any other, or none. */
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

/** A line for each problem that the server reports. */
function problemsIn(report: string | null): string {
  try {
    const { status, problems, last_error: last, projects } = JSON.parse(report ?? '{}') as Report;
    if (status === undefined || status === 'ok') return '';
    const errors = [last, ...(projects ?? []).map((project) => project.last_error)];
    // An outage of Plane is not listed as a problem, and all projects often have the same error.
    const messages = new Set([...(problems ?? []).map(({ message }) => message), ...errors]);
    const lines = [...messages].flatMap((message) => (message ? [`  ${message}\n`] : []));
    return `Status: ${status}. Run plane-ics doctor for details.\n${lines.join('')}`;
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
