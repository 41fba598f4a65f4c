import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Servers that end with the test, however it ends. */

/** The account of a server that doesn't run as root; none where this process is not root either. */
export function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = /^(?:postgres|nobody):[^:]*:(\d+):(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))!;
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** A server, as long as it runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
}

/**
 * Starts a command under a shell. Where standard input is closed while it runs, as when this process dies in any way, the shell ends the
 * command and removes the folder.
 */
export function guarded(command: string, args: readonly string[], signal: string, folder: string): Running {
  const end = `trap '' TERM; kill -CONT $pid; kill -${signal} $pid; sleep 1; rm -rf "$folder"`;
  const guard = `{ cat <&3 > /dev/null; ${end}; } 2> /dev/null & guard=$!`;
  const script = `exec 3<&0; folder=$1; shift; "$@" < /dev/null & pid=$!; ${guard}; wait $pid; kill $guard`;
  const child = spawn('sh', ['-c', script, 'sh', folder, command, ...args], {
    ...account(),
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return { child, ended: new Promise((resolve) => child.once('exit', resolve)) };
}
