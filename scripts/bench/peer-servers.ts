import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/e2e/support/free-port.ts';
import type { Measured } from './processes.ts';

/** Other servers of the same calendar, of Debian, each on loopback with a folder of its own. */

/** A server that answers the calendar at that path. */
export interface Peer extends Pick<Measured, 'origin' | 'cpu' | 'stop'> {
  readonly path: string;
}

const START_TRIES = 100;

/** nginx with one worker, which sends a file and logs each request. */
export async function startNginx(calendar: Buffer): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'plane-ics-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'calendar.ics'), calendar);
  const config = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  // The account matters only to root, who else could not read the folder.
  const account = process.getuid?.() === 0 ? 'user root;' : '';
  await writeFile(
    config,
    `${account} daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  types { text/calendar ics; } charset utf-8; charset_types text/calendar; sendfile on; keepalive_requests 1000000;
  access_log ${folder}/access.log; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; root ${folder}; add_header Cache-Control "private, max-age=60"; }
}
`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', config], { stdio: 'ignore' });
  return started(child, folder, port, '/calendar.ics');
}

/** Radicale without passwords, with the calendar in a collection of its own; exporting it is a GET of the collection. */
export async function startRadicale(calendar: Buffer): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'plane-ics-radicale-'));
  const port = await freePort();
  await mkdir(join(folder, 'collections'));
  const config = join(folder, 'config');
  await writeFile(
    config,
    `[server]
hosts = 127.0.0.1:${port}
[auth]
type = none
[rights]
type = authenticated
[storage]
filesystem_folder = ${folder}/collections
[logging]
level = info
`,
  );
  const child = spawn('radicale', ['--config', config], { stdio: 'ignore' });
  const peer = await started(child, folder, port, '/bench/calendar/');
  const answer = await fetch(peer.origin + peer.path, {
    method: 'PUT',
    headers: { 'content-type': 'text/calendar; charset=utf-8', authorization: AS_BENCH },
    body: new Uint8Array(calendar),
  });
  if (answer.status !== 201) {
    await peer.stop();
    throw new Error(`peers: Radicale answers ${answer.status} to the calendar: ${await answer.text()}`);
  }
  return peer;
}

/** Radicale takes any password. */
export const AS_BENCH = `Basic ${Buffer.from('bench:bench').toString('base64')}`;

async function started(child: ChildProcess, folder: string, port: number, path: string): Promise<Peer> {
  const { pid } = child;
  const ended = new Promise<void>((resolve) =>
    child
      .once('close', () => {
        resolve();
      })
      .once('error', () => {
        resolve();
      }),
  );
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const origin = `http://127.0.0.1:${port}`;
  for (let tries = 0; pid !== undefined && child.exitCode === null && tries < START_TRIES; tries++) {
    const answer = await fetch(origin).catch(() => null);
    await answer?.arrayBuffer();
    if (answer) return { origin, path, stop, cpu: () => Promise.resolve(cpuOf(pid)) };
    await sleep(100);
  }
  await stop();
  throw new Error(`peers: ${child.spawnfile} does not start; it has to be installed`);
}

const TICK_US = 1_000_000 / Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout);

/** Microseconds of CPU of a process and its children, with threads that ended: fields 14 and 15 of proc(5) stat. */
function cpuOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_US + children.reduce((sum, child) => sum + cpuOf(child), 0);
}
