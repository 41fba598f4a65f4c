import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SmallPlane } from '../../src/demo/plane.ts';
import { compiled, input, report } from './processes.ts';
import { SECRET, startPlane } from './workspace.ts';

/** An hour before a Plane in which little happens, on a clock that runs as fast as the machine. */

export interface IdleInput {
  readonly projects: number;
  /** Whether Plane has a webhook; else every change is silent. */
  readonly webhook: boolean;
}

export interface IdleReport {
  /** Requests to Plane in each minute after the first ten. */
  readonly perMinute: readonly number[];
  /** Seconds until a reader who comes every minute saw each silent change. */
  readonly seen: readonly number[];
}

const MINUTES = 70;
const WARM_UP_MINUTES = 10;
/** A silent change each so many seconds: not a multiple of a minute, so that they meet every moment between two looks. */
const CHANGE_EVERY_S = 97;
/** Milliseconds of the machine after which a reader without an answer is taken to wait for the clock. */
const WAITS_MS = 100;

const { startApp } = await compiled<typeof import('../../src/server/app.ts')>('server/app');
const { readConfig } = await compiled<typeof import('../../src/config/config.ts')>('config/config');

const { projects, webhook } = await input<IdleInput>();

const clock = { now: Date.now() };
const now = (): number => clock.now;
let timers: { readonly at: number; readonly run: () => void }[] = [];
const delay = (ms: number): Promise<void> =>
  new Promise((run) => {
    timers.push({ at: clock.now + ms, run });
  });

/** The budget counts by the machine's own clock, so that one runs as fast as ours. Short timers are the network's. */
function speedUpTime(): void {
  const { setTimeout: real, clearTimeout: clearReal } = globalThis;
  const mine = new WeakMap<object, (typeof timers)[number]>();
  Date.now = now;
  const fake = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): object => {
    if (ms < 200) return real(run, ms, ...args);
    const timer = {
      at: clock.now + ms,
      run: () => {
        run(...args);
      },
    };
    timers.push(timer);
    const handle = { ref: () => handle, unref: () => handle, hasRef: () => false, refresh: () => handle };
    mine.set(handle, timer);
    return handle;
  };
  const clear = (handle: object | undefined): void => {
    const timer = handle && mine.get(handle);
    if (timer) timers = timers.filter((one) => one !== timer);
    else clearReal(handle as NodeJS.Timeout | undefined);
  };
  Object.assign(globalThis, { setTimeout: fake, clearTimeout: clear });
}

const folder = await mkdtemp(join(tmpdir(), 'plane-ics-bench-'));
const identifiers = Array.from({ length: projects }, (_, index) => `IDLE${index + 1}`);
const { plane, settings } = await startPlane(
  identifiers.map((identifier) => ({ identifier, items: 50 })),
  { now },
);
speedUpTime();
const config = readConfig(
  { ...settings, PLANE_REQUESTS_PER_MINUTE: '50', FRESH_SECONDS: '60', DATA_DIR: folder, PORT: '0' },
  () => '',
);
const silent = (): void => undefined;
const app = await startApp(config, {
  now,
  delay,
  log: { error: console.error, warn: silent, info: silent, debug: silent },
  assets: new Map([['index.html', Buffer.from('')]]),
  version: '0.0.0',
  owner: '0:0',
});
const origin = `http://127.0.0.1:${app.port}`;
if (webhook) plane.hook = { url: `${origin}/webhooks/plane`, secret: SECRET };

/** Changes that no reader has seen yet, by identifier. */
const unseen = new Map<string, { readonly id: string; readonly date: string; readonly at: number }>();
const seen: number[] = [];
const requestsAt: number[] = [];
let reading = 0;

async function read(identifier: string): Promise<void> {
  reading++;
  const answer = await fetch(`${origin}/ics/${identifier}.ics`);
  const text = await answer.text();
  reading--;
  const change = unseen.get(identifier);
  if (!change) return;
  const event = text.split('BEGIN:VEVENT').find((one) => one.includes(change.id));
  if (!event?.includes(`DTSTART;VALUE=DATE:${change.date.replaceAll('-', '')}`)) return;
  unseen.delete(identifier);
  seen.push((clock.now - change.at) / 1000);
}

/** Drags an item on the timeline, for which Plane sends no webhook. */
function drag(small: SmallPlane, turnOf: number): void {
  const identifier = identifiers[turnOf % projects] ?? '';
  const project = [...small.tables.projects.values()].find(({ row }) => row.identifier === identifier);
  const [item] = project?.items.values() ?? [];
  if (!item || unseen.has(identifier)) return;
  const date = new Date(Date.parse('2027-01-01') + turnOf * 86_400_000).toISOString().slice(0, 10);
  small.dragItem(item.id, { target_date: date });
  unseen.set(identifier, { id: item.id, date, at: clock.now });
}

/** Edits an item as users do, for which Plane sends a webhook. */
function edit(small: SmallPlane, turnOf: number): void {
  const [project] = [...small.tables.projects.values()].slice(turnOf % projects);
  const item = [...(project?.items.values() ?? [])][1];
  if (item) small.editItem(item.id, { name: `Edited ${turnOf}` });
}

/** Resolves when nothing moves any more, neither Plane nor a reader: what still waits, waits for time to pass. */
async function settle(): Promise<void> {
  for (let quiet = 0, before = -1; quiet < (reading > 0 ? WAITS_MS : 3); quiet++) {
    await sleep(1);
    const state = plane.requests.length * 1000 + reading;
    if (state !== before) quiet = 0;
    before = state;
  }
}

let counted = 0;
for (let second = 0; second < MINUTES * 60; second++) {
  clock.now += 1000;
  const due = timers.filter(({ at }) => at <= clock.now);
  timers = timers.filter(({ at }) => at > clock.now);
  for (const { run } of due) run();
  for (const [index, identifier] of identifiers.entries())
    if (second % 60 === Math.floor((index * 60) / projects)) void read(identifier);
  if (second > WARM_UP_MINUTES * 60 && second % CHANGE_EVERY_S === 0) {
    drag(plane, second / CHANGE_EVERY_S);
    if (webhook) edit(plane, second / CHANGE_EVERY_S + 7);
  }
  if (due.length > 0 || reading > 0) await settle();
  if (second % 60 === 59) {
    if (second >= WARM_UP_MINUTES * 60) requestsAt.push(plane.requests.length - counted);
    counted = plane.requests.length;
  }
}
// What has not been seen by the end took at least until now.
for (const { at } of unseen.values()) if (clock.now - at > 120_000) seen.push((clock.now - at) / 1000);
report({ report: { perMinute: requestsAt, seen } satisfies IdleReport });
await rm(folder, { recursive: true, force: true });
process.exit(0);
