import { mkdir, writeFile } from 'node:fs/promises';
import { clientEnvironment, run } from '../../support/processes.ts';
import type { Sight } from './expected.ts';

/** An event as khal lists it. */
export interface KhalEvent extends Sight {
  /** Inclusive. */
  readonly lastDay: string;
  readonly categories: string;
  readonly url: string;
}

/** A subscription of vdirsyncer with khal as its reader. */
export interface Subscription {
  /** Throws what vdirsyncer complained of when it failed. */
  sync(): Promise<void>;
  /** What khal shows for these days, both included. Throws when khal complains of anything. */
  list(firstDay: string, lastDay: string): Promise<KhalEvent[]>;
  /** The same with times, a line each such as "2026-11-10 08:00 Stand-up", in New York's time, sorted. */
  times(firstDay: string, lastDay: string): Promise<string[]>;
  /** All to-dos as todoman shows them. Throws when todoman complains of anything. */
  todos(): Promise<TodomanTodo[]>;
}

/** A to-do as todoman lists it. */
export interface TodomanTodo {
  readonly title: string;
  /** "YYYY-MM-DD" */
  readonly due: string | null;
  /** Completed or cancelled. */
  readonly over: boolean;
  readonly priority: number;
  readonly percent: number;
}

/** khal prints an event on one line, so a tab can't be in any field but as a separator. */
const FORMAT = ['start-date', 'end-date', 'categories', 'url', 'title'].map((name) => `{${name}}`).join('\t');

export async function subscribe(url: string, home: string): Promise<Subscription> {
  const env = clientEnvironment(home);
  const [vdirsyncer, khal] = [`${home}/vdirsyncer.conf`, `${home}/khal.conf`];
  const todoman = `${home}/todoman.py`;
  await mkdir(`${home}/calendar`);
  // Without collections and with its folder there, discovery asks nothing.
  await writeFile(
    vdirsyncer,
    `[general]
status_path = "${home}/status/"
[pair feed]
a = "remote"
b = "local"
collections = null
[storage remote]
type = "http"
url = "${url}"
[storage local]
type = "filesystem"
path = "${home}/calendar"
fileext = ".ics"
`,
  );
  await writeFile(
    khal,
    `[calendars]
[[feed]]
path = ${home}/calendar
readonly = True
[locale]
local_timezone = America/New_York
default_timezone = America/New_York
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = ${home}/khal.db
`,
  );
  await writeFile(
    todoman,
    `path = "${home}/calendar"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
cache_path = "${home}/todoman.db"
`,
  );
  const vdir = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await run('vdirsyncer', ['-c', vdirsyncer, ...args], env);
    if (code !== 0) throw new Error(`vdirsyncer ${args.join(' ')} ended with ${code}:\n${stderr}`);
  };
  await vdir('discover', 'feed');
  async function khalLines(format: string, firstDay: string, lastDay: string): Promise<string[]> {
    const days = ['--day-format', '', firstDay, lastDay];
    const { code, stdout, stderr } = await run('khal', ['-c', khal, 'list', '--format', format, ...days], env);
    if (code !== 0 || stderr !== '') throw new Error(`khal ended with ${code} and complained:\n${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  }

  return {
    sync: () => vdir('sync'),
    list: async (firstDay, lastDay) => (await khalLines(FORMAT, firstDay, lastDay)).map(parseLine),
    times: async (firstDay, lastDay) =>
      (await khalLines('{start-date} {start-time} {title}', firstDay, lastDay)).sort(),
    todos: async () => {
      const args = ['--config', todoman, '--porcelain', 'list', '--status', 'ANY'];
      const { code, stdout, stderr } = await run('todoman', args, env);
      if (code !== 0 || stderr !== '') throw new Error(`todoman ended with ${code} and complained:\n${stderr}`);
      return (JSON.parse(stdout) as PrintedTodo[]).map((todo) => todoOf(todo, env.TZ ?? 'UTC'));
    },
  };
}

function parseLine(line: string): KhalEvent {
  const [day = '', lastDay = '', categories = '', url = '', title = ''] = line.split('\t');
  return { day, lastDay, categories, url, title };
}

/** For scripts todoman prints a due day as the instant in seconds at which it begins in the reader's time zone. */
interface PrintedTodo {
  readonly summary: string;
  readonly due: number | null;
  readonly completed: boolean;
  readonly priority: number;
  readonly percent: number;
}

function todoOf({ summary, due, completed, priority, percent }: PrintedTodo, timeZone: string): TodomanTodo {
  const day = due === null ? null : new Intl.DateTimeFormat('sv-SE', { timeZone }).format(due * 1000);
  return { title: summary, due: day, over: completed, priority, percent };
}
