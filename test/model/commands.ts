import fc from 'fast-check';
import type { Fault } from '../../src/demo/plane.ts';
import { expected, differences, shown } from './oracle.ts';
import { addLabel, deeds, nth, usersOf, patches, type Deed, type Users, type Patch } from './edits.ts';
import { createWatch, type Watch } from './watch.ts';
import type { World } from './world.ts';
import { recordedAnswer } from '../support/recorded.ts';

/** Everything that may happen, and what must then hold. */

/** The world, and what is remembered of it. */
export interface Real {
  readonly world: World;
  readonly users: Users;
  readonly watch: Watch;
  /** Of the calendar of all projects, of which the others have no items. */
  readonly merged: Watch;
  /** Deliveries that Plane wrote, given or not. */
  readonly mail: Buffer[];
  /** Until then names may be old. */
  namesDue: number;
}

export type Command = fc.AsyncCommand<Record<string, never>, Real>;

const STEP_MS = 61_000;
const LABELS_MS = 300_000;
const OTHER_NAMES_MS = 540_000;

function must(faults: readonly string[], when: string): void {
  if (faults.length > 0) throw new Error(`${when}:\n${faults.join('\n')}`);
}

export function begin(world: World, watch: Watch): Real {
  return { world, users: usersOf(world), watch, merged: createWatch(false), mail: [], namesDue: -Infinity };
}

/** A read, which always succeeds, and is judged by what was published before. */
export async function read({ world, watch }: Real): Promise<void> {
  must(watch.see(await world.read()), 'a published document');
}

/** True while the item is one that a delivery may change. One with a date that no calendar can hold is read from Plane instead. */
function isCurrent({ world, users }: Real, id: string): boolean {
  const { start_date: start = null, target_date: target = null } = users.project().items.get(id) ?? {};
  const isReadable = [start, target].every((day) => day === null || day >= '1000');
  return isReadable && world.life().snapshots.project(world.projectId).current?.items.has(id) === true;
}

/** Gives a delivery to the receiver; returns the item that must be in the feed from now on as Plane has it. */
function deliver(real: Real, id: string | null): string | null {
  const body = id === null ? null : real.users.delivery(id);
  if (body === null) return null;
  real.mail.push(body);
  const current = isCurrent(real, id!);
  real.world.life().receiver.receive(body);
  return current ? id : null;
}

/** What was delivered is in the feed at the next read: its days and its name. */
async function mustShow(real: Real, id: string | null): Promise<void> {
  if (id === null) return;
  await read(real);
  const events = (all: ReadonlyMap<string, { uid: string; start: string; summary: string; facts: string }>): string[] =>
    [...all.values()]
      .filter(({ uid }) => uid.includes(id))
      .map(({ start, summary }) => `${start} ${summary.replace(/\[.*?\]/, '')}`);
  const [is, should] = [events(shown(real.watch.last())), events(truth(real))];
  if (is.join() !== should.join()) must([`is ${is.join()}`, `should ${should.join()}`], 'delivered and not shown');
}

function truth({ world }: Real) {
  const today = new Date(world.clock.now).toISOString().slice(0, 10);
  return expected(world.plane.tables, world.projectId, world.options, today);
}

/** Steady polling with nothing going on; then the feed is Plane, no more and no less. Large removals take five minutes more. */
export async function quiet(real: Real): Promise<void> {
  real.world.trouble(null);
  const latest = real.world.clock.now + 3_600_000;
  for (let steady = 0; (steady < 2 || real.world.clock.now < real.namesDue) && real.world.clock.now < latest;) {
    await real.world.pass(STEP_MS);
    await read(real);
    must(real.merged.see(await real.world.readAll()), 'a published document of all projects');
    steady = real.world.isUnconfirmed() ? 0 : steady + 1;
  }
  for (const watch of [real.watch, real.merged]) must(differences(watch.last(), truth(real)), 'after a quiet time');
}

const TROUBLES: Readonly<Record<string, Fault>> = {
  '503': { kind: 'status', status: 503 },
  reset: { kind: 'reset' },
  truncated: { kind: 'truncated' },
  html: { kind: 'html' },
  '429': { kind: 'json', status: 429, body: recordedAnswer('rate-limit-429').response.body },
  key: { kind: 'json', status: 403, body: { detail: 'Given API token is not valid' } },
};

const n = fc.nat(1000);
type Post = 'delivered' | 'later' | 'lost';
const every = fc.integer({ min: 1, max: 4 });
/** How long trouble lasts. */
const requests = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(Infinity));
const posts = fc.constantFrom<Post>('delivered', 'later', 'lost');

function command<T>(name: string, args: fc.Arbitrary<T>, run: (real: Real, args: T) => Promise<void> | void) {
  return args.map((given): Command => {
    const text = `${name} ${JSON.stringify(given)}`;
    return {
      check: () => true,
      run: async (_model, real) => {
        await run(real, given);
      },
      toString: () => text,
    };
  });
}

async function post(real: Real, id: string, how: Post): Promise<void> {
  if (how === 'delivered') await mustShow(real, deliver(real, id));
  else if (how === 'later') real.mail.push(real.users.delivery(id)!);
}

/** The row becomes another, and its mark does not move: Plane writes a second time. */
function rewrite({ users, world }: Real, id: string, { state: _bound, ...patch }: Patch): void {
  const { items } = users.project();
  const row = items.get(id);
  if (row) items.set(id, Object.assign({}, row, users.fields(patch, world.clock.now)));
}

const rename: Readonly<Record<string, (real: Real, n: number) => number>> = {
  label: ({ world, users }, at) => {
    const { labels } = users.project();
    if (labels.size > 0) world.plane.editLabel(nth([...labels.keys()], at), { name: `Label, ${at}` });
    return LABELS_MS;
  },
  'label away': ({ world, users }, at) => {
    const { labels } = users.project();
    if (labels.size > 1) world.plane.deleteLabel(nth([...labels.keys()], at));
    return LABELS_MS;
  },
  'label made': ({ users }, at) => {
    addLabel(users.project(), at);
    return LABELS_MS;
  },
  state: ({ world, users }, at) => {
    world.plane.editState(nth([...users.project().states.keys()], at), { name: `State ${at}` });
    return OTHER_NAMES_MS;
  },
  person: ({ world }, at) => {
    world.plane.renamePerson(nth([...world.plane.tables.people.keys()], at), `Person ${at}`);
    return OTHER_NAMES_MS;
  },
  project: ({ world }, at) => {
    world.plane.editProject(world.projectId, { identifier: `P${at}`, name: `Project ${at}` });
    return 0;
  },
};

export const commands: readonly fc.Arbitrary<Command>[] = [
  command('deed', fc.tuple(deeds, n, patches, posts), async (real, [deed, at, patch, how]) => {
    const id = real.users.do(deed, at, patch);
    if (id !== null) await post(real, id, how);
  }),
  command('edit', fc.tuple(n, patches, posts), async (real, [at, patch, how]) => {
    const { id } = nth(real.users.listed(), at);
    real.users.do('edit', at, patch);
    await post(real, id, how);
  }),
  command('race', fc.tuple(n, patches, patches, posts), async (real, [at, first, second, how]) => {
    const { id } = nth(real.users.listed(), at);
    real.users.do('edit', at, first);
    await post(real, id, how);
    await read(real);
    rewrite(real, id, second);
  }),
  command('late drag of many', fc.tuple(fc.integer({ min: 2, max: 300 }), patches), async (real, [count, patch]) => {
    const many = real.users.listed().slice(0, count);
    for (const { id } of many) real.world.plane.dragItem(id, {});
    await read(real);
    for (const { id } of many) rewrite(real, id, { start: patch.start, target: patch.target });
  }),
  command('drag of many', fc.tuple(fc.integer({ min: 30, max: 300 }), patches), (real, [count, patch]) => {
    const dates = real.users.fields({ start: patch.start, target: patch.target ?? 3 }, real.world.clock.now);
    for (const { id } of real.users.listed().slice(0, count)) real.world.plane.dragItem(id, dates);
  }),
  command('comment', n, (real, at) => {
    real.world.plane.commentItem(nth(real.users.listed(), at).id);
  }),
  command('rename', fc.tuple(fc.constantFrom(...Object.keys(rename)), n), (real, [what, at]) => {
    real.namesDue = Math.max(real.namesDue, real.world.clock.now + rename[what]!(real, at));
  }),
  command('old delivery', n, oldDelivery),
  command(
    'trouble',
    fc.tuple(fc.constantFrom(...Object.keys(TROUBLES)), every, requests),
    (real, [kind, each, last]) => {
      let count = 0;
      real.world.trouble(() => (++count % each === 0 && count <= last ? TROUBLES[kind] : undefined));
    },
  ),
  command(
    'change during a probe',
    fc.tuple(deeds, n, patches, fc.integer({ min: 1, max: 12 }), fc.boolean(), fc.boolean()),
    meddle,
  ),
  command('restart', fc.constantFrom('orderly' as const, 'crash' as const), (real, how) => real.world.restart(how)),
  command('time', fc.oneof(fc.nat(90_000), fc.nat(600_000), fc.nat(40_000_000)), (real, ms) => real.world.pass(ms)),
  command('upkeep', fc.constant(null), async ({ world }) => {
    void world.life().upkeep.tick();
    await world.settle();
  }),
  command('read', fc.constant(null), read),
  command('quiet', fc.constant(null), quiet),
  command('quiet', fc.constant(null), quiet),
];

/** However old it is, and whatever it is of: it never brings an item in or back. */
function oldDelivery({ world, mail }: Real, at: number): void {
  if (mail.length === 0) return;
  const { receiver, snapshots } = world.life();
  const current = (): string[] => [...(snapshots.project(world.projectId).current?.items.keys() ?? [])].sort();
  const before = current();
  receiver.receive(nth(mail, at));
  if (current().join() !== before.join()) must(['other items are current'], 'an old delivery');
}

/**
 * A user edits between two requests of one probe. What Plane delivers in that moment is in the feed from then on, and what was in the
 * feed and stays in Plane is never missing.
 */
async function meddle(
  real: Real,
  [deed, at, patch, request, isBefore, isAll]: [Deed, number, Patch, number, boolean, boolean],
): Promise<void> {
  const { world, users, watch } = real;
  let delivered: string | null = null;
  await read(real); // Else what a delivery took out since the last one, while Plane refused to answer, would be blamed on the probe.
  await world.pass(STEP_MS);
  const staying = [...truth(real).keys()].filter((uid) => shown(watch.last()).has(uid));
  world.atRequest(request, isBefore ? 'before' : 'behind', () => {
    delivered = deliver(real, users.do(deed, at, patch));
  });
  if (isAll) void world.life().snapshots.refresh(world.projectId, 'background', true);
  await world.settle();
  await read(real);
  world.atRequest(Infinity, 'before', () => undefined);
  const [is, should] = [shown(watch.last()), truth(real)];
  const missing = staying.filter((uid) => should.has(uid) && !is.has(uid));
  must(missing, 'missing after a probe during which the list moved');
  await mustShow(real, delivered);
}
