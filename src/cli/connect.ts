import { setTimeout } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import { startApp } from '../server/app.ts';
import { readConfig, type Config } from '../config/config.ts';
import { errorMessage } from '../domain/errors.ts';
import { createLog } from '../lib/log.ts';
import { controlPath, type ControlName } from '../store/control-path.ts';
import { FolderTakenError } from '../store/stores.ts';
import { CommandError, type Io } from './io.ts';

/** How commands reach the program: over the socket in the data folder, served by the running server or else by this process. */

const TIMEOUT_MS = 15_000;
const POLL_MS = 250;
/** Stands in for an address: the socket is one. */
const ORIGIN = 'http://localhost';

/** A calendar as the API answers it. */
export interface Calendar {
  readonly bytes: Buffer;
  /** Seconds since Plane last confirmed it, when that is longer ago than it should be; else null. */
  readonly ageSeconds: number | null;
  /** What is not in it because it could not be read yet: sentences, or null. */
  readonly incomplete: string | null;
}

/** The program's API. What it refuses is a CommandError with its words. */
export interface Api {
  calendar(path: string): Promise<Calendar>;
  /** The JSON of the answer, whose shape the caller knows. */
  json(method: Dispatcher.HttpMethod, path: string, body?: object): Promise<unknown>;
}

/** An API that somebody serves. */
export interface Connection extends Api {
  close(): Promise<void>;
}

/** Does the work with the API of the running server, or of the program started for this alone, with no listener but the socket. */
export async function withApi<T>(io: Io, work: (api: Api) => Promise<T>): Promise<T> {
  const connection = await connect(io, readConfig(io.environment(), io.readText));
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** A server that is just starting or ending is waited for. */
async function connect(io: Io, config: Config): Promise<Connection> {
  const { dataDir } = config;
  for (let waited = 0; ; waited += POLL_MS) {
    const server = await findServer(dataDir);
    if (server) return server;
    try {
      return await startHere(io, config);
    } catch (error) {
      if (!(error instanceof FolderTakenError)) throw error;
      if (waited >= TIMEOUT_MS) throw noAnswer(dataDir, error);
      await setTimeout(POLL_MS);
    }
  }
}

async function startHere(io: Io, config: Config): Promise<Connection> {
  let isClosing = false;
  // What is told then is only of work that was broken off.
  const write = (line: string): void => {
    if (!isClosing) io.err(line);
  };
  const app = await startApp(config, io.world(createLog('warn', { write })), 'command');
  const connection = await findServer(config.dataDir, 'command.sock');
  if (!connection) {
    await app.close();
    throw new CommandError(
      `Nothing can be done here without a socket in ${config.dataDir}: ask the server's API instead.`,
    );
  }
  if (app.demo) io.err('DEMO: PLANE_URL is not set, so this is about made-up projects.\n');
  return {
    ...connection,
    close: async () => {
      isClosing = true;
      await connection.close();
      await app.close();
    },
  };
}

/** The server that has the folder; null when none has. Rejects with a CommandError when one has it that doesn't answer. */
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
      throw new CommandError(`This user may not use the server's socket in ${folder}. Run this as the server's user.`);
    throw noAnswer(folder, error);
  }
  return { ...apiOver(dispatcher), close };
}

interface Answer {
  readonly bytes: Buffer;
  readonly headers: Dispatcher.ResponseData['headers'];
}

function apiOver(dispatcher: Dispatcher): Api {
  async function ask(method: Dispatcher.HttpMethod, path: string, body?: object): Promise<Answer> {
    const answer = await request(ORIGIN + path, {
      dispatcher,
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new CommandError(`The server ended before it answered (${errorMessage(error)}). Look whether it was done.`);
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode < 400) return { bytes, headers: answer.headers };
    const { message } = JSON.parse(bytes.toString()) as { message: string };
    throw new CommandError(message);
  }

  return {
    calendar: async (path) => {
      const { bytes, headers } = await ask('GET', path);
      const { age, 'x-feed-incomplete': incomplete } = headers;
      return {
        bytes,
        ageSeconds: age === undefined ? null : Number(age),
        incomplete: typeof incomplete === 'string' ? incomplete : null,
      };
    },
    json: async (...asked) => JSON.parse((await ask(...asked)).bytes.toString()) as unknown,
  };
}

function noAnswer(folder: string, cause: unknown): CommandError {
  return new CommandError(
    `Another plane-ics uses ${folder}, and did not answer at its socket there within ${TIMEOUT_MS / 1000} seconds. ` +
      'Its log may say why.',
    cause,
  );
}

/** Nothing there, or nobody who listens. */
function isAbsent(error: unknown): boolean {
  return /^(?:ENOENT|ENOTDIR|ECONNREFUSED)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
