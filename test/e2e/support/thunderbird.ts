import { spawn } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { byTitle, inOrder, type Sight, type TodoSight } from './expected.ts';
import { clientEnvironment, run } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';

/** Thunderbird without a window, subscribed to one feed. */
export interface Thunderbird {
  /** Days and titles in its store, in order; null while that can't be read, since Thunderbird is writing it or has not begun. */
  sights(): Promise<Sight[] | null>;
  /** Moved occurrences in its store, a line each such as "2026-11-10T13:00:00Z Stand-up", sorted; null like `sights`. */
  moved(): Promise<string[] | null>;
  /** The to-dos in its store, by title; null like `sights`. */
  todos(): Promise<StoredTodo[] | null>;
}

/** A to-do without its percentage: Thunderbird keeps the one of a property that is spelt otherwise (CalStorageItemModel, #prepareTodo). */
export type StoredTodo = Omit<TodoSight, 'percent'>;

/** In minutes. Its dialog offers whole ones only, but the timer takes any number. */
const REFRESH_INTERVAL = '0.05';

/** Starts it with a profile of its own. It refreshes the calendar at once and every few seconds from then on. */
export async function startThunderbird(url: string, scratch: Scratch): Promise<Thunderbird> {
  const home = await scratch.folder();
  const profile = `${home}/profile`;
  const env = clientEnvironment(home);
  await mkdir(profile);
  await writeFile(`${profile}/prefs.js`, preferences(url));
  const options = ['--headless', '--no-remote', '--profile', profile, '-calendar'];
  // Debian's script becomes the program, so this process is Thunderbird itself.
  const child = spawn('thunderbird', options, { env, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', resolve));
  scratch.defer(async () => {
    const killed = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.kill();
    await ended;
    clearTimeout(killed);
  });

  async function rows<T>(query: string): Promise<T[] | null> {
    const copy = `${home}/cache.sqlite`;
    // Thunderbird locks its store for as long as it runs, so a copy is read, with the changes not yet merged into it.
    const store = `${profile}/calendar-data/cache.sqlite`;
    if (!(await copied(store, copy))) return null;
    await copied(`${store}-wal`, `${copy}-wal`);
    const { code, stdout } = await run('sqlite3', ['-json', copy, query], env);
    return code === 0 ? (JSON.parse(stdout || '[]') as T[]) : null;
  }

  return {
    sights: async () => {
      const found = await rows<EventRow>('select title, event_start, event_end, event_start_tz from cal_events');
      return found && inOrder(found.map(sightOf));
    },
    moved: async () => {
      const found = await rows<EventRow>('select title, event_start from cal_events where recurrence_id is not null');
      const lineOf = ({ title, event_start: start }: EventRow): string =>
        `${new Date(start / 1000).toISOString().replace('.000', '')} ${title}`;
      return found?.map(lineOf).sort() ?? null;
    },
    todos: async () => {
      const found = await rows<TodoRow>(
        'select title, todo_due, todo_due_tz, ical_status, priority, todo_completed from cal_todos',
      );
      return found && byTitle(found.map(todoOf));
    },
  };
}

/** False when there is no such file yet. */
function copied(from: string, to: string): Promise<boolean> {
  return copyFile(from, to).then(
    () => true,
    () => false,
  );
}

/** Times are microseconds of Unix time. */
interface EventRow {
  readonly title: string;
  readonly event_start: number;
  readonly event_end: number;
  readonly event_start_tz: string;
}

function sightOf({ title, event_start: start, event_end: end, event_start_tz: zone }: EventRow): Sight {
  const [day, time] = new Date(start / 1000).toISOString().split('T');
  const isOneDay = zone === 'floating' && time === '00:00:00.000Z' && end - start === 86_400_000_000;
  if (!isOneDay) throw new Error(`not one whole day: ${title} from ${start} to ${end} ${zone}`);
  return { day: day ?? '', title };
}

/** Times as above. */
interface TodoRow {
  readonly title: string;
  readonly todo_due: number | null;
  readonly todo_due_tz: string | null;
  readonly ical_status: string | null;
  readonly priority: number | null;
  readonly todo_completed: number | null;
}

function todoOf(row: TodoRow): StoredTodo {
  const [due, time] = row.todo_due === null ? [] : new Date(row.todo_due / 1000).toISOString().split('T');
  if (due !== undefined && (row.todo_due_tz !== 'floating' || time !== '00:00:00.000Z'))
    throw new Error(`not due on a day: ${row.title} at ${row.todo_due} ${row.todo_due_tz}`);
  return {
    title: row.title,
    due: due ?? null,
    status: row.ical_status ?? '',
    priority: row.priority ?? 0,
    completed:
      row.todo_completed === null ? null : new Date(row.todo_completed / 1000).toISOString().replace('.000', ''),
  };
}

function preferences(url: string): string {
  const calendar = 'calendar.registry.11111111-1111-4111-8111-111111111111';
  const values: Record<string, string | number | boolean> = {
    'app.donation.eoy.version.viewed': 999,
    'app.update.enabled': false,
    'browser.search.update': false,
    'datareporting.healthreport.uploadEnabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'extensions.update.enabled': false,
    'mail.provider.suppress_dialog_on_startup': true,
    'mail.rights.version': 1,
    'mail.shell.checkDefaultClient': false,
    'mail.spotlight.firstRunDone': true,
    'mailnews.start_page.enabled': false,
    'mailnews.start_page_override.mstone': 'ignore',
    'toolkit.telemetry.enabled': false,
    'calendar.timezone.local': 'America/New_York',
    'calendar.timezone.useSystemTimezone': false,
    [`${calendar}.type`]: 'ics',
    [`${calendar}.uri`]: url,
    [`${calendar}.name`]: 'Feed',
    [`${calendar}.readOnly`]: true,
    [`${calendar}.cache.enabled`]: true,
    [`${calendar}.calendar-main-in-composite`]: true,
    [`${calendar}.refreshInterval`]: REFRESH_INTERVAL,
  };
  return Object.entries(values)
    .map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`)
    .join('');
}
