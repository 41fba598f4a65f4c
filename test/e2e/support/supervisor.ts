import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The built program, started again whenever it ends, as systemd and Docker do. */

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const RESTART_MS = 200;
const MAX_LINES = 500;

/** How a process ended: "code 1", "SIGKILL". */
export interface Exit {
  readonly how: string;
  /** Milliseconds of the machine's clock. */
  readonly at: number;
}

export interface Supervised {
  /** Ends of its processes, oldest first. */
  readonly exits: readonly Exit[];
  /** Lines of the log from warnings on, and what is no log. */
  readonly lines: readonly string[];
  /** Sends a signal to the process that runs now. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process that runs now, or the next one, has ended. */
  ended(): Promise<Exit>;
  /** Kills it, and starts no other one. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Starts the program and supervises it. */
export function supervise({ settings, cwd }: SupervisorOptions): Supervised {
  const exits: Exit[] = [];
  const lines: string[] = [];
  const waiting: ((exit: Exit) => void)[] = [];
  const stopped = new AbortController();
  let child: ChildProcess | null = null;

  function read(line: string): void {
    if (/"level":"?(?:10|20|30|debug|info)\b/.test(line)) return;
    lines.push(line);
    if (lines.length > MAX_LINES) lines.shift();
  }

  async function runOnce(): Promise<void> {
    const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', ...settings };
    const started = spawn(process.execPath, [MAIN, 'serve'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const output of [started.stdout, started.stderr]) createInterface(output).on('line', read);
    const exit = await new Promise<Exit>((resolve) => {
      started.once('exit', (code, signal) => {
        resolve({ how: signal ?? `code ${code ?? -1}`, at: Date.now() });
      });
    });
    child = null;
    exits.push(exit);
    for (const resolve of waiting.splice(0)) resolve(exit);
  }

  const work = (async () => {
    while (!stopped.signal.aborted) {
      await runOnce();
      await sleep(RESTART_MS);
    }
  })();

  return {
    exits,
    lines,
    signal: (name) => void child?.kill(name),
    ended: () => new Promise((resolve) => waiting.push(resolve)),
    stop: async () => {
      stopped.abort();
      child?.kill('SIGKILL');
      await work;
    },
  };
}
