import { createServer, isIPv6 } from 'node:net';
import { request } from 'undici';
import type { Config } from '../../config/config.ts';
import { errorMessage } from '../../domain/errors.ts';
import { faultCode } from '../../store/storage-error.ts';
import { findServer } from '../connect.ts';
import { fail, ok, warn, type Finding } from './finding.ts';
import { listenError } from '../listen-error.ts';

/** The running server and the problems it reports; without one, whether it could listen. */

/** The parts of the health report that are shown. */
export interface Health {
  readonly status: string;
  readonly version: string;
  readonly last_error: string | null;
  readonly problems: readonly { readonly part: string; readonly message: string }[];
  readonly projects: readonly { readonly identifier: string; readonly last_error: string | null }[];
  readonly mirrors: readonly { readonly state: string }[];
  readonly webhook: { readonly address: string; readonly secret: string | null; readonly last_delivery: string | null };
}

/** The result. */
export interface ServerCheck {
  /** null when no server uses the folder, or it does not answer. */
  readonly health: Health | null;
  /** Another process listens on the server's port. */
  readonly isPortTaken: boolean;
  readonly findings: readonly Finding[];
}

/** Checks the server that uses the folder, or else whether one could listen. */
export async function checkServer(config: Config): Promise<ServerCheck> {
  const what = 'server';
  try {
    const server = await findServer(config.dataDir);
    if (!server) {
      const port = await checkPort(config);
      const none = warn(what, `not running (${config.dataDir})`, 'Start it: plane-ics serve');
      return { health: null, isPortTaken: port !== null, findings: port ? [none, port] : [none] };
    }
    const health = (await server.json('GET', '/api/v1/health').finally(() => server.close())) as Health;
    return { health, isPortTaken: false, findings: [ok(what, `running, version ${health.version}`)] };
  } catch (error) {
    const finding = warn(what, errorMessage(error), 'Check its log, or restart it.');
    return { health: null, isPortTaken: false, findings: [finding] };
  }
}

/** A finding for each problem that the server reports, whose message includes the fix. `known` findings about Plane are not repeated. */
export function reported({ status, ...health }: Health, known: readonly Finding[]): Finding[] {
  const isPlaneKnown = known.some(({ level }) => level === 'FAIL');
  const problems = health.problems
    .filter(({ message }) => !known.some(({ detail }) => detail === message))
    .map(({ part, message }): Finding => ({ level: 'FAIL', what: part, detail: message }));
  const errors = isPlaneKnown ? [] : planeErrors(health);
  const mirrors = health.mirrors.some(({ state }) => state === 'error');
  const isExplained = status === 'ok' || isPlaneKnown || mirrors || problems.length + errors.length > 0;
  return [
    ...problems,
    ...errors,
    ...(isExplained ? [] : [warn('server', `it reports "${status}"`, 'See /api/v1/health.')]),
  ];
}

/** Errors of the server's last requests, although Plane answers now. Problems are reported separately. */
function planeErrors({ last_error: last, problems, projects }: Omit<Health, 'status'>): Finding[] {
  const reported = new Set<string | null>([null, ...problems.map(({ message }) => message)]);
  const fix = 'Each request for a calendar tries again. If it persists, check the log.';
  const ofServer = reported.has(last) ? [] : [warn('server', `its last request to Plane failed: ${last}`, fix)];
  reported.add(last);
  const ofProjects = projects.filter(({ last_error: error }) => !reported.has(error));
  return [
    ...ofServer,
    ...ofProjects.map(({ identifier, last_error: error }) => warn('server', `project ${identifier}: ${error}`, fix)),
  ];
}

/** null when the server could listen on HOST and PORT. */
async function checkPort({ host, port }: Config): Promise<Finding | null> {
  const error = await new Promise<unknown>((resolve) => {
    const server = createServer()
      .once('error', resolve)
      .listen({ host, port }, () => {
        server.close(() => {
          resolve(null);
        });
      });
  });
  if (error === null) return null;
  if (faultCode(error) !== 'EADDRINUSE') {
    const sentence = listenError(error, { host, port, portSetting: 'PORT' }) ?? errorMessage(error);
    return fail('HOST and PORT', sentence, 'Correct HOST or PORT in the environment, or in .env.');
  }
  const isOurs = await isPlaneIcs(host, port);
  return fail(
    'PORT',
    isOurs
      ? `another plane-ics with another DATA_DIR listens on port ${port} of ${host}`
      : `another process listens on port ${port} of ${host}`,
    `Find it with: ss -ltnp 'sport = :${port}'. Stop it, or set PORT to another one.`,
  );
}

const HEALTH_TIMEOUT_MS = 2_000;

async function isPlaneIcs(host: string, port: number): Promise<boolean> {
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  try {
    const url = `http://${isIPv6(name) ? `[${name}]` : name}:${port}/health`;
    const { body } = await request(url, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    return (await body.text()).includes('"status":"ok","timestamp"');
  } catch {
    return false;
  }
}
