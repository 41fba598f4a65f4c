/** Lists of names as text: separated by commas. A name that contains a comma or a quote is quoted, its quotes doubled. */

/** One entry of a list. */
export interface Entry {
  readonly text: string;
  /** True for a quoted name, which is a name even when it is "all" or "none". */
  readonly quoted: boolean;
}

/** The entries in order, trimmed, without empty ones; null when a quote is not closed or is inside a name. */
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

/** The list that `splitList` splits into these names. "all" and "none" are quoted too. */
export function joinList(names: readonly string[]): string {
  return names.map((name) => (/[",]|^(?:all|none)$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',');
}
