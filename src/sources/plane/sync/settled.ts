/** How a promise ended. */
export interface Settled<T> {
  /** null where it was rejected. */
  readonly value: T | null;
  /** Why it was rejected; null where it was not. */
  readonly failure: Error | null;
}

/** Waits for a promise. Never rejects. */
export async function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await promise, failure: null };
  } catch (error) {
    return { value: null, failure: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Why each of these was rejected, by name, without those that were not. */
export function failuresOf<Name extends string>(all: Readonly<Record<Name, Settled<unknown>>>): Map<Name, Error> {
  const named = Object.entries(all) as [Name, Settled<unknown>][];
  return new Map(named.flatMap(([name, { failure }]) => (failure ? [[name, failure]] : [])));
}
