/**
 * Returns one object for equal texts and for equal lists: JSON.parse creates a string per occurrence, and thousands of items refer to the
 * same few states, labels and people. It remembers everything it was given, so it is created per page.
 */
export interface NameSharing {
  text<T extends string | null>(text: T): T;
  list(texts: readonly string[]): readonly string[];
}

export function createNameSharing(): NameSharing {
  const texts = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();

  function one<T extends string | null>(text: T): T {
    if (text === null) return text;
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return (known ?? text) as T;
  }

  return {
    text: one,
    list: (given) => {
      const key = given.join();
      let list = lists.get(key);
      // `map` allocates exactly what is needed; a list that grew has room for sixteen more.
      if (!list) lists.set(key, (list = given.map(one)));
      return list;
    },
  };
}

/** A copy of the text. A substring, or a concatenation, keeps the strings it was made of in memory. */
export function copyOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
