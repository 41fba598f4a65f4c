/** Lists of names in one text: separated by commas; a name that holds one, or a quote, stands in quotes, its quotes doubled. */

/** One entry of a list. */
export interface Entry {
  readonly text: string;
  /** True for a name in quotes, which is a name even where it spells a word with a meaning. */
  readonly quoted: boolean;
}

/** The entries in order, trimmed, without empty ones; null when a quote is not closed or stands inside a name. */
export function splitList(list: string): Entry[] | null {
  const entries: Entry[] = [];
  const entry = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(?:,|$)/y;
  while (entry.lastIndex < list.length) {
    const match = entry.exec(list);
    if (!match) return null;
    const [, quoted, plain = ''] = match;
    const text = (quoted?.replaceAll('""', '"') ?? plain).trim();
    if (text !== '') entries.push({ text, quoted: quoted !== undefined });
  }
  return entries;
}

/** The list that `splitList` takes apart into these names; one that spells a word with a meaning is quoted too. */
export function joinList(names: readonly string[]): string {
  return names.map((name) => (/[",]|^(?:all|none)$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',');
}
