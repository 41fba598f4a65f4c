import { setTimeout as sleep } from 'node:timers/promises';
import { TOKEN } from '../bench/workspace.ts';
import type { Target } from './feeds.ts';

/** Whether a server shows what Plane has: compared with a server that has just read everything. */

const ADMIN = { authorization: `Bearer ${TOKEN}` };
const STAMPS = /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE):/;
const AT_ONCE = 6;
const EXAMPLES = 8;

/** A calendar that differs, in words. */
export interface Difference {
  readonly feed: string;
  readonly missing: number;
  readonly tooMany: number;
  readonly different: number;
  readonly example: string;
}

/** The calendars of both servers, but for stamps. Pairs are by name. */
export async function compare(
  [origin, targets]: readonly [string, readonly Target[]],
  [freshOrigin, fresh]: readonly [string, readonly Target[]],
): Promise<{ readonly compared: number; readonly components: number; readonly differences: Difference[] }> {
  const expected = new Map((await readAll(freshOrigin, fresh)).map(({ name, parts }) => [name, parts]));
  const wanted = targets.filter(({ name }) => expected.has(name));
  const differences: Difference[] = [];
  let components = 0;
  for (const { name, parts } of await readAll(origin, wanted)) {
    const truth = expected.get(name) ?? new Map<string, string>();
    components += parts.size;
    const missing = [...truth.keys()].filter((uid) => !parts.has(uid));
    const tooMany = [...parts.keys()].filter((uid) => !truth.has(uid));
    const different = [...truth].filter(([uid, text]) => parts.has(uid) && parts.get(uid) !== text);
    if (missing.length + tooMany.length + different.length === 0) continue;
    differences.push({
      feed: name,
      missing: missing.length,
      tooMany: tooMany.length,
      different: different.length,
      example: differences.length < EXAMPLES ? explain(missing, tooMany, different, parts) : '',
    });
  }
  return { compared: wanted.length, components, differences };
}

function explain(
  missing: readonly string[],
  tooMany: readonly string[],
  different: readonly (readonly [string, string])[],
  parts: ReadonlyMap<string, string>,
): string {
  const [uid, text] = different[0] ?? [];
  if (uid === undefined || text === undefined)
    return `missing ${missing[0] ?? 'none'}, too many ${tooMany[0] ?? 'none'}`;
  const ours = parts.get(uid)?.split('\n') ?? [];
  const theirs = text.split('\n');
  const at = theirs.findIndex((line, index) => line !== ours[index]);
  return `${uid}: "${ours[at] ?? ''}" where Plane has "${theirs[at] ?? ''}"`;
}

async function readAll(
  origin: string,
  targets: readonly Target[],
): Promise<{ name: string; parts: Map<string, string> }[]> {
  const read: { name: string; parts: Map<string, string> }[] = [];
  await inTurns(targets, async ({ name, path }) => {
    read.push({ name, parts: partsOf(await textOf(origin, path)) });
  });
  return read;
}

/** Everything is asked for until it is there, so that what follows is answered of whole projects. */
export async function warm(origin: string, targets: readonly Target[], forMs: number): Promise<void> {
  const deadline = performance.now() + forMs;
  await inTurns(targets, async ({ name, path }) => {
    for (;;) {
      const { status } = await fetch(origin + path, { method: 'HEAD' });
      if (status === 200) return;
      if (performance.now() > deadline) throw new Error(`${name} is still answered ${status}`);
      await sleep(500);
    }
  });
}

async function textOf(origin: string, path: string): Promise<string> {
  const answer = await fetch(origin + path);
  const text = await answer.text();
  if (answer.status !== 200)
    throw new Error(`${path.slice(0, 8)}… is answered ${answer.status}: ${text.slice(0, 100)}`);
  return text;
}

async function inTurns<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...list];
  const next = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

/** The components by UID, and the head; without stamps, and of notes only that there is one: they say when a link was made. */
function partsOf(text: string): Map<string, string> {
  const lines = text.replaceAll('\r\n ', '').split('\r\n');
  const parts = new Map<string, string>();
  let part: string[] = [];
  for (const line of lines) {
    if (/^BEGIN:V(?:EVENT|TODO)$/.test(line)) {
      parts.set('head', [...(parts.get('head')?.split('\n') ?? []), ...part].join('\n'));
      part = [];
    }
    if (!STAMPS.test(line)) part.push(line);
    if (/^END:V(?:EVENT|TODO)$/.test(line)) {
      const uid = part.find((one) => one.startsWith('UID:')) ?? 'no UID';
      parts.set(uid, uid.startsWith('UID:plane-note-') ? 'a note' : part.join('\n'));
      part = [];
    }
  }
  return parts;
}

interface Health {
  readonly projects: readonly {
    readonly identifier: string;
    readonly age_seconds: number | null;
    readonly last_error: string | null;
  }[];
  readonly budget: { readonly waiting: number };
}

/** Reads every feed again and again until Plane has confirmed each of the projects since that moment. Returns those that it has not in that time. */
export async function confirmed(
  origin: string,
  targets: readonly Target[],
  identifiers: ReadonlySet<string>,
  withinMs: number,
): Promise<string[]> {
  const startedAt = performance.now();
  for (;;) {
    await readAll(origin, targets);
    const { projects, budget } = await ask<Health>(origin, '/api/v1/health');
    const passed = (performance.now() - startedAt) / 1000;
    const late = projects.filter(
      ({ identifier, age_seconds: age, last_error: error }) =>
        identifiers.has(identifier) && (age === null || age > passed || error !== null),
    );
    if (late.length === 0 && budget.waiting === 0) return [];
    if (performance.now() - startedAt > withinMs)
      return late.map((one) => `${one.identifier} ${one.age_seconds ?? '–'} s ${one.last_error ?? ''}`);
    await sleep(500);
  }
}

/** Has everything read again, and waits for it. False when that does not end in time. */
export async function reconciled(origin: string, withinMs: number): Promise<boolean> {
  const startedAt = performance.now();
  const begun = await fetch(`${origin}/webhooks/sync`, { method: 'POST', headers: ADMIN });
  if (begun.status !== 200) throw new Error(`a reconcile is answered ${begun.status}: ${await begun.text()}`);
  while (performance.now() - startedAt < withinMs) {
    await sleep(300);
    const answer = await fetch(`${origin}/webhooks/status`, { headers: ADMIN });
    if (answer.status !== 200) continue;
    const { status, last_sync: last } = (await answer.json()) as { status: string; last_sync: object | null };
    // A server that has just become the leader knows of none.
    if (status !== 'running' && last !== null) return true;
  }
  return false;
}

async function ask<T>(origin: string, path: string): Promise<T> {
  const answer = await fetch(origin + path, { headers: ADMIN });
  return (await answer.json()) as T;
}
