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
