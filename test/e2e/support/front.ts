import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { projectText } from '../../support/dockerfile.ts';
import { clientEnvironment, eventually } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';
import { command, type Need } from './installed.ts';

/** Real reverse proxies with the configurations of deploy/, in which only names, ports and files are replaced. */

export type FrontKind = 'nginx' | 'caddy';

/** A proxy that runs until the test ends. */
export interface Front {
  readonly https: string;
  readonly http: string;
  /** Its certificate's authority, as PEM. */
  readonly ca: string;
  /** All that it wrote into logs so far. */
  logs(): string;
}

export interface FrontPorts {
  readonly https: number;
  readonly http: number;
  /** Where plane-ics listens: one server, or several. */
  readonly planeIcs: number | readonly number[];
}

/** A text of a configuration, and what a test has in its place. */
export type Replacement = readonly [from: string, to: string];

/** What a machine needs to run it. */
export const frontNeeds = (kind: FrontKind): readonly Need[] =>
  kind === 'nginx' ? [command('nginx'), command('openssl')] : [command('caddy')];

/** What a test changes. */
export interface FrontChanges {
  /** Further files in the folder of the configuration. */
  readonly files?: Readonly<Record<string, string>>;
  readonly replacements?: readonly Replacement[];
}

/** Starts one, and stops it by its process id after the test. */
export async function startFront(
  kind: FrontKind,
  ports: FrontPorts,
  scratch: Pick<Scratch, 'defer' | 'folder'>,
  { files: extra = {}, replacements = [] }: FrontChanges = {},
): Promise<Front> {
  const home = await scratch.folder();
  chmodSync(home, 0o755);
  for (const [name, text] of Object.entries(extra)) writeFileSync(join(home, name), text);
  const { args, env, authority } = (kind === 'nginx' ? nginx : caddy)(home, ports, replacements);
  const child = spawn(kind, args, { env: { ...clientEnvironment(home), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  scratch.defer(() => {
    child.kill('SIGTERM');
    return ended;
  });
  const isUp = await eventually(
    () => child.exitCode !== null || (existsSync(authority) && answers(ports.https, readFileSync(authority, 'utf8'))),
    (value) => value,
  );
  if (!isUp || child.exitCode !== null) throw new Error(`${kind} doesn't answer:\n${output}`);
  const files = (): string[] => readdirSync(home).filter((name) => name.endsWith('.log'));
  return {
    https: `https://localhost:${ports.https}`,
    http: `http://localhost:${ports.http}`,
    ca: readFileSync(authority, 'utf8'),
    logs: () => [output, ...files().map((name) => readFileSync(join(home, name), 'utf8'))].join('\n'),
  };
}

async function answers(port: number, ca: string): Promise<boolean> {
  const dispatcher = new Agent({ connect: { ca } });
  const answer = await request(`https://localhost:${port}/health`, { dispatcher }).catch(() => null);
  await answer?.body.dump();
  await dispatcher.destroy();
  return answer !== null;
}

/** The text with each of these replaced; one that is not there is an error. */
function replaced(text: string, pairs: readonly Replacement[]): string {
  return pairs.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the configuration has no ${from}`);
    return now.replaceAll(from, to);
  }, text);
}

function serversOf({ planeIcs }: FrontPorts): string[] {
  return [planeIcs].flat().map((port) => `127.0.0.1:${port}`);
}

function nginx(home: string, ports: FrontPorts, replacements: readonly Replacement[]) {
  const authority = join(home, 'certificate.pem');
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', join(home, 'key.pem'), '-out', authority];
  spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files]);
  const server = (address: string): string => `server ${address} max_fails=1 fail_timeout=2s;`;
  const backup = (address: string): string => `server ${address} max_fails=0 backup;`;
  const servers = serversOf(ports);
  const site = replaced(projectText('deploy/nginx.conf'), [
    ['listen 80;', `listen 127.0.0.1:${ports.http};`],
    ['listen [::]:80;', ''],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${ports.https} ssl http2;`],
    ['listen [::]:443 ssl http2;', ''],
    ['/etc/letsencrypt/live/calendars.example.com/fullchain.pem', authority],
    ['/etc/letsencrypt/live/calendars.example.com/privkey.pem', join(home, 'key.pem')],
    ['server_name calendars.example.com;', 'server_name localhost;'],
    ['/var/log/nginx/', `${home}/`],
    [server('127.0.0.1:8080'), servers.map(server).join('\n    ')],
    [`# ${backup('127.0.0.1:8080')}`, servers.length > 1 ? servers.map(backup).join('\n    ') : ''],
    ...replacements,
  ]);
  writeFileSync(join(home, 'site.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${home}/${name};`,
  );
  writeFileSync(
    join(home, 'nginx.conf'),
    `daemon off;\npid ${home}/pid;\nworker_processes 1;\nevents {}\n` +
      `http {\n${temporary.join('\n')}\naccess_log off;\ninclude ${home}/site.conf;\n}\n`,
  );
  return { args: ['-e', join(home, 'start.log'), '-c', join(home, 'nginx.conf')], env: {}, authority };
}

function caddy(home: string, ports: FrontPorts, replacements: readonly Replacement[]) {
  const options = [
    'admin off',
    `http_port ${ports.http}`,
    `https_port ${ports.https}`,
    'default_bind 127.0.0.1',
    'skip_install_trust',
  ];
  writeFileSync(
    join(home, 'Caddyfile'),
    replaced(projectText('deploy/Caddyfile'), [['\n{\n', `\n{\n\t${options.join('\n\t')}\n`], ...replacements]),
  );
  return {
    args: ['run', '--config', join(home, 'Caddyfile'), '--adapter', 'caddyfile'],
    env: { DOMAIN: 'localhost', PLANE_ICS: serversOf(ports).join(' ') },
    authority: join(home, '.local/share/caddy/pki/authorities/local/root.crt'),
  };
}
