import { setTimeout } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import { startApp } from '../server/app.ts';
import { readConfig, type Config } from '../config/config.ts';
import { errorMessage } from '../domain/errors.ts';
import { createLog } from '../lib/log.ts';
import { controlPath, type ControlName } from '../store/control-path.ts';
import { StoreTakenError } from '../store/stores.ts';
import { CommandError, type Io } from './io.ts';

/** How commands reach the program: over the socket in the data folder, which the running server opens, or else this process. */

const TIMEOUT_MS = 15_000;
const POLL_MS = 250;
/** A URL needs a host; the socket is the address. */
const ORIGIN = 'http://localhost';

/** A calendar as the API returns it. */
export interface Calendar {
  readonly bytes: Buffer;
  /** Seconds since Plane last confirmed it, when it is stale; else null. */
  readonly ageSeconds: number | null;
  /** What is missing because it hasn't been loaded yet: sentences, or null. */
  readonly incomplete: string | null;
}

/** The program's API. Errors are CommandErrors with the API's message. */
export interface Api {
  calendar(path: string): Promise<Calendar>;
  /** The response as it is. */
  download(path: string): Promise<Buffer>;
  /** The JSON of the response, whose shape the caller knows; null for an empty one. */
  json(method: Dispatcher.HttpMethod, path: string, body?: object): Promise<unknown>;
}

/** An API over an open connection. */
export interface Connection extends Api {
  close(): Promise<void>;
}

/** Runs work with the API of the running server, or else of the program, which is started for this and listens on the socket only. */
export async function withApi<T>(io: Io, work: (api: Api) => Promise<T>): Promise<T> {
  const connection = await connect(io, readConfig(io.environment(), io.readText));
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Waits for a server that is starting or stopping. */
async function connect(io: Io, config: Config): Promise<Connection> {
  const { dataDir } = config;
  for (let waited = 0; ; waited += POLL_MS) {
    const server = await findServer(dataDir);
    if (server) return server;
    try {
      return await startHere(io, config);
    } catch (error) {
      if (!(error instanceof StoreTakenError)) throw error;
      // A server that has the database may run elsewhere.
      if (waited >= TIMEOUT_MS) throw config.database ? new CommandError(error.message) : noAnswer(dataDir, error);
      await setTimeout(POLL_MS);
    }
  }
}

async function startHere(io: Io, config: Config): Promise<Connection> {
  let isClosing = false;
  // Later lines are only about work that was interrupted.
  const write = (line: string): void => {
    if (!isClosing) io.err(line);
  };
  const app = await startApp(config, io.world(createLog('warn', { write })), 'command');
  const connection = await findServer(config.dataDir, 'command.sock');
  if (!connection) {
    await app.close();
    throw new CommandError(
      `This command needs a socket in ${config.dataDir}, which can't be created there. Use the API of a running server instead.`,
    );
  }
  if (app.demo) io.err('DEMO: PLANE_URL is not set, so this uses demo projects.\n');
  return {
    ...connection,
    close: async () => {
      isClosing = true;
      await connection.close();
      await app.close();
    },
  };
}

/** The server that uses the folder; null when there is none. Rejects with a CommandError when it doesn't answer. */
export async function findServer(folder: string, name: ControlName = 'control.sock'): Promise<Connection | null> {
  const place = await controlPath(folder, name).catch((error: unknown) => {
    if (isAbsent(error)) return null;
    throw error;
  });
  if (!place) return null;
  const dispatcher = new Agent({ connect: { socketPath: place.path } });
  const close = async (): Promise<void> => {
    await dispatcher.close();
    await place.release();
  };
  try {
    const { body } = await request(`${ORIGIN}/health`, { dispatcher, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await body.dump();
  } catch (error) {
    await close();
    if (isAbsent(error)) return null;
    if (codeOf(error) === 'EACCES')
      throw new CommandError(
        `This user may not use the server's socket in ${folder}. Run this command as the server's user.`,
      );
    throw noAnswer(folder, error);
  }
  return { ...apiOver(dispatcher), close };
}

/** What is used of an error's answer. */
interface ErrorAnswer {
  readonly message: string;
  readonly details: { readonly fix?: string } | null;
}

interface Answer {
  readonly bytes: Buffer;
  readonly headers: Dispatcher.ResponseData['headers'];
}

function apiOver(dispatcher: Dispatcher): Api {
  async function send(method: Dispatcher.HttpMethod, path: string, body?: object): Promise<Answer> {
    const answer = await request(ORIGIN + path, {
      dispatcher,
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new CommandError(
        `The server stopped before it answered (${errorMessage(error)}). Check whether it was done.`,
      );
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode < 400) return { bytes, headers: answer.headers };
    throw new CommandError(withFlags(explained(JSON.parse(bytes.toString()) as ErrorAnswer)));
  }

  return {
    calendar: async (path) => {
      const { bytes, headers } = await send('GET', path);
      const { age, 'x-feed-incomplete': incomplete } = headers;
      return {
        bytes,
        ageSeconds: age === undefined ? null : Number(age),
        incomplete: typeof incomplete === 'string' ? incomplete : null,
      };
    },
    download: async (path) => (await send('GET', path)).bytes,
    json: async (...parameters) => {
      const { bytes } = await send(...parameters);
      return bytes.length === 0 ? null : (JSON.parse(bytes.toString()) as unknown);
    },
  };
}

/** Fields of requests whose flag has another name, without its dashes. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['scope.projects', 'project'],
  ['scope.calendars', 'calendar'],
  ['scope.person', 'person'],
  ['links', 'many'],
  ['refresh_seconds', 'refresh'],
  ['password', 'password-file'],
  ['tls_verify', 'no-tls-verify'],
  ['timesheet.member', 'hours-of'],
  ['timesheet.address', 'hours-address'],
  ['timesheet.project', 'hours-project'],
  ['timesheet.private', 'hours-private'],
]);
/** How sentences about a field or an option begin. Those about a name that someone chose go on differently. */
const ABOUT_FIELD = /^(?:The option )?"([a-z_.]+)" (?=must |may have |may name |is |can't be )/;

/** A sentence of the API in the words of the command line: flags in place of fields. */
function withFlags(sentence: string): string {
  const text = sentence
    // Only whom a link is for differs between several new ones.
    .replace(/^"links\.\d+": /, '')
    .replace(/^"links\.(\d+)\.for"/, (_all, at: string) => `Entry ${Number(at) + 1} of the list`)
    .replace(/^"links\.\d+\./, '"');
  const field = ABOUT_FIELD.exec(text)?.[1];
  if (field === undefined) return text;
  const flag = `--${FLAGS.get(field) ?? field.replaceAll('_', '-')} `;
  return text.replace(ABOUT_FIELD, flag).replace(/(,? or) null\b/, field === 'refresh_seconds' ? '$1 auto' : '');
}

function noAnswer(folder: string, cause: unknown): CommandError {
  return new CommandError(
    `Another plane-ics uses ${folder}, but did not answer at its socket there within ${TIMEOUT_MS / 1000} seconds. ` +
      'Check its log.',
    cause,
  );
}

/** There is no socket, or nothing listens on it. */
function isAbsent(error: unknown): boolean {
  return /^(?:ENOENT|ENOTDIR|ECONNREFUSED)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

/** What is wrong and what to do, where the message does not say that already. */
function explained({ message, details }: ErrorAnswer): string {
  const fix = details?.fix;
  return fix === undefined || message.includes(fix) ? message : `${message} ${fix}`;
}
