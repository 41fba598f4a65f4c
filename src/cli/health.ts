import { Agent, request } from 'undici';
import { readConfig, type Config } from '../config.ts';
import { controlPath } from '../store/control-path.ts';
import { CommandError, type Io } from './io.ts';

/** What a container's health check runs. It starts nothing: it asks the running server, and ends. */

/** For both ways together: with the start of this process it stays under three seconds. */
const PATIENCE_MS = 2_000;
/** The address to ask where the server listens on every one. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Prints one line when the server answers; else rejects with a CommandError, so that the process ends with code 1. */
export async function health(io: Io): Promise<void> {
  const config = readConfig(io.environment(), io.readText);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const isUp = (await answersAtSocket(config.dataDir, signal)) || (await answersAtPort(config, signal));
  if (!isUp)
    throw new CommandError(
      `No plane-ics answers within ${PATIENCE_MS / 1000} seconds, neither at its socket in ${config.dataDir} nor on port ${config.port}. ` +
        'Its log may say why.',
    );
  io.out('plane-ics answers.\n');
}

async function answersAtSocket(folder: string, signal: AbortSignal): Promise<boolean> {
  const place = await controlPath(folder, 'control.sock').catch(() => null);
  if (!place) return false;
  try {
    return await answers('http://localhost', new Agent({ connect: { socketPath: place.path } }), signal);
  } finally {
    await place.release();
  }
}

/** Some file systems that are mounted into containers hold no sockets; the server runs there too, and warns. */
function answersAtPort({ host, port }: Config, signal: AbortSignal): Promise<boolean> {
  const name = LOOPBACK[host] ?? host;
  return answers(`http://${name.includes(':') ? `[${name}]` : name}:${port}`, new Agent(), signal);
}

async function answers(origin: string, dispatcher: Agent, signal: AbortSignal): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${origin}/health`, { dispatcher, signal });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  } finally {
    await dispatcher.destroy();
  }
}
