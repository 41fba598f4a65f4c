/** What readers were shown, and what must not be in it. */

/** The calendar that everybody may read. It is never without items. */
export const OPEN = '/ics/ALPHA.ics';

/** An answer to a reader. */
export interface Reading {
  readonly server: string;
  readonly path: string;
  readonly etag: string | undefined;
  readonly text: string;
}

interface Shown {
  readonly revision: number;
  /** When somebody last edited its title; 0 for never. */
  readonly editedAt: number;
  readonly text: string;
}

interface Calendar {
  readonly text: string;
  readonly components: ReadonlyMap<string, Shown>;
  readonly foreign: number;
}

/** Finds faults in answers, each by what was answered before. */
export interface Readings {
  /** What is wrong with an answer: sentences. */
  note(reading: Reading): readonly string[];
}

const STAMPS = /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE):.*\r\n/gm;

export function createReadings(): Readings {
  const known = new Map<string, Calendar>();
  const texts = new Map<string, string>();
  const latest = new Map<string, Pick<Shown, 'revision' | 'editedAt'>>();
  const withForeign = new Set<string>();

  /** The same revision never has two texts, and a server shows neither an earlier one nor an earlier edit. */
  function noteComponent({ server, path }: Reading, uid: string, { revision, editedAt, text }: Shown): string[] {
    const [one, own] = [`${path} ${uid} ${revision}`, `${server} ${path} ${uid}`];
    const [before, last] = [texts.get(one), latest.get(own)];
    texts.set(one, text);
    latest.set(own, { revision, editedAt });
    const where = `${uid} in ${path}`;
    return [
      ...(before !== undefined && before !== text ? [`${where} has two texts with the stamp ${revision}`] : []),
      ...(last && revision < last.revision ? [`the stamp of ${where} went back at ${server}`] : []),
      ...(last && editedAt < last.editedAt ? [`an edit of ${where} was undone at ${server}`] : []),
    ];
  }

  /** Events never go all at once: that is believed after minutes. */
  function noteEmptied({ server, path, text }: Reading, { components, foreign }: Calendar): string[] {
    const own = `${server} ${path}`;
    if (components.size === 0) return path === OPEN ? [`${server} shows nothing of Plane: ${text}`] : [];
    if (foreign > 0) withForeign.add(own);
    return foreign === 0 && withForeign.has(own) ? [`${path} has lost the other calendar at ${server}`] : [];
  }

  return {
    note: (reading) => {
      const { path, etag, text } = reading;
      const name = `${path} ${etag}`;
      const before = known.get(name);
      const calendar = before?.text === text ? before : parse(text);
      known.set(name, calendar);
      return [
        ...(before && before !== calendar ? [`${path} has two texts with the tag ${etag}`] : []),
        ...noteEmptied(reading, calendar),
        ...[...calendar.components].flatMap(([uid, shown]) => noteComponent(reading, uid, shown)),
      ];
    },
  };
}

/** The events in a text: those of Plane's items by UID, and how many others there are. */
function parse(text: string): Calendar {
  const components = new Map<string, Shown>();
  let foreign = 0;
  for (const block of text.match(/^BEGIN:VEVENT\r\n[^]*?^END:VEVENT\r\n/gm) ?? []) {
    const uid = /^UID:(plane-issue-.*)\r$/m.exec(block)?.[1];
    if (uid === undefined) foreign++;
    else
      components.set(uid, {
        revision: Number(/^SEQUENCE:(\d+)/m.exec(block)?.[1]),
        editedAt: Number(/^SUMMARY:.*Edited at (\d+)/m.exec(block)?.[1] ?? 0),
        text: block.replace(STAMPS, ''),
      });
  }
  return { text, components, foreign };
}
