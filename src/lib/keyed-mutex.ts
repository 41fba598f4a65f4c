/** Runs the tasks of a key one after the other, also after one that fails. */
export function createKeyedMutex(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, task) => {
    const run = (last.get(key) ?? Promise.resolve()).then(task);
    const over: Promise<unknown> = run
      .catch(() => undefined)
      .finally(() => {
        if (last.get(key) === over) last.delete(key);
      });
    last.set(key, over);
    return run;
  };
}

/** The same with a single key. */
export function createMutex(): <T>(task: () => Promise<T>) => Promise<T> {
  const runExclusive = createKeyedMutex();
  return (task) => runExclusive('', task);
}
