import { oneLine } from '../icalendar/text.ts';
import { withApi } from './connect.ts';
import type { Io } from './io.ts';
import { findLink } from './links.ts';

/** `explain`: where an item is. */

interface Flags {
  readonly link?: string;
  /** Prints the API's response. */
  readonly json?: boolean;
}

interface Answer {
  readonly item: { readonly key: string; readonly name: string } | null;
  readonly reasons: readonly { readonly text: string }[];
  readonly links?: readonly {
    readonly id: string;
    readonly name: string;
    readonly for: string | null;
    readonly shown: boolean;
    readonly reasons: readonly { readonly text: string }[];
  }[];
}

/** Prints whether links show the item, and why: a line for each link, or all that is known about one. */
export async function explain(io: Io, item: string, { link, json = false }: Flags): Promise<void> {
  await withApi(io, async (api) => {
    const query = new URLSearchParams({ item });
    if (link !== undefined) query.set('link', (await findLink(api, link)).id);
    const answer = (await api.json('GET', `/api/v1/explain?${query.toString()}`)) as Answer;
    io.out(
      json
        ? `${JSON.stringify(answer, null, 2)}\n`
        : inWords(answer)
            .map((line) => `${oneLine(line)}\n`)
            .join(''),
    );
  });
}

function inWords({ item, reasons, links }: Answer): string[] {
  const lines = [...(item ? [`${item.key} ${item.name}`] : []), ...reasons.map(({ text }) => text)];
  if (!links || !item) return lines;
  if (links.length === 0) return [...lines, 'There are no active links.'];
  return [
    ...lines,
    ...links.map((link) => {
      const whom = link.for === null ? '' : ` for ${link.for}`;
      return `"${link.name}"${whom} (${link.id}): ${link.reasons.map(({ text }) => text).join(' ')}`;
    }),
  ];
}
