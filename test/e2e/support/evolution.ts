import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON } from './clients.ts';
import { byTitle, inOrder, type Sight, type TodoSight } from './expected.ts';
import { clientEnvironment } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';

/** Evolution Data Server, which holds the calendars of Evolution and GNOME Calendar, subscribed to one feed. */
export interface Evolution {
  /** Days and titles it holds, in order. */
  sights(): Promise<Sight[]>;
  /** To-dos it holds, by title. */
  todos(): Promise<TodoSight[]>;
  /** What takes place between two instants, a line each such as "2026-11-10T13:00:00Z Stand-up", sorted. */
  instances(from: string, to: string): Promise<string[]>;
  /** The categories of all events it holds, each once, sorted. */
  categories(): Promise<string[]>;
  /** Makes it fetch the calendar again, which it does in its own time. */
  refresh(): Promise<void>;
}

/** What it subscribes to the feed as. */
export type Kind = 'calendar' | 'task list';

/** Starts it on a session bus of its own, which ends all its services when the script at its end ends. */
export async function startEvolution(
  port: number,
  path: string,
  scratch: Scratch,
  kind: Kind = 'calendar',
): Promise<Evolution> {
  const home = await scratch.folder();
  await mkdir(`${home}/.config/evolution/sources`, { recursive: true });
  await mkdir(`${home}/run`, { mode: 0o700 });
  await writeFile(`${home}/.config/evolution/sources/feed.source`, sourceFile(port, path, kind));
  const script = fileURLToPath(new URL('./evolution.py', import.meta.url));
  const child = spawn('dbus-run-session', ['--', PYTHON, script, kind === 'calendar' ? 'EVENTS' : 'TASKS'], {
    env: clientEnvironment(home),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', resolve));
  scratch.defer(async () => {
    child.stdin.end();
    await ended;
  });
  // When it ends too early, its missing answer is what fails the test.
  child.stdin.on('error', () => undefined);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function ask(command: 'list' | 'categories' | 'refresh' | `instances ${number} ${number}`): Promise<unknown> {
    child.stdin.write(`${command}\n`);
    const answer = await answers.next();
    if (answer.done) throw new Error(`Evolution's subscriber ended:\n${complaints}`);
    return JSON.parse(answer.value);
  }

  return {
    sights: async () => {
      const events = (await ask('list')) as (Sight & { last: string })[];
      const long = events.filter(({ day, last }) => last !== day);
      if (long.length > 0) throw new Error(`longer than a day: ${JSON.stringify(long)}`);
      return inOrder(events.map(({ day, title }) => ({ day, title })));
    },
    todos: async () =>
      byTitle(
        ((await ask('list')) as TodoSight[]).map((todo) => ({
          ...todo,
          due: todo.due?.replace(/^(....)(..)(..)$/, '$1-$2-$3') ?? null,
          completed: todo.completed?.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z') ?? null,
        })),
      ),
    instances: async (from, to) => {
      const seconds = (instant: string): number => Date.parse(instant) / 1000;
      const found = await ask(`instances ${seconds(from)} ${seconds(to)}`);
      return (found as { at: string; title: string }[]).map(({ at, title }) => `${at} ${title}`).sort();
    },
    categories: async () => (await ask('categories')) as string[],
    refresh: async () => {
      await ask('refresh');
    },
  };
}

function sourceFile(port: number, path: string, kind: Kind): string {
  return `[Data Source]
DisplayName=Feed
Enabled=true
Parent=webcal-stub

[${kind === 'calendar' ? 'Calendar' : 'Task List'}]
BackendName=webcal
Selected=true

[Authentication]
Host=127.0.0.1
Port=${port}
Method=none

[Security]
Method=none

[Refresh]
Enabled=true
IntervalMinutes=30

[WebDAV Backend]
ResourcePath=${path}

[Offline]
StaySynchronized=true
`;
}
