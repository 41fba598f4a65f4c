import { createServer, isIPv6 } from 'node:net';
import { request } from 'undici';
import type { Config } from '../../config/config.ts';
import { errorMessage } from '../../domain/errors.ts';
import { faultCode } from '../../store/storage-error.ts';
import { findServer } from '../connect.ts';
import { fail, ok, warn, type Finding } from './finding.ts';
import { listenError } from '../listen-error.ts';

/** The running server and what it reports of itself; without one, whether it could listen. */

/** Of the server's report, what is shown here. */
export interface Health {
  readonly status: string;
  readonly version: string;
  readonly last_error: string | null;
  readonly problems: readonly { readonly part: string; readonly message: string }[];
  readonly projects: readonly { readonly identifier: string; readonly last_error: string | null }[];
  readonly mirrors: readonly { readonly state: string }[];
  readonly webhook: { readonly address: string; readonly secret: string | null; readonly last_delivery: string | null };
}

/** What came of asking for it. */
export interface ServerCheck {
  /** null when no server has the folder, or it does not answer. */
  readonly health: Health | null;
  /** Something else listens where the server would. */
  readonly isPortTaken: boolean;
  readonly findings: readonly Finding[];
}

/** Asks the server that has the folder, or else whether one could listen. */
export async function checkServer(config: Config): Promise<ServerCheck> {
  const what = 'server';
  try {
    const server = await findServer(config.dataDir);
    if (!server) {
      const port = await checkPort(config);
      const none = warn(what, `none runs with ${config.dataDir}`, 'Start it: plane-ics serve');
      return { health: null, isPortTaken: port !== null, findings: port ? [none, port] : [none] };
    }
    const health = (await server.json('GET', '/api/v1/health').finally(() => server.close())) as Health;
    return { health, isPortTaken: false, findings: [ok(what, `runs, version ${health.version}`)] };
  } catch (error) {
    const finding = warn(what, errorMessage(error), 'Look into its log, or restart it.');
    return { health: null, isPortTaken: false, findings: [finding] };
  }
}

/** What it reports as wrong, one finding each; a problem's message says what to do. `known` is of Plane, and is not repeated. */
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

/** Errors of its own last requests, although Plane answers now. What is a problem is told as one. */
function planeErrors({ last_error: last, problems, projects }: Omit<Health, 'status'>): Finding[] {
  const told = new Set<string | null>([null, ...problems.map(({ message }) => message)]);
  const fix = 'It is tried again whenever a calendar is asked for. If it stays, look into the log.';
  const ofServer = told.has(last) ? [] : [warn('server', `its last request to Plane failed: ${last}`, fix)];
  told.add(last);
  const ofProjects = projects.filter(({ last_error: error }) => !told.has(error));
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
      ? `another plane-ics listens on port ${port} of ${host}, with another DATA_DIR`
      : `something else listens on port ${port} of ${host}; which program can't be determined from here`,
    `Find it with: ss -ltnp 'sport = :${port}'. Stop it, or set PORT to another one.`,
  );
}

const PATIENCE_MS = 2_000;

async function isPlaneIcs(host: string, port: number): Promise<boolean> {
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  try {
    const url = `http://${isIPv6(name) ? `[${name}]` : name}:${port}/health`;
    const { body } = await request(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return (await body.text()).includes('"status":"ok","timestamp"');
  } catch {
    return false;
  }
}
