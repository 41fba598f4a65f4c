import type { LocalFiles } from '../../src/domain/ports.ts';

/** Files that are there as long as the object is. */
export function aMemoryFolder(): LocalFiles {
  const files = new Map<string, Buffer>();
  let written = 0;
  const times = new Map<string, number>();
  return {
    list: () =>
      Promise.resolve(
        [...files].map(([name, { length }]) => ({ name, bytes: length, writtenAt: times.get(name) ?? 0 })),
      ),
    read: (name, length) => {
      const content = files.get(name);
      return Promise.resolve(content ? Buffer.from(content.subarray(0, length)) : null);
    },
    write: (name, chunks) => {
      files.set(name, Buffer.concat(chunks));
      times.set(name, ++written);
      return Promise.resolve();
    },
    remove: (name) => {
      files.delete(name);
      return Promise.resolve();
    },
  };
}
