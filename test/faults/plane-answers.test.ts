import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../src/demo/json.ts';
import { ITEM_FIELDS } from '../../src/sources/plane/decode/item.ts';
import { recordedAnswer } from '../support/recorded.ts';
import { createFaultFixture, loggedBy, wrongsOf, type FaultFixture } from './fixture.ts';
import { isPage, PAGES, typeOf, VALUES, withKey, type Value } from './mutations.ts';
import { runs, sampled } from '../support/runs.ts';

/**
 * Whatever a Plane that answered rightly before makes of one of its answers: no subscriber loses an event, nothing is called deleted, the
 * fault is reported while it lasts, and it is cleared within a minute of the first valid answer, even without requests.
 */

interface Target {
  /** A recording of it. */
  readonly recorded: string;
  readonly path: RegExp;
  /** Those that are used. */
  readonly keys: readonly string[];
  /** Where null is a value like any other, which a user may have caused. */
  readonly nullable?: readonly string[];
  /** The same, and an event goes with it. */
  readonly optional?: readonly string[];
  /** Pages that cost requests and nothing else, so that nothing is reported. */
  readonly settled?: readonly string[];
}

const project =
  'id,identifier,name,timezone,created_at,archived_at,cycle_view,module_view,network,workspace,is_member,logo_props';
const plan = ['id', 'name', 'created_at', 'archived_at', 'total_issues', 'start_date'];
const TARGETS: Readonly<Record<string, Target>> = {
  projects: {
    recorded: 'projects-list',
    path: /\/acme\/projects\/$/,
    keys: project.split(','),
    nullable: ['archived_at', 'logo_props'],
  },
  'work items': {
    recorded: 'work-items-list',
    path: /\/work-items\/$/,
    keys: ITEM_FIELDS.split(','),
    nullable: ['description_html', 'parent', 'completed_at', 'archived_at', 'created_by'],
    // Each of the others has an address of its own, which says that it is there.
    settled: ['half of the results it counts'],
  },
  states: { recorded: 'states-list', path: /\/states\/$/, keys: ['id', 'name', 'group'] },
  labels: { recorded: 'labels-list', path: /\/labels\/$/, keys: ['id', 'name'] },
  members: { recorded: 'members-workspace', path: /\/acme\/members\/$/, keys: ['id', 'display_name'] },
  cycles: {
    recorded: 'cycles-list',
    path: /\/cycles\/$/,
    keys: [...plan, 'end_date', 'completed_issues', 'cancelled_issues'],
    nullable: ['archived_at'],
    optional: ['start_date', 'end_date'],
  },
  modules: {
    recorded: 'modules-list',
    path: /\/modules\/$/,
    keys: [...plan, 'target_date', 'status'],
    nullable: ['archived_at'],
    optional: ['start_date', 'target_date'],
  },
  'items of a cycle': { recorded: 'cycle-issues', path: /\/cycle-issues\/$/, keys: ['id'] },
};

interface Case {
  readonly name: string;
  readonly change: (body: Json) => Json;
  /** What a user may have caused: it may be believed. */
  readonly isPlain: boolean;
}

function rowsOf(body: Json): readonly Json[] {
  return Array.isArray(body) ? body : isPage(body) ? body.results : [body];
}

/** Every key with every JSON type that none of its values has. */
function keyCases({ recorded, keys, nullable = [], optional = [] }: Target): Case[] {
  const rows = rowsOf(recordedAnswer(recorded).response.body) as Readonly<Record<string, Value>>[];
  return keys.flatMap((key) => {
    const types = new Set(rows.map((row) => typeOf(row[key])));
    const other = Object.entries(VALUES).filter(
      ([, to]) => !types.has(typeOf(to(rows.at(-1)?.[key]))) || to(undefined) === null,
    );
    return other.flatMap(([name, to]) => {
      if (name === 'null' && optional.includes(key)) return [];
      const isPlain = name === 'null' && nullable.includes(key);
      const of = (which: 'all' | 'second'): Case => ({
        name: `"${key}" of ${which} is ${name}`,
        change: (body) => withKey(body, key, to, which),
        isPlain,
      });
      // One item that loses its date or state is what users do all day.
      return name === 'null' && (types.has('null') || key === 'state') ? [of('all')] : [of('all'), of('second')];
    });
  });
}

function pageCases({ recorded, settled = [] }: Target): Case[] {
  const { body } = recordedAnswer(recorded).response;
  if (!isPage(body)) return [{ name: 'an object instead of a list', change: () => ({}), isPlain: false }];
  const envelope = ['total_results', 'next_page_results', 'results'].flatMap((key) =>
    Object.entries(VALUES)
      .filter(([, to]) => typeOf(to(body[key])) !== typeOf(body[key]))
      .map(([name, to]) => ({ name: `"${key}" is ${name}`, change: (one: Json) => withKey([one], key, to) as Json[] }))
      .map(({ name, change }): Case => ({ name, change: (one) => change(one)[0]!, isPlain: false })),
  );
  const whole = Object.entries(PAGES).map(([name, to]): Case => ({
    name,
    change: (one) => (isPage(one) ? to(one) : one),
    isPlain: settled.includes(name),
  }));
  return [...envelope, ...whole];
}

let fixture: FaultFixture;
let before: string;
/** False where a test failed, or none began: then the next one begins anew. */
let isGood = false;
beforeEach(async () => {
  if (!isGood) {
    fixture = await createFaultFixture();
    const events = await fixture.read();
    expect(events.size).toBeGreaterThan(50);
    before = linesOf(events);
  }
  isGood = false;
  fixture.log.lines.splice(0);
  expect(wrongsOf(fixture)).toEqual([]);
});

/** Reads everything again, as a resync does. */
async function readAll(): Promise<void> {
  fixture.clock.now += 61_000;
  for (const { projectId, snapshot } of fixture.snapshots.projects())
    if (snapshot) await fixture.snapshots.refresh(projectId, 'background', true);
}

/** What a subscriber may not lose, of each event. */
const linesOf = (events: ReadonlyMap<string, string>): string =>
  [...events]
    .map(([uid, text]) => [uid, ...KEPT.map((line) => line.exec(text)?.[0] ?? '')].join('\n'))
    .sort()
    .join('\n');

const KEPT = [/^DTSTART.*\r$/m, /^SUMMARY.*\r$/m, /^CATEGORIES.*\r$/m];

async function expectNothingLost(): Promise<void> {
  // As one text: lists of hundreds of lines take longer to compare than to make.
  expect(linesOf(await fixture.read())).toBe(before);
  expect(fixture.snapshots.projects().filter(({ gone }) => gone !== null)).toEqual([]);
}

/** Right answers again: over within a minute by the background alone. */
async function expectOver(): Promise<void> {
  fixture.tamper = null;
  await fixture.tick();
  await fixture.tick();
  expect(wrongsOf(fixture)).toEqual([]);
  const { begun, over } = loggedBy(fixture);
  expect(over).toBe(begun);
}

async function check(targets: readonly Target[], cases: readonly Case[]): Promise<void> {
  let changed = 0;
  fixture.tamper = (path, _query, body) => {
    const at = targets.findIndex(({ path: pattern }) => pattern.test(path));
    if (at === -1 || body === null) return body;
    const said = cases[at]!.change(body);
    if (!isDeepStrictEqual(said, body)) changed++;
    return said;
  };
  await readAll();
  await expectNothingLost();
  if (changed > 0 && !cases.some(({ isPlain }) => isPlain)) expect(wrongsOf(fixture)).not.toEqual([]);
  fixture.clock.now += 61_000;
  await expectNothingLost();
  await expectOver();
  await expectNothingLost();
  isGood = true;
}

test('of several lists at once', async () => {
  const all = Object.values(TARGETS).map((target) => [target, [...keyCases(target), ...pageCases(target)]] as const);
  const some = fc.tuple(...all.map(([, cases]) => fc.option(fc.constantFrom(...cases), { freq: 2 })));
  const property = fc.asyncProperty(some, async (chosen) => {
    const pairs = chosen.flatMap((one, at) => (one === null ? [] : [[all[at]![0], one] as const]));
    await check(
      pairs.map(([target]) => target),
      pairs.map(([, one]) => one),
    );
  });
  await fc.assert(property, { ...runs(10), endOnFailure: true });
});

describe.each(Object.entries(TARGETS))('of %s', (_what, target) => {
  test.each([...sampled(keyCases(target)), ...pageCases(target)].map((one) => [one.name, one] as const))(
    '%s',
    async (_name, one) => {
      await check([target], [one]);
    },
  );
});
