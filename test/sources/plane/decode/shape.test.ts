import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { createSentKeys } from '../../../../src/sources/plane/trust/sent-keys.ts';
import { decodeObject, type Shape } from '../../../../src/sources/plane/decode/shape.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';

interface Thing {
  readonly id: string;
  readonly day: string | null;
  readonly name: string;
}

/** A thing that needs an id, has a day where Plane has days, and can do without a name. */
const thing: Shape<Thing> = {
  name: 'thing',
  schema: z.object({ id: z.string(), day: z.string().nullable(), name: z.string() }),
  keys: ['id', 'day', 'name'],
  defaults: { day: null, name: '' },
  essential: new Set(['day']),
};
const decode = (json: unknown, sent: readonly string[]) => decodeObject(thing, json, (key) => sent.includes(key));
const ALL = thing.keys;

test('a valid value is unchanged', () => {
  const right = { id: 'a', day: null, name: 'A' };
  expect(decode(right, ALL)).toEqual({ value: right, faults: new Map() });
});

test.each<[string, object, readonly string[], Thing | null, string[]]>([
  ['a key that this Plane never sent is its default', { id: 'a' }, ['id'], { id: 'a', day: null, name: '' }, []],
  [
    'a key that it sent before is a fault',
    { id: 'a', day: null },
    ALL,
    { id: 'a', day: null, name: '' },
    ['"name" is missing'],
  ],
  ['and where it is essential there is no value', { id: 'a', name: 'A' }, ALL, null, ['"day" is missing']],
  ['a key without a default has to be there', { name: 'A' }, [], null, ['"id" is missing']],
  [
    'another type is a fault, sent before or not',
    { id: 'a', name: 5 },
    [],
    { id: 'a', day: null, name: '' },
    ['"name" is a number'],
  ],
  ['null is one, where it is none', { id: null, day: null, name: null }, [], null, ['"id" is null', '"name" is null']],
])('%s', (_what, json, sent, value, faults) => {
  const decoded = decode(json, sent);
  expect([decoded.value, [...decoded.faults.values()]]).toEqual([value, faults]);
});

test('any JSON is a value, or has a short fault', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom('id', 'day', 'name', 'other'),
      fc.subarray([...ALL]),
      (value, key, sent) => {
        for (const json of [value, { id: 'a', day: null, name: 'A', [key]: value }]) {
          const { value: is, faults } = decode(json, sent);
          expect(is !== null || faults.size > 0).toBe(true);
          for (const fault of faults.values()) expect(fault.length).toBeLessThan(60);
        }
      },
    ),
  );
});

describe('which keys Plane has sent', () => {
  test('is learnt from an answer as a whole, and remembered over a restart', async () => {
    const store = aMemoryStore();
    const sent = createSentKeys(store);
    const isKnown = sent.learn(thing, [{ id: 'a' }, { id: 'b', name: 'B', other: 1 }, null, 7]);
    expect(['id', 'day', 'name', 'other'].map(isKnown)).toEqual([true, false, true, false]);
    await sent.flush();
    const next = createSentKeys(store);
    await next.restore();
    expect(['id', 'day', 'name'].map(next.learn(thing, []))).toEqual([true, false, true]);
    expect(next.learn({ ...thing, name: 'another' }, [])('id')).toBe(false);
  });

  test('that it can not be stored costs nothing but a warning', async () => {
    const store = Object.assign(aMemoryStore(), { isFull: true });
    const failures: unknown[] = [];
    const sent = createSentKeys(store, (error) => failures.push(error));
    expect(sent.learn(thing, [{ id: 'a' }])('id')).toBe(true);
    await sent.flush();
    expect(failures).toHaveLength(1);
  });
});
