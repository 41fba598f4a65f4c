/**
 * Gives equal texts, and equal lists, as one object: JSON holds an id anew wherever it stands, and thousands of items wear the same few
 * states, labels and people. Knows all it was given, so it is made for a page and thrown away.
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
      // `map` makes room for what there is alone; a list that grew has room for sixteen more.
      if (!list) lists.set(key, (list = given.map(one)));
      return list;
    },
  };
}

/** The text in memory of its own. What was cut out of a longer text, or put together, keeps all of that alive. */
export function standingAlone(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
