import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { clientEnvironment, eventually } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';
import { command, type Need } from './clients.ts';
import { freePort } from './free-port.ts';

/** Real CalDAV servers of the distribution, each on loopback, with a folder and a port of its own. */
export type ServerKind = 'radicale' | 'xandikos';

/** A server that runs until the test ends. */
export interface CalDavServer {
  readonly kind: ServerKind;
  /** With a slash at the end. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** False for Xandikos, which knows no passwords. */
  readonly asksPassword: boolean;
}

const USER = 'alice';
const PASSWORD = 'sécret';

/** What a machine needs to run it. */
export const caldavNeeds = (kind: ServerKind): readonly Need[] =>
  kind === 'radicale' ? [command('radicale'), command('openssl')] : [command('xandikos')];

/** Starts one, and stops it by its process id after the test. */
export async function startCalDav(kind: ServerKind, scratch: Scratch): Promise<CalDavServer> {
  const home = await scratch.folder();
  const port = await freePort();
  const args = kind === 'radicale' ? ['--config', await radicaleConfig(home, port)] : xandikosArgs(home, port);
  const child = spawn(kind, args, { env: clientEnvironment(home), stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  scratch.defer(() => stop(child));
  const server = { kind, url: `http://127.0.0.1:${port}/`, username: USER, password: PASSWORD };
  const answers = await eventually(
    () => child.exitCode !== null || isUp(`${server.url}${USER}/`),
    (value) => value,
  );
  if (!answers || child.exitCode !== null) {
    throw new Error(`${kind} doesn't answer:\n${Buffer.concat(output).toString().slice(-2000)}`);
  }
  return { ...server, asksPassword: kind === 'radicale' };
}

async function isUp(url: string): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  const answer = await fetch(url, { method: 'PROPFIND', headers: { depth: '0', authorization } }).catch(() => null);
  await answer?.arrayBuffer();
  return answer?.status === 207;
}

async function radicaleConfig(home: string, port: number): Promise<string> {
  const hashed = spawnSync('openssl', ['passwd', '-apr1', PASSWORD], { encoding: 'utf8' }).stdout.trim();
  await writeFile(`${home}/users`, `${USER}:${hashed}\n`);
  const path = `${home}/config`;
  await writeFile(
    path,
    `[server]
hosts = 127.0.0.1:${port}
max_connections = 20
[auth]
type = htpasswd
htpasswd_filename = ${home}/users
htpasswd_encryption = md5
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = ${home}/collections
[web]
type = none
[logging]
level = warning
`,
  );
  return path;
}

function xandikosArgs(home: string, port: number): string[] {
  const principal = ['--defaults', '--current-user-principal', `/${USER}/`];
  return [...principal, '-l', '127.0.0.1', '-p', String(port), '-d', `${home}/data`];
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}
