import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The compiled program as a child process, with `probe.js` in it. */

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const PROBE = new URL('probe.js', import.meta.url).href;
const START_MS = 40_000;
const EXAMPLES = 3;

/** Lines of the log by level and message, over all processes, with the first of each kind that is no news of daily life. */
export interface LogTally {
  readonly counts: Map<string, number>;
  readonly examples: Map<string, string[]>;
}

export interface Program {
  /** Where it listens, such as "http://localhost:41234". */
  readonly origin: string;
  readonly pid: number;
  /** By how many milliseconds each look at the event loop came late, since the last call. */
  late(): Promise<number[]>;
  /** After garbage collection. */
  memory(): Promise<NodeJS.MemoryUsage>;
  /** Sets its clock so far from the machine's. */
  shiftClock(ms: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Sends the signal and resolves when it is over. */
  end(signal: NodeJS.Signals): Promise<string>;
  /** "code 0", "SIGKILL": how it ended, and whether anyone asked for it. */
  readonly ended: Promise<{ readonly how: string; readonly wasAsked: boolean }>;
}

export interface ProgramOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly clockShiftMs: number;
  readonly tally: LogTally;
  readonly nodeArgs?: readonly string[];
}

export function createTally(): LogTally {
  return { counts: new Map(), examples: new Map() };
}

/** Resolves when it listens. Rejects with what it wrote when it ends before. */
export async function startProgram({
  settings,
  cwd,
  clockShiftMs,
  tally,
  nodeArgs = [],
}: ProgramOptions): Promise<Program> {
  const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', PORT: '0', ...settings };
  const args = [...nodeArgs, '--expose-gc', '--import', `${PROBE}?shift=${clockShiftMs}`];
  const child: ChildProcess = spawn(process.execPath, [...args, MAIN, 'serve'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let wasAsked = false;
  const ended = new Promise<{ how: string; wasAsked: boolean }>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ how: signal ?? `code ${code ?? -1}`, wasAsked });
    });
  });
  child.on('error', () => undefined);

  let ids = 0;
  const waiting = new Map<number, (answer: unknown) => void>();
  child.on('message', (message: { id?: number; answer?: unknown; memory?: unknown }) => {
    const id = message.memory === undefined ? message.id : -1;
    if (id === undefined) return;
    waiting.get(id)?.(message.memory ?? message.answer);
    waiting.delete(id);
  });
  function ask<T>(id: number, message: object): Promise<T> {
    const answer = new Promise<T>((resolve) =>
      waiting.set(id, (answer) => {
        resolve(answer as T);
      }),
    );
    child.send(message, () => undefined);
    const over = ended.then(({ how }) => {
      throw new Error(`the program ended (${how}) before it answered`);
    });
    return Promise.race([answer, over]);
  }
  const order = <T>(name: string, value = 0): Promise<T> => ask<T>(++ids, { id: ids, order: name, value });

  const origin = await new Promise<string>((resolve, reject) => {
    let written = '';
    const fail = (why: string): void => {
      reject(new Error(`the program ${why}:\n${written}`));
    };
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      fail('does not listen');
    }, START_MS);
    void ended.then(({ how }) => {
      clearTimeout(late);
      fail(`ended (${how})`);
    });
    const read = (line: string): void => {
      if (written.length < 10_000) written += `${line}\n`;
      count(tally, line);
      const address = /"address":"([^"]+)".*"listening"/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(late);
      resolve(address);
    };
    for (const output of [child.stdout, child.stderr]) if (output) createInterface(output).on('line', read);
  });

  return {
    origin,
    pid: child.pid ?? 0,
    ended,
    late: () => order<number[]>('late'),
    memory: () => ask<NodeJS.MemoryUsage>(-1, { ask: 'memory' }),
    shiftClock: async (ms) => {
      await order<number>('shift', ms);
    },
    signal: (name) => void child.kill(name),
    end: async (signal) => {
      wasAsked = true;
      child.kill(signal);
      return (await ended).how;
    },
  };
}

const LEVELS: Readonly<Record<number, string>> = { 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

function count({ counts, examples }: LogTally, line: string): void {
  let key = 'not JSON';
  let isNews = true;
  try {
    const { level, msg } = JSON.parse(line) as { level?: number | string; msg?: string };
    const name = typeof level === 'number' ? (LEVELS[level] ?? String(level)) : (level ?? '?');
    key = `${name}: ${msg ?? ''}`;
    isNews = name !== 'info';
  } catch {
    // What is no JSON is shown as it is.
  }
  counts.set(key, (counts.get(key) ?? 0) + 1);
  if (!isNews) return;
  const known = examples.get(key) ?? [];
  if (known.length < EXAMPLES) examples.set(key, [...known, line.slice(0, 600)]);
}
