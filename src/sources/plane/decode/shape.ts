import type { z } from 'zod';

/** A kind of object in Plane's answers: the keys that are used, and what replaces a missing one. */
export interface Shape<T> {
  /** In the singular, for messages. */
  readonly name: string;
  /** Strict: another JSON type is a fault, never converted. */
  readonly schema: z.ZodType<T>;
  readonly keys: readonly string[];
  /** Defaults for keys that this Plane never sent, as Plane would write them. A key without a default is required. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Keys whose default only replaces one that was never sent: with any other wrong value the object can't be used. */
  readonly essential: ReadonlySet<string>;
}

/** A decoded object. */
export interface Decoded<T> {
  /** With defaults for what is wrong; null if it can't be used. */
  readonly value: T | null;
  /** What is wrong, as a clause by key: `"name" is null`. The key is "" if it is no object at all. */
  readonly faults: ReadonlyMap<string, string>;
}

/** True for a key that this Plane has sent in such objects. */
export type WasSent = (key: string) => boolean;

const NO_FAULTS: ReadonlyMap<string, string> = new Map();

/** A missing key is replaced by its default if this Plane never sent it; every other wrong value is a fault. */
export function decodeObject<T>(shape: Shape<T>, json: unknown, wasSent: WasSent): Decoded<T> {
  const parsed = shape.schema.safeParse(json);
  if (parsed.success) return { value: parsed.data, faults: NO_FAULTS };
  if (!isObject(json)) return { value: null, faults: new Map([['', `is ${kindOf(json)}`]]) };
  const { defaults, essential, schema } = shape;
  const faults = new Map<string, string>();
  const usable: Record<string, unknown> = { ...json };
  for (const { path, code } of parsed.error.issues) {
    const key = String(path[0]);
    const value = json[key];
    const wasNeverSent = value === undefined && Object.hasOwn(defaults, key) && !wasSent(key);
    if (!wasNeverSent) faults.set(key, `"${key}" ${reasonOf(value, code === 'invalid_type' && path.length === 1)}`);
    if (wasNeverSent || (Object.hasOwn(defaults, key) && !essential.has(key))) usable[key] = defaults[key];
  }
  return { value: schema.safeParse(usable).data ?? null, faults };
}

/** An object, as opposed to a list, null or a plain value. */
export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** The JSON type of a value, in words. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return { string: 'text', number: 'a number', boolean: 'a boolean' }[typeof value as string] ?? 'an object';
}

function reasonOf(value: unknown, isOfAnotherType: boolean): string {
  return isOfAnotherType || value === undefined ? `is ${kindOf(value)}` : 'has an invalid value';
}
